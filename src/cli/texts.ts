import {
  DecodeError,
  isMeterError,
  type MeterErrorCode,
  printable,
  printableLines,
  ProtocolError,
  SecurityError,
  TransportError,
} from '../internal.js';

/** How a command ends, for scripts. */
export const EXIT = {
  ok: 0,
  /** The meter refused, did not respond, or its answer was rejected; or a given message has an error. */
  refused: 1,
  /** The command line, or a file or bytes given with it. */
  usage: 2,
  /** The serial port or the network. */
  port: 3,
  key: 4,
  /** As shells have it: 128 + SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0    done
  1    the meter said no, did not answer, or sent what cannot be used
  2    the command line, or a file or bytes given with it, cannot be used
  3    the serial port or the network failed
  4    the key is missing, malformed, or rejected by the meter
  130  ended by Ctrl-C`;

/** An error of the command line itself. The message is for the user. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.usage) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What happened, and what to check. */
type Text = readonly [happened: string, check: string];

const TEXTS: Readonly<Record<MeterErrorCode, Text>> = {
  'port-missing': ['The serial port is not there.', 'Plug in the adapter; `nes-meter ports` lists what there is.'],
  'port-busy': ['The port is in use.', 'End the other program that has it open (Node-RED, a terminal program).'],
  'port-denied': [
    'You may not open the serial port.',
    'Add yourself to the group dialout (sudo usermod -aG dialout $USER) and log in again.',
  ],
  'port-failed': ['The port could not be used.', 'Unplug the adapter, plug it in again, and look at the system log.'],
  'serial-unavailable': [
    'Serial ports cannot be used on this system.',
    'The part that drives them does not run here, as in some containers: use --tcp with a serial server (ser2net, an ' +
      'ESP32), or install the package where there is a build for it.',
  ],
  'port-not-serial': ['This is not a serial port.', 'nes-meter ports lists those that there are.'],
  'host-refused': [
    'The host is there, but nothing listens on this TCP port.',
    'Check the port number, and that the serial server is running.',
  ],
  'host-unreachable': ['The host cannot be reached.', 'Check its name or address, its power and the network.'],
  'connection-lost': ['The connection was lost.', 'Check the adapter, its cable and the network.'],
  'line-taken': [
    'The bridge accepts the connection and ends it again and again.',
    'Most bridges let in one program at a time: end the other one (Node-RED, an app).',
  ],
  'line-flooded': [
    'Far more bytes come in than a meter sends, and none of them make sense.',
    'Check what the bridge or adapter is connected to, its baud rate and wiring, and restart it.',
  ],
  'connection-closed': ['The connection was closed while a request was under way.', 'Run the command again.'],
  'no-answer': [
    'The meter does not answer.',
    'Check that transmit and receive are not swapped, that the ENABLE pin gets 5 to 12 V (often from DTR or RTS: ' +
      'try --dtr and --rts), the ground wire and the baud rate. A meter that is set to TLS is silent too.',
  ],
  'only-alerts': [
    'The meter sends alerts but does not answer.',
    'Its transmit line is connected, its receive line may not be: check the wire from the adapter to the meter.',
  ],
  'unreadable-answer': [
    'Bytes come in, but they make no sense.',
    "Check the baud rate (mostly 9600), the ground wire, that this is the meter's MEP port, and the current that its " +
      'ENABLE pin gets.',
  ],
  'bridge-telnet': [
    'The network bridge speaks telnet: it changes some bytes on their way.',
    'Set it to pass bytes on unchanged (ser2net: `raw`, or an accepter without `telnet`; others: raw TCP).',
  ],
  'answer-cut': [
    'Answers come only in part.',
    'The network bridge has too small a buffer: set a larger one there, or a packet time-out of 20 ms or more.',
  ],
  'bridge-flow-control': [
    'The network bridge swallows bytes of certain values.',
    'Turn off flow control (XON/XOFF) there, and at any converter behind it.',
  ],
  'out-of-step': [
    'Meter and computer no longer agreed on which packet comes next at the optical port; the answer was not used.',
    'Check that the head sits well and that no other program uses it; if it stays, report it.',
  ],
  'inconsistent-answer': [
    "The meter's answer contradicts itself, or what the meter says of its tables, and was not used.",
    'If it happens now and then, check cable and ENABLE voltage, at the optical port the seat of the head; if it ' +
      'stays, report it.',
  ],
  'unrecognised-request': ['The meter did not understand the request.', 'It may be busy: try again later.'],
  'unsupported-request': ['The meter does not support this request.', 'Try --offset and --count, or another table.'],
  'no-permission': [
    'The key does not permit this.',
    '`nes-meter tables` says which tables of the MEP port need the advanced key (MAK), and which nobody may read. The ' +
      'read-only key (RK) of the optical port does not open BT04, ET21 and ET51; if it opens none, it is not a key of ' +
      'this meter.',
  ],
  'operation-not-possible': [
    'The meter cannot do this now.',
    'Try again later; if it stays, this meter may have nothing to say in this table.',
  ],
  'table-not-available': [
    'The meter does not have this table, or not all of it.',
    'Its firmware may be older than the table; a part of it may work (--count).',
  ],
  'session-required': [
    "The meter's port is set to TLS and takes nothing else.",
    'Say --security tls; the key stays the same.',
  ],
  'tls-not-offered': ["The meter's port does not know TLS: it is set to digest security.", 'Leave --security tls out.'],
  'tls-handshake-failed': [
    'The meter and this program could not agree on a TLS session.',
    'Check the cable and that nothing else uses the port; if it stays, report it.',
  ],
  'tls-alert': [
    'The meter ended the TLS session.',
    'Try again; if it stays, check the cable and that nothing else uses the port.',
  ],
  'tls-bad-record': [
    'A TLS record came back that the meter cannot have sent like this.',
    'It was probably garbled on the line: check cable and ENABLE voltage.',
  ],
  'meter-busy': ['The meter is busy.', 'Try again in a minute.'],
  'session-lost': [
    'The meter ended the session in the middle of a read.',
    'Run the command again; another program may be using the port.',
  ],
  'optical-silence': [
    'Nothing answers at the optical port.',
    'Check that the optical head sits in its ring with the cable pointing down; if it does, turn it by 180 degrees. ' +
      'Some heads need power from the DTR or RTS line (--dtr, --rts). A meter may also keep the port closed for up to ' +
      'five minutes after a long session.',
  ],
  'optical-noise': [
    'Light comes in at the optical port, but it makes no sense.',
    'Keep sunlight off, seat the head well, and check the baud rate (9600). If the head sees its own light, a strip of ' +
      'foam between its two diodes helps.',
  ],
  'optical-tls-required': [
    'The meter refuses plain reading at its optical port: it probably demands TLS (fourth generation).',
    'Ask the grid company to allow reading with a key.',
  ],
  'authentication-failed': [
    'The meter refused a request though the key has worked before.',
    'It was probably garbled on the line: check the cable, and whether the key was changed.',
  ],
  'sequence-rejected': [
    'The meter keeps asking for another sequence number.',
    'Another program may be talking to the same port: end it.',
  ],
  'dimensions-unstable': [
    'The set-up of the meter seemed to change during every attempt to read the table.',
    'Another program may be talking to the same port: end it. Or wait until the meter has been set up.',
  ],
  'reading-too-slow': [
    'The parts of the table came more than 5 seconds apart, several times: their values do not belong together.',
    'Check cable, optical head and network; another program may be using the meter.',
  ],
  'write-outcome-unknown': [
    'The answer to a write was lost, so nobody knows whether the meter did it.',
    'Read the table to find out.',
  ],
  'written-in-part': [
    'Only a part of the table was written; the meter did not take the rest.',
    'Read the table to see what it holds, then write it again.',
  ],
  'write-not-verified': [
    'The meter does not hold what was written to it.',
    'Read the table to see what it holds; some fields clear themselves.',
  ],
  'procedure-refused': ['The meter did not run the procedure.', 'Check its parameters, and the key.'],
  'procedure-unanswered': ['The meter has no result for the procedure.', 'Read what it should have changed.'],
  'unknown-response-code': ['The meter answered with a code that is not known.', 'Try again; if it stays, report it.'],
  'key-missing': [
    'No key was given.',
    'Put the key (MBK; RK for the optical port) from your grid company into the variable NES_METER_KEY or into a file for --key-file.',
  ],
  'key-not-typed': ['A stored key is not used here.', 'Type the key.'],
  'key-format': [
    'The key holds characters that cannot be.',
    'Give it without quotes or blanks inside; if it is in hex digits, say --key-format hex.',
  ],
  'key-length': [
    'The key has the wrong length.',
    'It must be 16 to 20 characters, or 32 or 40 hex digits; for the optical port 20 characters or 40 hex digits. ' +
      'Compare it with what you were given.',
  ],
  'key-rejected': [
    'The meter rejects the key.',
    "Compare it with the grid company's letter, character by character, and ask whether it belongs to this meter. " +
      'Do not guess: some meters lock the port.',
  ],
  'table-too-short': [
    'There are too few bytes for what is to be decoded.',
    'Give the whole table, or say what is there with --offset or --dimensions.',
  ],
  'table-too-long': [
    'There are more bytes than the table has.',
    'Check that they are of this table, and --offset and --dimensions.',
  ],
  'dimensions-missing': [
    'It is not known how this meter lays out the table.',
    'Give --dimensions with a file that `nes-meter dump` made of this meter.',
  ],
  'value-out-of-range': [
    'A value cannot be.',
    'Check that the bytes are of this table and complete, and that the dimensions are of this meter.',
  ],
  'unknown-table': ['There is no such table.', '`nes-meter tables` lists all.'],
  'offset-beyond-table': ['The offset is beyond the end of the table.', 'Take a smaller --offset.'],
  'bad-count': ['That many bytes cannot be read.', 'Take a --count that stays within the table.'],
  'nothing-to-write': ['There is nothing to write.', 'Give the bytes or at least one field.'],
  'bad-offset': ['The offset cannot be used.', 'It is a whole number, 0 or more, within the table.'],
  'bad-payload': ['The bytes cannot be used.', 'Check that they are complete.'],
  'bad-setting': ['A setting of the connection cannot be used.', '--help says what each option takes.'],
  'serial-too-long': ['The serial number is too long.', 'A meter has at most 64 characters.'],
  'too-many-meters': ['There are too many meters.', 'Allow more of them where they are kept.'],
  'writes-not-allowed': ['Writing to this meter is not allowed.', 'Allow it where the connection is set up.'],
  'write-budget-spent': [
    "The meter's memory was written too often.",
    'Wait: 4 writes an hour and 100 a day are the limit.',
  ],
  'write-budget-unknown': [
    "How often the meter's memory was written is not known.",
    'See to it that the file that counts the writes can be read and written.',
  ],
  'danger-not-allowed': [
    'This can switch the power off, close a port or change what is billed.',
    'It takes a permission of its own where the connection is set up.',
  ],
  'danger-by-message': ['No message may choose what can do harm.', 'Name the table or procedure in the node itself.'],
  'not-writable': ['This table is not written.', 'Nothing writes registers and security settings; use another table.'],
  'unknown-procedure': ['This procedure is not known.', 'EP17, EP19 and EP61 are.'],
  'queue-full': ['More is asked of the meter than it can answer.', 'Take a longer --interval.'],
  'stored-message': ['A broker had stored this message.', 'It is no new reading; wait for the next one.'],
  'history-not-live': ['This is a record of the history of the meter.', 'It is no live reading.'],
  cancelled: ['Ended before it was done.', 'Nothing was left open.'],
};

/** What happened, what to check, and in brackets the code and details for a report. */
export function errorText(error: unknown): string {
  if (isMeterError(error)) {
    const [happened, check] = TEXTS[error.code];
    return error.code === 'cancelled'
      ? happened
      : `${happened} ${check}\n  [${error.code}: ${printable(error.message)}]`;
  }
  if (error instanceof CommandError) return printableLines(error.message);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `Something went wrong that should not. Please report it.\n  [${printableLines(detail)}]`;
}

/** Only what happened, for a cell of a table. */
export function shortErrorText(error: unknown): string {
  return isMeterError(error) ? TEXTS[error.code][0] : errorText(error);
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof TransportError) return EXIT.port;
  if (error instanceof SecurityError) return EXIT.key;
  if (error instanceof ProtocolError || error instanceof DecodeError || !isMeterError(error)) return EXIT.refused;
  return error.code === 'cancelled' ? EXIT.interrupted : EXIT.usage;
}

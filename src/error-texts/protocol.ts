import type { ProtocolErrorCode } from '../errors.js';
import type { ErrorText } from './error-text.js';

export const PROTOCOL_TEXTS: Readonly<Record<ProtocolErrorCode, ErrorText>> = {
  'no-answer': {
    happened: 'The request timed out: no response from the meter.',
    check:
      'Check that transmit and receive are not swapped, that the ENABLE pin gets 5 to 12 V (usually from DTR or RTS), ' +
      'the ground wire and the baud rate. A port that is set to TLS does not respond to other requests either.',
    inNode: 'Test connection tries other settings.',
    inCommand: 'Try --dtr, --rts and --security tls.',
  },
  'only-alerts': {
    happened: 'The meter sends alerts but does not respond to requests.',
    check: 'Its transmit line is connected, its receive line may not be. Check the wire from the adapter to the meter.',
  },
  'unreadable-answer': {
    happened: 'Bytes arrive, but they are not a valid response.',
    check:
      "Check the baud rate (usually 9600), the ground wire, that the port leads to the meter's MEP port, and that the " +
      'ENABLE pin gets enough current.',
  },
  'bridge-telnet': {
    happened: 'The serial server uses the telnet protocol, which changes some of the bytes.',
    check: 'Set it to pass bytes on unchanged (ser2net: raw, or an accepter without telnet; others: raw TCP).',
    inNode: 'Then deploy again.',
  },
  'answer-cut': {
    happened: 'Responses arrive incomplete, each time.',
    check:
      'The buffer of the serial server is too small, or its packet time-out is too short. Set a larger buffer, or a ' +
      'packet time-out of 20 ms or more.',
    hasDetail: true,
  },
  'bridge-flow-control': {
    happened: 'The serial server drops bytes of certain values, so that requests or responses are incomplete.',
    check:
      'Turn off software flow control (XON/XOFF) in the server and in every converter behind it. Hardware flow control ' +
      'must be off too.',
    hasDetail: true,
  },
  'out-of-step': {
    happened: 'The packet numbering at the optical port got out of step. The response was discarded.',
    check:
      'If this happens now and then, check the position of the optical head and that no other program uses it. If it ' +
      'persists, please report it.',
    hasDetail: true,
  },
  'inconsistent-answer': {
    happened: "The meter's response contradicts itself or the meter's description of its tables. It was discarded.",
    check:
      'If this happens now and then, check the cable and the ENABLE voltage, or the position of the optical head. If it ' +
      'persists, please report it.',
    hasDetail: true,
  },
  'request-too-long': {
    happened: 'The request is longer than a message of this port may be. It was not sent.',
    check: 'Please report it, with a report of the connection.',
    hasDetail: true,
  },
  'unrecognised-request': {
    happened: 'The meter did not recognise the request.',
    check: 'It may be busy: try again later.',
    hasDetail: true,
  },
  'unsupported-request': {
    happened: 'The meter does not support this request.',
    inNode: 'Try mode partial, or another table.',
    inCommand: 'Try --offset and --count, or another table.',
  },
  'no-permission': {
    happened: 'The key does not permit this request.',
    check:
      'At the MEP port some tables need the advanced key (MAK). At the optical port the read-only key (RK) opens most ' +
      'tables, but not BT04, ET21 or ET51; if it opens none, it is not a key of this meter. Some tables cannot be read ' +
      'with any key.',
    inNode: 'To use the MAK, enter it in the connection and leave the MBK empty.',
    inCommand: '`nes-meter tables` lists the key that each table needs.',
  },
  'operation-not-possible': {
    happened: 'The meter cannot carry out the request now.',
    check: 'Try again later. If it persists, this table may not be readable in this way.',
  },
  'table-not-available': {
    happened: 'The meter does not have this table, or not all of it.',
    check: 'Its firmware may be older than the table. A shorter part may be readable.',
    inCommand: 'Try --count.',
  },
  'session-required': {
    happened: "The meter's port is set to TLS and accepts nothing else.",
    inNode: 'In the connection, set the security to TLS; the key stays the same.',
    inCommand: 'Use --security tls; the key stays the same.',
  },
  'tls-not-offered': {
    happened: "The meter's port is set to digest security and does not accept TLS.",
    inNode: 'In the connection, set the security to Digest; the key stays the same.',
    inCommand: 'Leave out --security tls; the key stays the same.',
  },
  'tls-handshake-failed': {
    happened: 'No TLS session could be negotiated with the meter.',
    check: 'Check the cable, and that no other program uses the port. If it persists, please report it.',
    hasDetail: true,
  },
  'tls-alert': {
    happened: 'The meter ended the TLS session.',
    check: 'If this happens often, check the cable, and that no other program uses the port.',
    inNode: 'A new session is started automatically.',
    inCommand: 'Run the command again.',
    hasDetail: true,
  },
  'tls-bad-record': {
    happened: 'A TLS record failed its authenticity check and was discarded.',
    check: 'It was probably damaged on the line. If this happens often, check the cable and the ENABLE voltage.',
    hasDetail: true,
  },
  'meter-busy': {
    happened: 'The meter is busy.',
    check: 'Try again in a minute. If it persists, read less often.',
  },
  'session-lost': {
    happened: 'The meter ended the session during a read.',
    check: 'If this happens often, check whether another program uses the port.',
    inNode: 'The next read opens a new session.',
    inCommand: 'Run the command again.',
  },
  'optical-silence': {
    happened: 'The request timed out: no response at the optical port.',
    check:
      'Check that the optical head sits in its ring with the cable pointing down; if it does, turn it by 180 degrees. ' +
      'Some heads are powered from DTR or RTS: try both. After a long session a meter may keep the port closed for up ' +
      'to five minutes.',
    inCommand: 'The lines are set with --dtr and --rts.',
  },
  'optical-noise': {
    happened: 'The optical head receives light, but no valid response.',
    check:
      'Keep sunlight off, seat the head firmly and check the baud rate (9600). If the head receives its own light, put a ' +
      'strip of foam between its two diodes.',
  },
  'optical-tls-required': {
    happened:
      'The meter refuses plain reading at its optical port: it probably requires TLS, as meters of the fourth ' +
      'generation can.',
    check: 'Ask the grid company to permit reading with a key.',
  },
  'authentication-failed': {
    happened: 'The meter refused a request although the key has worked before.',
    check:
      'The request was probably damaged on the line. If it persists, check the cable, and whether the key was changed.',
  },
  'sequence-rejected': {
    happened: 'The meter keeps asking for another sequence number.',
    check: 'Another program may be using the same port: close it.',
  },
  'dimensions-unstable': {
    happened:
      'The configuration of the meter seemed to change during every attempt to read the table. The values were ' +
      'discarded.',
    check: 'Another program may be using the same port: close it. Or wait until the grid company has set up the meter.',
  },
  'reading-too-slow': {
    happened:
      'The parts of the table arrived more than 5 seconds apart, several times in a row. The values were discarded, ' +
      'since they are not of one moment.',
    check: 'Check the cable, the optical head and the network. Another program may be using the meter.',
  },
  'write-outcome-unknown': {
    happened: 'The response to a write was lost. The meter may or may not have carried it out.',
    check: 'Read the table before you write again.',
  },
  'write-not-verified': {
    happened: 'The table was written, but does not contain what was written.',
    check: 'Read it to see its contents: some fields clear or change themselves.',
    hasDetail: true,
  },
  'written-in-part': {
    happened: 'Only a part of the table was written; the meter did not accept the rest.',
    check: 'Read the table to see its contents, then write it again.',
    hasDetail: true,
  },
  'procedure-refused': {
    happened: 'The meter did not run the procedure.',
    check: 'Check its parameters, and whether the key permits it.',
    hasDetail: true,
  },
  'procedure-unanswered': {
    happened: 'The procedure was sent, but the meter has no result for it.',
    check: 'Read what it should have changed before you run it again.',
    hasDetail: true,
  },
  'unknown-response-code': {
    happened: 'The meter answered with an unknown response code.',
    check: 'Try again. If it persists, please report it.',
    hasDetail: true,
  },
};

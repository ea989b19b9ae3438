import {
  DecodeError,
  ERROR_TEXTS,
  errorAdvice,
  fillText,
  isMeterError,
  type MeterError,
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
  1    the meter refused, did not respond, or its response was rejected
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

/** What happened, what to check, and in brackets the code and details for a report. */
export function errorText(error: unknown): string {
  if (isMeterError(error)) {
    const text = ERROR_TEXTS[error.code];
    return error.code === 'cancelled'
      ? text.happened
      : `${filled(errorAdvice(text, 'inCommand'), error)}\n  [${error.code}: ${printable(error.message)}]`;
  }
  if (error instanceof CommandError) return printableLines(error.message);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `${errorAdvice(ERROR_TEXTS.unexpected, 'inCommand')}\n  [${printableLines(detail)}]`;
}

const filled = (text: string, error: MeterError): string => fillText(text, error.values);

/** Only what happened, for a cell of a table. */
export function shortErrorText(error: unknown): string {
  return isMeterError(error) ? filled(ERROR_TEXTS[error.code].happened, error) : errorText(error);
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (error instanceof TransportError) return EXIT.port;
  if (error instanceof SecurityError) return EXIT.key;
  if (error instanceof ProtocolError || error instanceof DecodeError || !isMeterError(error)) return EXIT.refused;
  return error.code === 'cancelled' ? EXIT.interrupted : EXIT.usage;
}

/** Input and output of a command: the process, or a recording in tests. */
export interface Terminal {
  /** Results. */
  readonly out: (text: string) => void;
  /** Progress, questions and errors. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results go to a screen that can be redrawn. */
  readonly isScreen: boolean;
  /** Progress and errors go to a screen. */
  readonly isErrorScreen: boolean;
  /** A user can be asked for input. */
  readonly canAsk: boolean;
  /** Aborts when the command has to end: Ctrl-C or a signal. */
  readonly signal: AbortSignal;
  /** Asks for a line that is not shown. Rejects with UsageError `cancelled` on Ctrl-C. */
  askHidden(question: string): Promise<string>;
  /** Asks for a line. Rejects with UsageError `cancelled` on Ctrl-C. */
  ask(question: string): Promise<string>;
  /** Everything that is piped in. */
  readInput(): Promise<string>;
  /** What is piped in, as it comes. Rejects with UsageError `cancelled` on Ctrl-C. */
  inputPieces(): AsyncIterable<string>;
  /** Resolves when the output buffers are empty. */
  drained(): Promise<void>;
}

/** Whether colours and weights may be used: https://no-color.org */
export function mayStyle(terminal: Terminal): boolean {
  const { NO_COLOR: noColor, TERM: kind } = terminal.env;
  return terminal.isScreen && (noColor === undefined || noColor === '') && kind !== 'dumb';
}

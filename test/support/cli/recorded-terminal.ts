import { cancelled } from '../../../src/internal.js';
import { run } from '../../../src/cli/program.js';
import type { Terminal } from '../../../src/cli/terminal.js';

export interface RecordedTerminalOptions {
  readonly env?: Record<string, string>;
  /** Content of standard input. */
  readonly input?: string;
  /** The user's answers to visible questions, in order. */
  readonly answers?: readonly string[];
  /** The user's input at a prompt; `null` for Ctrl-C; no user if left out. */
  readonly typed?: string | null;
  readonly isScreen?: boolean;
  readonly isErrorScreen?: boolean;
}

/** A terminal that records what a command writes. */
export class RecordedTerminal implements Terminal {
  output = '';
  errors = '';
  readonly questions: string[] = [];
  readonly env: Record<string, string>;
  readonly isScreen: boolean;
  readonly isErrorScreen: boolean;
  readonly canAsk: boolean;
  readonly #life = new AbortController();
  readonly #options: RecordedTerminalOptions;
  readonly #answers: string[];
  #wasWritten = (): void => undefined;

  constructor(options: RecordedTerminalOptions = {}) {
    this.#options = options;
    this.env = options.env ?? {};
    this.isScreen = options.isScreen ?? false;
    this.isErrorScreen = options.isErrorScreen ?? false;
    this.canAsk = options.typed !== undefined || options.answers !== undefined;
    this.#answers = [...(options.answers ?? [])];
  }

  readonly out = (text: string): void => {
    this.output += text;
    this.#wasWritten();
  };

  readonly err = (text: string): void => {
    this.errors += text;
    this.#wasWritten();
  };

  get signal(): AbortSignal {
    return this.#life.signal;
  }

  askHidden(question: string): Promise<string> {
    this.questions.push(question);
    const { typed } = this.#options;
    return typed === null || typed === undefined ? Promise.reject(cancelled('The command')) : Promise.resolve(typed);
  }

  ask(question: string): Promise<string> {
    this.questions.push(question);
    const answer = this.#answers.shift();
    return answer === undefined ? Promise.reject(cancelled('The command')) : Promise.resolve(answer);
  }

  readInput(): Promise<string> {
    return Promise.resolve(this.#options.input ?? '');
  }

  async *inputPieces(): AsyncGenerator<string> {
    yield await this.readInput();
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#life.abort();
  }

  /** Resolves when the output matches; rejects when the command has ended without it. */
  async until(fits: () => boolean, ended: Promise<unknown>): Promise<void> {
    const command = { isOver: false };
    void ended.then(() => {
      command.isOver = true;
      this.#wasWritten();
    });
    while (!fits()) {
      if (command.isOver) throw new Error(`It has ended: ${this.output}${this.errors}`);
      await new Promise<void>((resolve) => (this.#wasWritten = resolve));
    }
  }
}

/** Runs a command line until it ends. */
export async function runCli(
  words: readonly string[],
  options: RecordedTerminalOptions = {},
): Promise<{ exitCode: number; output: string; errors: string; questions: readonly string[] }> {
  const terminal = new RecordedTerminal(options);
  const exitCode = await run(words, terminal);
  return { exitCode, output: terminal.output, errors: terminal.errors, questions: terminal.questions };
}

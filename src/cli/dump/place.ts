import { CommandError } from '../texts.js';

/** Bytes found in a text, and where in it they begin. */
export interface Piece {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** Address of the first byte; undefined without an address column. */
  readonly address?: number;
}

/** A text of which parts have been understood: those are blanked, so that nothing is read twice. */
export class Pasted {
  readonly #whole: string;
  #left: string;
  readonly #pieces: Piece[] = [];
  readonly #dumpStarts = new Set<number>();
  readonly #dumpEnds = new Set<number>();

  constructor(text: string) {
    this.#whole = text;
    this.#left = text;
  }

  /** What has not been understood yet, every character in its place. */
  get left(): string {
    return this.#left;
  }

  /** What was found, in the order of the text. */
  get pieces(): readonly Piece[] {
    return [...this.#pieces].sort((one, other) => one.index - other.index);
  }

  add(piece: Piece): void {
    this.#pieces.push(piece);
  }

  /** Takes a part of the text for understood. */
  blank(from: number, to: number): void {
    const gone = this.#left.slice(from, to).replace(/[^\n]/g, ' ');
    this.#left = this.#left.slice(0, from) + gone + this.#left.slice(to);
  }

  /** Takes a line for a part of a dump. */
  blankDump(from: number, to: number): void {
    this.#dumpEnds.add(to);
    this.#dumpStarts.add(from);
    this.blank(from, to);
  }

  /** True for a line directly above or below a line of a dump. */
  isBesideDump(index: number, length: number): boolean {
    return this.#dumpEnds.has(index - 1) || this.#dumpStarts.has(index + length + 1);
  }

  /** The error of a text that cannot be read for certain. */
  refusal(index: number, reason: string): CommandError {
    const before = this.#whole.slice(0, index).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new CommandError(`Line ${before.length}, column ${column}: ${reason}`);
  }
}

/** The lines of a text, each with the place where it begins. */
export function linesOf(text: string): { readonly text: string; readonly index: number }[] {
  let index = 0;
  return text.split('\n').map((line) => {
    const at = index;
    index += line.length + 1;
    return { text: line, index: at };
  });
}

import { CommandError } from '../texts.js';

/** Bytes found in a text, and the position where they begin. */
export interface Piece {
  readonly index: number;
  readonly bytes: Uint8Array;
  /** Address of the first byte; undefined without an address column. */
  readonly address?: number;
}

/** A pasted text. Parts that were recognised are replaced with blanks, so that nothing is read twice. */
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

  /** The text with recognised parts replaced with blanks; every other character keeps its position. */
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

  /** Marks a part of the text as recognised. */
  blank(from: number, to: number): void {
    const gone = this.#left.slice(from, to).replace(/[^\n]/g, ' ');
    this.#left = this.#left.slice(0, from) + gone + this.#left.slice(to);
  }

  /** Marks a line as part of a dump. */
  blankDump(from: number, to: number): void {
    this.#dumpEnds.add(to);
    this.#dumpStarts.add(from);
    this.blank(from, to);
  }

  /** True for a line directly above or below a line of a dump. */
  isBesideDump(index: number, length: number): boolean {
    return this.#dumpEnds.has(index - 1) || this.#dumpStarts.has(index + length + 1);
  }

  /** The error for an ambiguous text. */
  refusal(index: number, reason: string): CommandError {
    const before = this.#whole.slice(0, index).split('\n');
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new CommandError(`Line ${before.length}, column ${column}: ${reason}`);
  }
}

/** The lines of a text, each with the position where it begins. */
export function linesOf(text: string): { readonly text: string; readonly index: number }[] {
  let index = 0;
  return text.split('\n').map((line) => {
    const at = index;
    index += line.length + 1;
    return { text: line, index: at };
  });
}

import type { ByteRange } from '../bytes/byte-range.js';
import { concatBytes } from '../bytes/hex.js';
import { DecodeError } from '../errors.js';

/** The bytes of a table to read next. */
export interface HistoryRequest extends ByteRange {
  readonly table: string;
}

/**
 * A reader that yields results and requests without doing input or output. The caller passes in as many of the
 * requested bytes, from the first on, as one response holds, and may stop at any request.
 */
export type Steps<S, T> = Generator<S, T, Uint8Array>;

/** A response that is shorter than what a reader has to have in one. */
export function tooShort(table: string, needed: number, raw: Uint8Array): DecodeError {
  return new DecodeError('table-too-short', `${table}: ${raw.length} bytes in place of ${needed}`, {
    values: { table, length: raw.length, needed },
    raw,
  });
}

/** Bytes of one table that were read ahead of the decoder. */
export class ReadAhead {
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Drops all bytes, as the meter may have overwritten them since. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  /** Offset of the first missing byte of a range; undefined where none is missing. */
  missing({ offset, count }: ByteRange): number | undefined {
    const end = this.#start + this.#bytes.length;
    if (offset < this.#start || offset > end) return offset;
    return offset + count <= end ? undefined : end;
  }

  /** @param offset offset of the bytes in the table; bytes that do not follow the stored ones replace them */
  add(offset: number, bytes: Uint8Array): void {
    // Asked again, the meter would answer the same: a response without data must not repeat the request for ever.
    if (bytes.length === 0) throw tooShort('history', 1, bytes);
    const isNext = offset === this.#start + this.#bytes.length;
    this.#bytes = isNext ? concatBytes(this.#bytes, bytes) : bytes;
    if (!isNext) this.#start = offset;
  }

  /** The bytes of a range that has no missing bytes; bytes before it are dropped. */
  take(range: ByteRange): Uint8Array {
    const from = range.offset - this.#start;
    const taken = this.#bytes.subarray(from, from + range.count);
    this.#bytes = this.#bytes.subarray(from);
    this.#start = range.offset;
    return taken;
  }
}

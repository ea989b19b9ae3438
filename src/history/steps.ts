import type { ByteRange } from '../bytes/byte-range.js';
import { concatBytes } from '../bytes/hex.js';

/** Bytes of a table that are wanted next. */
export interface HistoryRequest extends ByteRange {
  readonly table: string;
}

/**
 * What reads in requests of one answer each: it hands out what it has, and asks for bytes. The first of the requested bytes,
 * as many as an answer holds, are given back to it. It can be left at any request.
 */
export type Steps<S, T> = Generator<S, T, Uint8Array>;

/** Bytes that were read ahead of those that are being decoded, of one table. */
export class ReadAhead {
  #start = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  /** Drops what was read: it may have been overwritten since. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
  }

  /** The first byte of a range that is not there yet; undefined where all of it is. */
  missing({ offset, count }: ByteRange): number | undefined {
    const end = this.#start + this.#bytes.length;
    if (offset < this.#start || offset > end) return offset;
    return offset + count <= end ? undefined : end;
  }

  /** @param offset where the bytes are in the table: what does not follow the bytes before takes their place */
  add(offset: number, bytes: Uint8Array): void {
    const isNext = offset === this.#start + this.#bytes.length;
    this.#bytes = isNext ? concatBytes(this.#bytes, bytes) : bytes;
    if (!isNext) this.#start = offset;
  }

  /** A range that is there; what lies before it is dropped. */
  take(range: ByteRange): Uint8Array {
    const from = range.offset - this.#start;
    const taken = this.#bytes.subarray(from, from + range.count);
    this.#bytes = this.#bytes.subarray(from);
    this.#start = range.offset;
    return taken;
  }
}

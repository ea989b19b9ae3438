/** Finds keys in bytes, in each form in which they may be there, in whole or in part. Pure. */
import { byteAt } from '../bytes/byte-at.js';
import { formsOfKey, inSmallLetters } from './key-forms.js';

/** Shorter pieces occur by chance. */
const MIN_PIECE_BYTES = 4;
/** Bytes that are looked up before a piece is searched. */
const FILTER_BYTES = 4;
const FILTER_BITS = 17;
const HASH_FACTOR = 0x9e3779b1;
/** Between forms; no byte. */
const FORM_END = '\u0100';

/** Searches keys. Nothing is computed before the first search. */
export class KeySearch {
  readonly #keys: readonly Uint8Array[];
  readonly #keyBytes: number;
  /** By length of a piece, the forms in which pieces of this length are searched. */
  readonly #forms = new Map<number, string>();
  /** A bit for each piece of 1 to `FILTER_BYTES` bytes: it rules out nearly all other bytes at little cost. */
  #filter = new Uint8Array(0);
  readonly #added = new Set<string>();

  /** @param keyBytes a piece that holds this many bytes of a key is found */
  constructor(keys: readonly Uint8Array[], keyBytes: number) {
    this.#keys = keys;
    this.#keyBytes = keyBytes;
  }

  /** Also searches these bytes, as they are. */
  addBytes(bytes: Uint8Array): void {
    this.#prepare();
    this.#add(inSmallLetters(bytes), this.#keyBytes);
  }

  /** 1 for each byte that belongs to a piece of a key. */
  find(bytes: Uint8Array): Uint8Array {
    this.#prepare();
    const mask = new Uint8Array(bytes.length);
    const folded = inSmallLetters(bytes);
    let text: string | undefined;
    for (let at = 0; at + FILTER_BYTES <= folded.length; at++) {
      if (!this.#mayHold(folded, at, FILTER_BYTES)) continue;
      text ??= latin1(folded);
      for (const [length, forms] of this.#forms) {
        if (at + length <= text.length && forms.includes(text.slice(at, at + length))) mask.fill(1, at, at + length);
      }
    }
    return mask;
  }

  /**
   * The number of bytes at the end that may be the beginning of a piece of a key.
   * @param mask what was found in the bytes
   */
  begunAtEnd(bytes: Uint8Array, mask: Uint8Array): number {
    const from = Math.max(0, bytes.length - this.longestPiece + 1);
    const folded = inSmallLetters(bytes.subarray(from));
    const lastShown = mask.lastIndexOf(0);
    for (let at = from; at <= lastShown; at++) {
      if (this.#begins(folded, at - from)) return bytes.length - mask.indexOf(0, at);
    }
    return 0;
  }

  /** The length of the longest piece. */
  get longestPiece(): number {
    this.#prepare();
    return Math.max(MIN_PIECE_BYTES, ...this.#forms.keys());
  }

  /** True if the bytes from here to the end may be the beginning of a piece. */
  #begins(folded: Uint8Array, at: number): boolean {
    const rest = folded.length - at;
    if (!this.#mayHold(folded, at, Math.min(rest, FILTER_BYTES))) return false;
    if (rest < FILTER_BYTES) return true;
    const text = latin1(folded.subarray(at));
    return [...this.#forms].some(([length, forms]) => length > rest && forms.includes(text));
  }

  #prepare(): void {
    if (this.#filter.length > 0) return;
    this.#filter = new Uint8Array(2 ** (FILTER_BITS - 3));
    for (const key of this.#keys) {
      for (const { bytes, bytesPerKeyByte } of formsOfKey(key)) {
        this.#add(bytes, Math.ceil(this.#keyBytes * bytesPerKeyByte));
      }
    }
  }

  #add(form: Uint8Array, pieceBytes: number): void {
    const length = Math.max(MIN_PIECE_BYTES, pieceBytes);
    const text = latin1(form);
    if (form.length < length || this.#added.has(text)) return;
    this.#added.add(text);
    this.#forms.set(length, `${this.#forms.get(length) ?? ''}${text}${FORM_END}`);
    for (let size = 1; size <= FILTER_BYTES; size++) {
      for (let at = 0; at + size <= form.length; at++) {
        const bit = bitOf(form, at, size);
        this.#filter[bit >> 3] = byteAt(this.#filter, bit >> 3) | (1 << (bit & 7));
      }
    }
  }

  #mayHold(folded: Uint8Array, at: number, size: number): boolean {
    const bit = bitOf(folded, at, size);
    return (byteAt(this.#filter, bit >> 3) & (1 << (bit & 7))) !== 0;
  }
}

/** The bit of a few bytes in the filter. */
function bitOf(bytes: Uint8Array, at: number, size: number): number {
  let value = size;
  for (let index = 0; index < size; index++) value = Math.imul(value ^ byteAt(bytes, at + index), HASH_FACTOR) >>> 1;
  return (Math.imul(value, HASH_FACTOR) >>> 0) >>> (32 - FILTER_BITS);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

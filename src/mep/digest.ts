/**
 * The 8-byte authentication digest of the MEP protocol. [MEP p.249-253, Appendix A]
 *
 * The key is walked bit by bit, one and a half times; each key bit mixes one message byte into one byte of the state. A
 * message shorter than the walk is padded with zeros: the digest therefore does not cover trailing zeros, and length and
 * count must be checked as well.
 */
import { byteAt } from '../bytes/byte-at.js';
import { timingSafeEqual } from 'node:crypto';

export const DIGEST_BYTES = 8;
/** Keys may be issued with 20 bytes; only the first 16 are used. [MEP p.13] */
export const DIGEST_KEY_BYTES = 16;

/** One walk: the key once whole and its first half a second time, bit by bit. */
const WALK_BITS = (DIGEST_KEY_BYTES + DIGEST_KEY_BYTES / 2) * 8;
const ZEROS = new Uint8Array(WALK_BITS);

const PLACE_SHIFT = 9;
const KEY_BIT_SHIFT = 8;
/**
 * The term that a state byte contributes, by place, key bit and value. It is a table because it is the costly part of a
 * step and does not depend on the previous step.
 */
const ROTATED = rotatedBytes();

/**
 * A digest in progress. `update` may be called any number of times, with any chunks: an answer's digest continues from the
 * state that its request left.
 *
 * The guide allows two ways to call its function, which differ only for a request of a multiple of 192 bytes; this is
 * the one that digests the message in a single call.
 */
export class Digest {
  /** Where in `ROTATED` each step of the walk looks. */
  readonly #walk: Uint16Array;
  readonly #state: Uint8Array;
  /** Place in the walk over the key: 0 .. WALK_BITS - 1. */
  #bit: number;
  #isEmpty: boolean;

  /** @param key at least 16 bytes, of which the first 16 count; or a digest to go on from. */
  constructor(key: Uint8Array | Digest) {
    if (key instanceof Digest) {
      this.#walk = key.#walk;
      this.#state = key.#state.slice();
      this.#bit = key.#bit;
      this.#isEmpty = key.#isEmpty;
    } else {
      this.#walk = walkOf(key);
      this.#state = new Uint8Array(DIGEST_BYTES);
      this.#bit = 0;
      this.#isEmpty = true;
    }
  }

  /** Adds bytes of the message. */
  update(bytes: Uint8Array): this {
    const state = this.#state;
    const walk = this.#walk;
    let bit = this.#bit;
    // The byte mixed last is one place up, modulo 8: places are taken from 7 down to 0.
    let last = byteAt(state, (8 - (bit & 7)) & 7);
    for (const byte of bytes) {
      const place = 7 - (bit & 7);
      const rotated = byteAt(ROTATED, byteAt(walk, bit) + byteAt(state, place));
      last = (last + byte + rotated) & 0xff;
      state[place] = last;
      bit = bit === WALK_BITS - 1 ? 0 : bit + 1;
    }
    this.#bit = bit;
    this.#isEmpty &&= bytes.length === 0;
    return this;
  }

  /** An independent copy in the present state. */
  clone(): Digest {
    return new Digest(this);
  }

  /** The 8 digest bytes, zero-padded to the end of the walk. The digest cannot be used afterwards. */
  finish(): Uint8Array {
    if (this.#bit > 0 || this.#isEmpty) this.update(ZEROS.subarray(this.#bit));
    return this.#state.slice();
  }
}

/** Compares two digests in constant time. */
export function digestsEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** One walk over the key, least significant bit of each byte first. */
function walkOf(key: Uint8Array): Uint16Array {
  if (key.length < DIGEST_KEY_BYTES) throw new RangeError(`A digest key has ${DIGEST_KEY_BYTES} bytes`);
  const walk = new Uint16Array(WALK_BITS);
  // A loop: `Uint16Array.from` with a function takes several times as long, and each request begins with this.
  for (let bit = 0; bit < WALK_BITS; bit++) {
    const keyBit = (byteAt(key, (bit >> 3) % DIGEST_KEY_BYTES) >> (bit & 7)) & 1;
    walk[bit] = ((7 - (bit & 7)) << PLACE_SHIFT) + (keyBit << KEY_BIT_SHIFT);
  }
  return walk;
}

function rotatedBytes(): Uint8Array {
  return Uint8Array.from({ length: 8 << PLACE_SHIFT }, (_, index) => {
    const mixed = ~((index & 0xff) + (index >> PLACE_SHIFT)) & 0xff;
    const keyBit = (index >> KEY_BIT_SHIFT) & 1;
    return keyBit === 1 ? (mixed << 1) + (mixed >> 7) : -((mixed >> 1) + (mixed << 7));
  });
}

/**
 * The cipher RC4, and the keys it gets on a MEP port. [MEP p.256-257, Appendix B]
 *
 * node:crypto has RC4 only with OpenSSL's legacy provider, so it is implemented here. RC4 is broken and protects nothing by
 * itself; older meters use it.
 */
import { byteAt } from '../bytes/byte-at.js';
import { DIGEST_BYTES, DIGEST_KEY_BYTES } from './digest.js';

/** The cipher state: the receiver decrypts by advancing an equal state. */
export class Rc4 {
  readonly #state = Uint8Array.from({ length: 256 }, (_, index) => index);
  #x = 0;
  #y = 0;

  constructor(key: Uint8Array) {
    const state = this.#state;
    for (let x = 0, y = 0; x < state.length; x++) {
      y = (y + byteAt(state, x) + byteAt(key, x % key.length)) & 0xff;
      this.#swap(x, y);
    }
  }

  /** The next `length` bytes of the key stream. */
  stream(length: number): Uint8Array {
    const state = this.#state;
    return Uint8Array.from({ length }, () => {
      this.#x = (this.#x + 1) & 0xff;
      this.#y = (this.#y + byteAt(state, this.#x)) & 0xff;
      this.#swap(this.#x, this.#y);
      return byteAt(state, (byteAt(state, this.#x) + byteAt(state, this.#y)) & 0xff);
    });
  }

  /** Encrypts, or decrypts: both are the same. */
  apply(bytes: Uint8Array): Uint8Array {
    return mask(bytes, this.stream(bytes.length));
  }

  #swap(x: number, y: number): void {
    const held = byteAt(this.#state, x);
    this.#state[x] = byteAt(this.#state, y);
    this.#state[y] = held;
  }
}

/** XOR of `bytes` and a key stream of at least their length. */
export function mask(bytes: Uint8Array, stream: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => byte ^ byteAt(stream, index));
}

/** What the guide calls ConstKey. */
const CONSTANT = Uint8Array.from([
  0x38, 0x8b, 0x8f, 0xbc, 0x36, 0xa8, 0x55, 0x85, 0x87, 0xaf, 0xc9, 0x0f, 0xb2, 0x3a, 0x3b, 0x99,
]);

/**
 * The encryption key that belongs to a MEP key. [MEP p.257]
 * @param key at least 16 bytes, of which the first 16 count
 */
export function encryptionKey(key: Uint8Array): Uint8Array {
  return new Rc4(key.subarray(0, DIGEST_KEY_BYTES)).apply(CONSTANT);
}

/**
 * The cipher of one request; its answer continues with it. [MEP p.257]
 * @param key from `encryptionKey`
 * @param digest of the request, so that each request has its own cipher
 */
export function requestCipher(key: Uint8Array, digest: Uint8Array): Rc4 {
  return new Rc4(key.map((byte, index) => (index < DIGEST_BYTES ? byte ^ byteAt(digest, index) : byte)));
}

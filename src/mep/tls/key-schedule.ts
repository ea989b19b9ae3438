/** The key schedule of TLS 1.2 with a pre-shared key [RFC 4279 2, RFC 5246 5, 6.3, 7.4.9, RFC 7627]. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { concatBytes } from '../../bytes/hex.js';
import { type DirectionKeys, KEY_BYTES, SALT_BYTES } from './protection.js';

/** The hash of the cipher suite: for the keys as for the transcript. */
export const HASH = 'sha384';
const VERIFY_BYTES = 12;
const MASTER_SECRET_BYTES = 48;

/** The keys of both directions. */
export interface SessionKeys {
  readonly client: DirectionKeys;
  readonly server: DirectionKeys;
}

/** The random bytes of both hello messages. */
export interface Randoms {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
}

/** The pseudo-random function of TLS: `length` bytes from secret, label and seed. */
function pseudoRandom(secret: Uint8Array, label: string, seed: Uint8Array, length: number): Uint8Array {
  const labelled = concatBytes(new TextEncoder().encode(label), seed);
  const bytes = new Uint8Array(length);
  let chain: Uint8Array = labelled;
  for (let at = 0; at < length;) {
    chain = createHmac(HASH, secret).update(chain).digest();
    const block = createHmac(HASH, secret).update(chain).update(labelled).digest();
    bytes.set(block.subarray(0, length - at), at);
    at += block.length;
  }
  return bytes;
}

/** The master secret as TLS 1.2 has it from the beginning; bound to the random bytes alone. */
export function masterSecret(psk: Uint8Array, { client, server }: Randoms): Uint8Array {
  return pseudoRandom(premasterSecret(psk), 'master secret', concatBytes(client, server), MASTER_SECRET_BYTES);
}

/**
 * The extended master secret [RFC 7627 4]; bound to the whole handshake.
 * @param sessionHash of all handshake messages up to the client's key exchange
 */
export function extendedMasterSecret(psk: Uint8Array, sessionHash: Uint8Array): Uint8Array {
  return pseudoRandom(premasterSecret(psk), 'extended master secret', sessionHash, MASTER_SECRET_BYTES);
}

/** The keys of both directions. */
export function sessionKeys(master: Uint8Array, { client, server }: Randoms): SessionKeys {
  const block = pseudoRandom(master, 'key expansion', concatBytes(server, client), 2 * (KEY_BYTES + SALT_BYTES));
  const salts = 2 * KEY_BYTES;
  return {
    client: { key: block.subarray(0, KEY_BYTES), salt: block.subarray(salts, salts + SALT_BYTES) },
    server: { key: block.subarray(KEY_BYTES, salts), salt: block.subarray(salts + SALT_BYTES) },
  };
}

/** The content of a Finished message: proof of the keys and of the same handshake. */
export function verifyData(master: Uint8Array, end: 'client' | 'server', transcriptHash: Uint8Array): Uint8Array {
  return pseudoRandom(master, `${end} finished`, transcriptHash, VERIFY_BYTES);
}

/** Compares a Finished message with the expected one in constant time. */
export function isVerified(expected: Uint8Array, received: Uint8Array): boolean {
  return expected.length === received.length && timingSafeEqual(expected, received);
}

function premasterSecret(psk: Uint8Array): Uint8Array {
  const length = Uint8Array.of(psk.length >> 8, psk.length & 0xff);
  return concatBytes(length, new Uint8Array(psk.length), length, psk);
}

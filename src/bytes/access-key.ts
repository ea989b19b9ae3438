import { SecurityError } from '../errors.js';
import { fromHex } from './hex.js';

/** How the user's text stands for a key. `auto` decides by length: 32 or 40 hex digits are hex, 16 to 20 characters are ASCII. */
export type KeyFormat = 'auto' | 'ascii' | 'hex';
export const KEY_FORMATS: readonly KeyFormat[] = ['auto', 'ascii', 'hex'];

/** Keys are 16 bytes; up to 20 may be handed out, of which MEP uses the first 16. [MEP p.13] */
export const SHORTEST_KEY_BYTES = 16;
export const LONGEST_KEY_BYTES = 20;

/**
 * The bytes of a key as a grid company hands it out: 20 ASCII characters (which often look like hex and are not),
 * or 32 or 40 hex digits.
 * @returns 16 to 20 bytes.
 * @throws SecurityError `key-missing` (empty), `key-format` (not hex, not ASCII), `key-length`. No error holds any of the key.
 */
export function parseAccessKey(text: string, format: KeyFormat = 'auto'): Uint8Array {
  const trimmed = text.trim();
  if (trimmed === '') throw new SecurityError('key-missing', 'No key was given');
  const isHex = format === 'hex' || (format === 'auto' && trimmed.length > LONGEST_KEY_BYTES);
  const bytes = isHex ? fromHex(trimmed) : asciiBytes(trimmed);
  if (bytes === undefined) {
    throw new SecurityError('key-format', `The key is not ${isHex ? 'hexadecimal' : 'printable ASCII'}`, {
      values: { format: isHex ? 'hex' : 'ascii' },
    });
  }
  if (bytes.length < SHORTEST_KEY_BYTES || bytes.length > LONGEST_KEY_BYTES) {
    throw new SecurityError('key-length', `The key has ${bytes.length} bytes instead of 16 to 20`, {
      values: { bytes: bytes.length, characters: trimmed.length, format: isHex ? 'hex' : 'ascii' },
    });
  }
  return bytes;
}

function asciiBytes(text: string): Uint8Array | undefined {
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

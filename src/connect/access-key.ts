import { SecurityError } from '../errors.js';
import { fromHex } from '../bytes/hex.js';

/**
 * How the text of a key is read. `auto` decides by length: 32 or 40 hex digits are hex, 16 to 20 characters are ASCII.
 */
export type KeyFormat = 'auto' | 'ascii' | 'hex';
export const KEY_FORMATS: readonly KeyFormat[] = ['auto', 'ascii', 'hex'];

/** Keys are 16 bytes; a utility may issue up to 20, of which MEP uses the first 16. [MEP p.13] */
export const MIN_KEY_BYTES: number = 16;
export const MAX_KEY_BYTES = 20;

/** Results of checking a key text; the last five make it unusable. */
export const KEY_FINDINGS = [
  'ascii',
  /** ASCII characters that are hex digits too: such keys are often entered in the wrong format. */
  'ascii-like-hex',
  'hex',
  'empty',
  'not-ascii',
  'not-hex',
  'too-short',
  'too-long',
] as const;
export type KeyFinding = (typeof KEY_FINDINGS)[number];

/** The form of a key text, without any of its content. */
export interface AccessKeyDescription {
  readonly isUsable: boolean;
  readonly finding: KeyFinding;
  /** How the text is read. */
  readonly form: 'ascii' | 'hex';
  /** Characters, without the blanks around them. */
  readonly characters: number;
  /** Bytes of the key; 0 where the text is not a key. */
  readonly bytes: number;
}

/** The result of `parseAccessKey` for an input field that is still being typed in. Never throws. */
export function describeAccessKey(
  text: string,
  format: KeyFormat = 'auto',
  minBytes = MIN_KEY_BYTES,
): AccessKeyDescription {
  const { finding, form, characters, bytes } = readKey(text, format, minBytes);
  const isUsable = finding === 'ascii' || finding === 'ascii-like-hex' || finding === 'hex';
  return { isUsable, finding, form, characters, bytes: bytes?.length ?? 0 };
}

/** Number of hex digits in a key text, without blanks and separators; undefined where it has other characters. */
export function countHexDigits(text: string): number | undefined {
  const digits = text.replace(/[\s:-]/g, '');
  return /^[0-9a-fA-F]+$/.test(digits) ? digits.length : undefined;
}

/**
 * The bytes of a key as utilities issue it: 20 ASCII characters (which often look like hex digits), or 32 or 40 hex
 * digits.
 * @param minBytes smallest number of bytes: the optical port requires 20 [OPT p.13]
 * @returns `minBytes` to 20 bytes.
 * @throws SecurityError `key-missing` (empty), `key-format` (not hex, not ASCII), `key-length`. No error holds any of
 * the key.
 */
export function parseAccessKey(text: string, format: KeyFormat = 'auto', minBytes = MIN_KEY_BYTES): Uint8Array {
  const { finding, form, characters, bytes } = readKey(text, format, minBytes);
  if (finding === 'empty') throw new SecurityError('key-missing', 'No key was given');
  if (bytes === undefined) {
    throw new SecurityError('key-format', `The key is not ${form === 'hex' ? 'hexadecimal' : 'printable ASCII'}`, {
      values: { format: form },
    });
  }
  if (finding === 'too-short' || finding === 'too-long') {
    const range = minBytes === MAX_KEY_BYTES ? minBytes : `${minBytes} to ${MAX_KEY_BYTES}`;
    throw new SecurityError('key-length', `The key has ${bytes.length} bytes instead of ${range}`, {
      values: { bytes: bytes.length, characters, format: form },
    });
  }
  return bytes;
}

interface ReadKey extends Pick<AccessKeyDescription, 'finding' | 'form' | 'characters'> {
  /** undefined where the text is neither ASCII nor hexadecimal. */
  readonly bytes: Uint8Array | undefined;
}

function readKey(text: string, format: KeyFormat, minBytes: number): ReadKey {
  const trimmed = text.trim();
  const characters = trimmed.length;
  const isHex = format === 'hex' || (format === 'auto' && characters > MAX_KEY_BYTES);
  const form = isHex ? 'hex' : 'ascii';
  if (trimmed === '') return { finding: 'empty', form, characters, bytes: undefined };
  const bytes = isHex ? fromHex(trimmed) : asciiBytes(trimmed);
  return { finding: findingOf(trimmed, form, bytes, minBytes), form, characters, bytes };
}

function findingOf(
  trimmed: string,
  form: 'ascii' | 'hex',
  bytes: Uint8Array | undefined,
  minBytes: number,
): KeyFinding {
  if (bytes === undefined) return `not-${form}`;
  if (bytes.length < minBytes) return 'too-short';
  if (bytes.length > MAX_KEY_BYTES) return 'too-long';
  if (form === 'hex') return 'hex';
  return /^[0-9a-fA-F]+$/.test(trimmed) ? 'ascii-like-hex' : 'ascii';
}

function asciiBytes(text: string): Uint8Array | undefined {
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

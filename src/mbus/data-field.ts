import { byteAt } from '../bytes/byte-at.js';

/** The data of a record before the VIF is applied. */
export type DataField =
  | { readonly kind: 'integer'; readonly bytes: Uint8Array }
  | { readonly kind: 'real'; readonly bytes: Uint8Array }
  /** @param isNegative sign of an LVAR number, which is separate from its digits */
  | { readonly kind: 'bcd'; readonly bytes: Uint8Array; readonly isNegative?: true }
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  | { readonly kind: 'none'; readonly bytes: Uint8Array };

/** Bytes of each coding of the low half of a DIF; LVAR (13) and special functions (15) have their own rules. */
const SIZES: readonly number[] = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6];
const REAL = 5;
const SELECTION = 8;
const FIRST_BCD = 9;
export const LVAR = 13;
export const SPECIAL = 15;

/** Lowest LVAR byte whose data are not text. [EN 13757-3:2018 table 5] */
const POSITIVE_BCD = 0xc0;
const NEGATIVE_BCD = 0xd0;
const BINARY = 0xe0;
const LONG_BINARY = 0xf0;
const MAX_BCD_BYTES = 9;

/**
 * Reads the data of a record.
 * @param bytes bytes after the record's VIF
 * @returns the data and the number of bytes taken; undefined where the data are cut off, or their length is invalid
 */
export function dataFieldOf(coding: number, bytes: Uint8Array): { field: DataField; taken: number } | undefined {
  if (coding === LVAR) return variableField(bytes);
  const size = SIZES[coding] ?? 0;
  if (bytes.length < size) return undefined;
  const data = bytes.subarray(0, size);
  return { field: { kind: kindOf(coding), bytes: data }, taken: size };
}

function kindOf(coding: number): 'none' | 'real' | 'bcd' | 'integer' {
  if (coding === 0 || coding === SELECTION) return 'none';
  if (coding === REAL) return 'real';
  return coding >= FIRST_BCD ? 'bcd' : 'integer';
}

function variableField(bytes: Uint8Array): { field: DataField; taken: number } | undefined {
  const length = bytes[0];
  if (length === undefined) return undefined;
  const shape = variableShape(length);
  if (shape === undefined || bytes.length < 1 + shape.size) return undefined;
  const { size, ...rest } = shape;
  return { field: { ...rest, bytes: bytes.subarray(1, 1 + size) }, taken: 1 + size };
}

function variableShape(
  length: number,
): ({ kind: 'text' | 'integer' } & { size: number }) | { kind: 'bcd'; size: number; isNegative?: true } | undefined {
  if (length < POSITIVE_BCD) return { kind: 'text', size: length };
  const low = length & 0x0f;
  if (length < BINARY) {
    if (low > MAX_BCD_BYTES) return undefined;
    return length < NEGATIVE_BCD ? { kind: 'bcd', size: low } : { kind: 'bcd', size: low, isNegative: true };
  }
  if (length < LONG_BINARY) return { kind: 'integer', size: low };
  if (low < 5) return { kind: 'integer', size: 4 * (length - 0xec) };
  if (low === 5) return { kind: 'integer', size: 48 };
  return low === 6 ? { kind: 'integer', size: 64 } : undefined;
}

/** A signed number, least significant byte first; undefined for the most negative one, which means "no value". */
export function signedOf(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0) return undefined;
  const bits = 8 * bytes.length;
  const number = BigInt.asIntN(bits, unsignedOf(bytes));
  return number === -(1n << BigInt(bits - 1)) ? undefined : number;
}

export function unsignedOf(bytes: Uint8Array): bigint {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) number = (number << 8n) | BigInt(byteAt(bytes, at));
  return number;
}

/**
 * The digits of a BCD number, most significant first, with a minus where the highest digit is F.
 * @returns undefined where a digit is invalid, which means that the device has no value
 */
export function bcdDigits(bytes: Uint8Array, isNegative = false): string | undefined {
  let digits = '';
  for (let at = bytes.length - 1; at >= 0; at--) digits += byteAt(bytes, at).toString(16).padStart(2, '0');
  if (digits.startsWith('f') && !isNegative) {
    return /^f[0-9]+$/.test(digits) ? `-${digits.slice(1)}` : undefined;
  }
  return /^[0-9]+$/.test(digits) ? `${isNegative ? '-' : ''}${digits}` : undefined;
}

/** The shortest decimal number that equals this single-precision number; undefined where it is no finite number. */
export function realOf(bytes: Uint8Array): number | undefined {
  const number = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getFloat32(0, true);
  if (!Number.isFinite(number)) return undefined;
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits));
    if (Math.fround(short) === number) return short;
  }
  return number;
}

/** ISO 8859-1 text, transmitted in reverse order, without control characters. */
export function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...[...bytes].reverse())
    .replace(/[\0-\x1f\x7f-\x9f]/g, ' ')
    .trim();
}

import { DecodeError } from '../../errors.js';
import { byteAt } from '../../bytes/byte-at.js';
import { fromHex, toHex } from '../../bytes/hex.js';
import type { BitPart, ClockNode, IntegerNode, LeafNode, NibblesNode } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { CLOCK_BYTES, decodeClock, encodeClock } from './clocks.js';

/** Size of a leaf that depends only on `count`; undefined for a leaf with a length expression. */
export function fixedBytes(leaf: LeafNode, count = 0): number | undefined {
  // The head is one half of a byte, each number another.
  if (leaf.kind === 'nibbles') return Math.floor((count + 2) / 2);
  if (leaf.kind === 'integer' || leaf.kind === 'bits') return leaf.bytes;
  return leaf.kind === 'clock' ? CLOCK_BYTES[leaf.type] : undefined;
}

/** The value of `length` little- or big-endian bytes at `offset`, up to 48 bits. */
function readInteger(bytes: Uint8Array, offset: number, length: number, signed: boolean, bigEndian: boolean): number {
  if (length === 4 && !bigEndian) {
    const word =
      byteAt(bytes, offset) |
      (byteAt(bytes, offset + 1) << 8) |
      (byteAt(bytes, offset + 2) << 16) |
      (byteAt(bytes, offset + 3) << 24);
    return signed ? word : word >>> 0;
  }
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[offset + (bigEndian ? i : length - 1 - i)] ?? 0);
  if (!signed) return value;
  const half = 2 ** (8 * length - 1);
  return value >= half ? value - 2 * half : value;
}

/** Decodes the fields of a leaf into `values`; `count` is the number of elements of a list of nibbles. */
export function decodeLeaf(
  leaf: LeafNode,
  bytes: Uint8Array,
  offset: number,
  length: number,
  values: TableValues,
  count: number,
): void {
  switch (leaf.kind) {
    case 'reserved':
      return;
    case 'bits':
      decodeBits(leaf.parts, readInteger(bytes, offset, length, false, leaf.bigEndian), values);
      return;
    case 'nibbles': {
      decodeBits(leaf.head, (bytes[offset] ?? 0) >> 4, values);
      const numbers: number[] = [];
      for (let i = 1; i <= count; i++) {
        const byte = bytes[offset + (i >> 1)] ?? 0;
        numbers.push(i % 2 === 0 ? byte >> 4 : byte & 0x0f);
      }
      values[leaf.name] = numbers;
      return;
    }
    case 'integer': {
      const raw = readInteger(bytes, offset, length, leaf.signed, leaf.bigEndian);
      values[leaf.name] = leaf.attributes.divisor === undefined ? raw : raw / leaf.attributes.divisor;
      return;
    }
    case 'clock':
      values[leaf.name] = decodeClock(leaf.type, bytes, offset);
      return;
    default:
      values[leaf.name] = decodeNamed(leaf, bytes.subarray(offset, offset + length));
  }
}

type NamedLeaf = Exclude<LeafNode, { kind: 'bits' | 'nibbles' | 'reserved' }>;

function decodeNamed(leaf: Exclude<NamedLeaf, IntegerNode | ClockNode>, bytes: Uint8Array): FieldValue {
  switch (leaf.kind) {
    case 'text':
      return decodeText(bytes);
    case 'opaque':
      return toHex(leaf.isReversed ? Uint8Array.from(bytes).reverse() : bytes, '');
    case 'set':
      return decodeSet(bytes);
  }
}

/** Uses arithmetic, as `word` may have 48 bits, too many for the bit operators. */
function decodeBits(parts: readonly BitPart[], word: number, values: TableValues): void {
  for (const part of parts) {
    const field = fieldOf(word, part.from, part.to);
    if (part.type === 'bool') values[part.name] = field === 1;
    else if (part.type === 'uint') values[part.name] = field;
    else {
      const range = 2 ** (part.to - part.from + 1);
      values[part.name] = field >= range / 2 ? field - range : field;
    }
  }
}

const SIGN_BIT = 31;

function fieldOf(word: number, from: number, to: number): number {
  if (to < SIGN_BIT) return (word >>> from) & ((1 << (to - from + 1)) - 1);
  return Math.floor(word / 2 ** from) % 2 ** (to - from + 1);
}

const BLANK = 0x20;

function decodeText(bytes: Uint8Array): string {
  let end = bytes.indexOf(0);
  if (end < 0) end = bytes.length;
  while (end > 0 && bytes[end - 1] === BLANK) end--;
  let text = '';
  for (let i = 0; i < end; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}

function decodeSet(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) numbers.push(bit);
  }
  return numbers;
}

/** Largest rounding error of dividing an integer and multiplying it again. */
const DIVISION_ERROR = 1e-6;

/** The error for a value that does not fit into its field. */
export class Misfit extends Error {}

/**
 * The bytes of a leaf; `count` is the number of elements of a list of nibbles. A field without a value is written as
 * zeros.
 * @param isExact whether a value that would have to be rounded is an error
 * @throws Misfit when a value is not of the field's type or does not fit into it.
 */
export function encodeLeaf(
  leaf: LeafNode,
  length: number,
  values: TableValues,
  count: number,
  isExact: boolean,
): Uint8Array {
  const bytes = new Uint8Array(length);
  switch (leaf.kind) {
    case 'reserved':
      return bytes;
    case 'bits':
      writeInteger(bytes, encodeBits(leaf.parts, values), leaf.bigEndian);
      return bytes;
    case 'nibbles':
      encodeNibbles(leaf, values, count, bytes);
      return bytes;
    default: {
      const value = values[leaf.name];
      if (value !== undefined) encodeNamed(leaf, value, bytes, isExact);
      return bytes;
    }
  }
}

function encodeNamed(leaf: NamedLeaf, value: FieldValue, bytes: Uint8Array, isExact: boolean): void {
  switch (leaf.kind) {
    case 'integer': {
      if (isExact && typeof value !== 'number') throw new Misfit('is no number');
      const wanted = numberOf(value) * (leaf.attributes.divisor ?? 1);
      if (!Number.isFinite(wanted)) throw new Misfit('is too large');
      const raw = Math.round(wanted);
      if (isExact && Math.abs(wanted - raw) > DIVISION_ERROR) throw new Misfit('has more digits than the meter keeps');
      writeInteger(bytes, fitted(BigInt(raw), 8 * leaf.bytes, leaf.signed), leaf.bigEndian);
      return;
    }
    case 'text':
      encodeText(value, bytes, leaf.padding);
      return;
    case 'opaque': {
      const given = typeof value === 'string' ? fromHex(value) : undefined;
      if (given?.length !== bytes.length) throw new Misfit(`needs ${bytes.length} bytes in hexadecimal`);
      bytes.set(leaf.isReversed ? given.reverse() : given);
      return;
    }
    case 'set':
      encodeSet(value, bytes);
      return;
    case 'clock': {
      const encoded = encodeClock(leaf.type, value);
      if (encoded === undefined) throw new Misfit(`is no ${leaf.type}`);
      bytes.set(encoded);
    }
  }
}

function encodeBits(parts: readonly BitPart[], values: TableValues): bigint {
  let word = 0n;
  for (const part of parts) {
    const value = values[part.name];
    if (value === undefined) continue;
    if ((part.type === 'bool') !== (typeof value === 'boolean')) throw new Misfit(`"${part.name}" is of another type`);
    const width = part.to - part.from + 1;
    word |= fitted(wholeOf(value), width, part.type === 'int') << BigInt(part.from);
  }
  return word;
}

function encodeNibbles(leaf: NibblesNode, values: TableValues, count: number, bytes: Uint8Array): void {
  const given = values[leaf.name] ?? [];
  if (!Array.isArray(given) || (given.length !== 0 && given.length !== count))
    throw new Misfit(`needs ${count} numbers`);
  const numbers = given.map((number) => Number(fitted(wholeOf(number), 4, false)));
  const halves = [Number(encodeBits(leaf.head, values)), ...numbers];
  for (const [i, half] of halves.entries()) bytes[i >> 1] = (bytes[i >> 1] ?? 0) | (i % 2 === 0 ? half << 4 : half);
}

function numberOf(value: FieldValue): number {
  const number = typeof value === 'boolean' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new Misfit('is no number');
  return number;
}

function wholeOf(value: FieldValue): bigint {
  const number = numberOf(value);
  if (!Number.isInteger(number)) throw new Misfit('is no whole number');
  return BigInt(number);
}

function fitted(value: bigint, width: number, signed: boolean): bigint {
  const wrapped = BigInt.asUintN(width, value);
  const back = signed ? BigInt.asIntN(width, wrapped) : wrapped;
  if (back !== value) throw new Misfit(`does not fit into ${width} bits`);
  return wrapped;
}

function writeInteger(bytes: Uint8Array, value: bigint, bigEndian: boolean): void {
  let left = value;
  for (let i = 0; i < bytes.length; i++) {
    bytes[bigEndian ? bytes.length - 1 - i : i] = Number(left & 0xffn);
    left >>= 8n;
  }
}

function encodeText(value: FieldValue, bytes: Uint8Array, padding: 'null' | 'blank'): void {
  if (typeof value !== 'string' || value.length > bytes.length || !/^[\x01-\xff]*$/.test(value)) {
    throw new Misfit(`needs a text of at most ${bytes.length} Latin-1 characters`);
  }
  bytes.fill(padding === 'blank' ? 0x20 : 0);
  for (let i = 0; i < value.length; i++) bytes[i] = value.charCodeAt(i);
}

function encodeSet(value: FieldValue, bytes: Uint8Array): void {
  if (!Array.isArray(value)) throw new Misfit('needs a list of bit numbers');
  for (const entry of value) {
    const bit = numberOf(entry);
    if (!Number.isInteger(bit) || bit < 0 || bit >= 8 * bytes.length) throw new Misfit(`has no bit ${bit}`);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
}

/** The error for a value that is out of range, with table and field. */
export function outOfRange(table: string, field: string, why: string, cause?: unknown): DecodeError {
  return new DecodeError('value-out-of-range', `${table} ${field}: ${why}`, { values: { table, field }, cause });
}

/** Removes keys and identities from tables before they are shown to others. Pure. */
import { DecodeError } from '../errors.js';
import {
  attributesOf,
  byLength,
  decodeLeaf,
  type Dimensions,
  type FieldValue,
  type LeafNode,
  pathOf,
  type TableDescription,
  walkTable,
  holdsSecrets,
} from '../tables/index.js';
import { MIN_KEY_BYTES } from './access-key.js';
import { KeySearch } from './key-search.js';

const REDACTED_CHARACTER = 'X'.charCodeAt(0);
/** Ends of the names of fields that identify a meter or its owner. */
const IDENTIFYING =
  /(?:serial(?:number)?|(?:transceiver|neuron|device|customer|meter|utility|location)Id|address|identification|key|password)(?:\[\d+\])*$/i;
/** Shorter texts and numbers occur by chance. */
const MIN_TEXT_LENGTH = 4;
const MIN_NUMBER_LENGTH = 6;
const MAX_UINT32 = 0xffff_ffff;

/** A byte pattern to remove from every table, and its replacement. */
export interface Pattern {
  readonly bytes: Uint8Array;
  readonly by: number;
}

/** A serial number in the forms that meters store: as text, and as packed digits or a number in both byte orders. */
export function serialPatterns(serial: string | null): Pattern[] {
  const text = serial?.trim() ?? '';
  if (text.length < MIN_TEXT_LENGTH) return [];
  const patterns: Pattern[] = [{ bytes: ascii(text), by: REDACTED_CHARACTER }];
  for (const part of new Set(text.match(/\d+/g) ?? [])) {
    if (part.length < MIN_NUMBER_LENGTH) continue;
    patterns.push({ bytes: ascii(part), by: REDACTED_CHARACTER });
    const packed = Uint8Array.from(part.padStart(part.length + (part.length % 2), '0').match(/../g) ?? [], (pair) =>
      Number.parseInt(pair, 16),
    );
    patterns.push({ bytes: packed, by: 0 }, { bytes: packed.slice().reverse(), by: 0 });
    const number = Number(part);
    if (number > MAX_UINT32) continue;
    const big = new Uint8Array(4);
    new DataView(big.buffer).setUint32(0, number);
    patterns.push({ bytes: big, by: 0 }, { bytes: big.slice().reverse(), by: 0 });
  }
  return patterns;
}

/** A search of keys in tables, in case a meter returns one. Fewer bytes of a key may be a value of a table by chance. */
export const keysInTables = (keys: readonly Uint8Array[]): KeySearch => new KeySearch(keys, MIN_KEY_BYTES / 2);

/** The bytes with zeros in place of keys, and of halves of them. */
export function withoutKeys(bytes: Uint8Array, keys: KeySearch): Uint8Array {
  const mask = keys.find(bytes);
  return mask.includes(1) ? bytes.map((byte, at) => (mask[at] === 1 ? 0 : byte)) : bytes;
}

/** The bytes with every occurrence of the patterns overwritten. */
export function withoutPatterns(bytes: Uint8Array, patterns: readonly Pattern[]): Uint8Array {
  const clean = bytes.slice();
  for (const { bytes: wanted, by } of patterns) {
    for (let at = 0; wanted.length > 0 && at + wanted.length <= clean.length; at++) {
      if (wanted.every((byte, index) => clean[at + index] === byte)) clean.fill(by, at, at + wanted.length);
    }
  }
  return clean;
}

/**
 * A part of a table without the keys it may hold: they are overwritten with zeros. The bytes themselves where the table has
 * none.
 * @param offset where in the table the bytes begin
 */
export function withoutSecretBytes(
  table: TableDescription,
  bytes: Uint8Array,
  offset: number,
  dims: Dimensions,
): Uint8Array {
  if (!holdsSecrets(table)) return bytes;
  const clean = bytes.slice();
  const isDone = eachField(table, bytes, offset, dims, (leaf, at, length) => {
    if (isSecret(leaf)) clean.fill(0, Math.max(0, at), Math.max(0, at + length));
  });
  return isDone ? clean : new Uint8Array(bytes.length);
}

/**
 * The bytes of a table without keys, identifying fields, and bytes that the guide does not describe, whose content is
 * unknown.
 */
export function withoutIdentity(table: TableDescription, bytes: Uint8Array, dims: Dimensions): Uint8Array {
  const clean = new Uint8Array(bytes.length);
  eachField(table, bytes, 0, dims, (leaf, at, length, path) => {
    const isNamed =
      leaf.kind === 'bits' ? leaf.parts.some((part) => IDENTIFYING.test(part.name)) : IDENTIFYING.test(path);
    const isThere = at + length <= bytes.length;
    if (isThere && !isNamed && !isSecret(leaf)) clean.set(bytes.subarray(at, at + length), at);
  });
  return clean;
}

/** A field that identifies the meter or its owner, among the bytes of a part of a table. */
export interface IdentifyingField {
  readonly at: number;
  readonly length: number;
}

/** What identifies the meter or its owner in a part of a table. */
export interface Identifying {
  readonly fields: readonly IdentifyingField[];
  /** 1 for each byte that may be shown; keys, and bytes that the guide does not describe, may not. */
  readonly visible: Uint8Array;
}

/**
 * Finds what identifies the meter or its owner in a part of a table.
 * @param offset where in the table the bytes begin
 * @returns undefined where the layout cannot be followed
 */
export function identifyingIn(
  table: TableDescription,
  bytes: Uint8Array,
  offset: number,
  dims: Dimensions,
): Identifying | undefined {
  const fields: IdentifyingField[] = [];
  const visible = new Uint8Array(bytes.length);
  const isWhole = eachField(table, bytes, offset, dims, (leaf, at, length, path) => {
    const isNamed =
      leaf.kind === 'bits' ? leaf.parts.some((part) => IDENTIFYING.test(part.name)) : IDENTIFYING.test(path);
    if (at + length <= 0 || at >= bytes.length) return;
    const start = Math.max(0, at);
    const end = Math.min(bytes.length, at + length);
    if (isNamed && !isSecret(leaf)) fields.push({ at: start, length: end - start });
    else if (!isSecret(leaf)) visible.fill(1, start, end);
  });
  return isWhole ? { fields, visible } : undefined;
}

/** True if a table has no field that could identify a meter or its owner, whatever its layout. */
export function isImpersonal(table: TableDescription): boolean {
  return [...attributesOf(table)].every(([path, { isSecret: hasKey }]) => hasKey !== true && !IDENTIFYING.test(path));
}

/**
 * Calls `found` with every described field, its offset among the bytes (which may lie outside them) and its path.
 * @returns true if the layout of the whole structure is known
 */
function eachField(
  table: TableDescription,
  bytes: Uint8Array,
  offset: number,
  dims: Dimensions,
  found: (leaf: LeafNode, at: number, length: number, path: string) => void,
): boolean {
  const end = offset + bytes.length;
  try {
    walkTable(
      table,
      dims,
      {
        seesBytes: true,
        leaf: (leaf, start, length, scope, count) => {
          const at = start - offset;
          if (at >= 0 && at + length <= bytes.length) decodeLeaf(leaf, bytes, at, length, scope.values, count);
          if (leaf.kind !== 'reserved') found(leaf, at, length, pathOf(scope, 'name' in leaf ? leaf.name : ''));
        },
        ...byLength(end),
      },
      {},
    );
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

const isSecret = (leaf: LeafNode): boolean => 'attributes' in leaf && leaf.attributes.isSecret === true;

/** Decoded values without identifying fields and without values that contain the serial number. */
export function valuesWithoutIdentity(values: FieldValue, serial: string | null, name = ''): FieldValue {
  if (Array.isArray(values)) return values.map((value) => valuesWithoutIdentity(value, serial, name));
  if (typeof values === 'object' && values !== null) {
    return Object.fromEntries(
      Object.entries(values).map(([field, value]) => [field, valuesWithoutIdentity(value, serial, field)]),
    );
  }
  const isSerial = serial !== null && serial.length >= MIN_TEXT_LENGTH && String(values).includes(serial);
  return IDENTIFYING.test(name) || isSerial ? null : values;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

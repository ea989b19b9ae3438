import { DecodeError } from '../../errors.js';
import type { Dimensions, TableDescription } from './description.js';
import type { TableValues } from './values.js';
import { decodeLeaf } from './leaves.js';
import { nameOf } from './names.js';
import { byLength } from './presence.js';
import type { Visitor } from './walk.js';
import { walkTable } from './walk.js';

/**
 * The values of a whole table, from its first byte on. Trailing fields of newer firmware are decoded as far as the
 * bytes extend.
 * @throws DecodeError `table-too-short` and `table-too-long` (naming table, field, offset, bytes needed and available),
 *   `dimensions-missing`, `value-out-of-range`.
 */
export function decodeTable(table: TableDescription, bytes: Uint8Array, dims: Dimensions): TableValues {
  const values: TableValues = {};
  const visitor: Visitor = {
    seesBytes: true,
    leaf: (leaf, offset, length, scope, count) => {
      if (offset + length > bytes.length) throw tooShort(table, nameOf(leaf, scope), offset, length, bytes.length);
      decodeLeaf(leaf, bytes, offset, length, scope.values, count);
    },
    ...byLength(bytes.length),
    skip: (offset, length) => {
      if (offset + length > bytes.length) throw tooShort(table, 'filler', offset, length, bytes.length);
    },
  };
  const end = walkTable(table, dims, visitor, values);
  if (end < bytes.length && !isOpenEnded(table)) {
    throw new DecodeError(
      'table-too-long',
      `${table.name} has ${bytes.length} bytes where its dimensions describe ${end}`,
      { values: { table: table.name, needed: end, available: bytes.length }, raw: bytes },
    );
  }
  return values;
}

function isOpenEnded(table: TableDescription): boolean {
  const last = table.fields.at(-1);
  return last?.kind === 'rest' || last?.kind === 'selfSized';
}

/** The error for bytes that end before a field does. */
function tooShort(table: TableDescription, field: string, offset: number, needed: number, length: number): DecodeError {
  const available = Math.max(0, length - offset);
  return new DecodeError(
    'table-too-short',
    `${table.name} ends within ${field}: ${needed} bytes needed at offset ${offset}, ${available} there`,
    { values: { table: table.name, field, offset, needed, available } },
  );
}

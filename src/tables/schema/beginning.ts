import type { Dimensions, TableDescription } from './description.js';
import type { TableValues } from './values.js';
import { namesOf } from './names.js';
import { byFirmware } from './presence.js';
import { decodeLeaf } from './leaves.js';
import type { Visitor } from './walk.js';
import { isOwnBytesMissing, walkTable } from './walk.js';

/** The layout as far as the first bytes of a table define it. */
export interface Beginning {
  /** The dimensions, with those of the table itself. */
  readonly dims: Dimensions;
  /** Number of first bytes that are needed for the next step; 0 when `dims` are enough to lay out the table. */
  readonly needed: number;
}

/**
 * Lays out a table that holds its own dimensions, step by step: the caller reads `needed` bytes and calls again.
 * @param head the table's first bytes; empty at the start. Most tables need none.
 * @throws DecodeError `dimensions-missing` for other tables' values, `value-out-of-range`.
 */
export function beginningOf(table: TableDescription, dims: Dimensions, head: Uint8Array): Beginning {
  const values: TableValues = {};
  let end = 0;
  const visitor: Visitor = {
    seesBytes: false,
    wantsEnding: true,
    leaf: (leaf, offset, length, scope, count) => {
      end = offset + length;
      if (end <= head.length) decodeLeaf(leaf, head, offset, length, scope.values, count);
      else for (const name of namesOf(leaf)) scope.values[name] = null;
    },
    ...byFirmware(dims),
  };
  try {
    walkTable(table, dims, visitor, values);
  } catch (error) {
    if (!isOwnBytesMissing(error, table) || end <= head.length) throw error;
    return { dims, needed: end };
  }
  return { dims: head.length === 0 ? dims : { ...dims, [table.name]: values }, needed: 0 };
}

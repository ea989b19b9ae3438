import type { TableLink } from '../c1218/table-link.js';
import { isRefusal } from '../error-kinds.js';
import { UsageError } from '../errors.js';
import {
  beginningOf,
  decodeTable,
  type Dimensions,
  fieldPlace,
  findTable,
  layoutOf,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../tables/index.js';
import { endsEarly, readRange } from './range-reader.js';

/** @throws UsageError `unknown-table` */
export function requireTable(name: string): TableDescription {
  const table = findTable(name);
  if (!table) throw new UsageError('unknown-table', `There is no table ${name}`, { values: { table: name } });
  return table;
}

/** What `read` yields; undefined when the meter refused. */
export async function unlessRefused<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/**
 * The dimensions, with those that the table itself holds: these are read from its beginning, as far as its layout depends
 * on them.
 */
export async function withOwnDimensions(
  link: TableLink,
  table: TableDescription,
  dimensions: Dimensions,
  signal: AbortSignal,
): Promise<Dimensions> {
  let head = new Uint8Array(0);
  for (;;) {
    const beginning = beginningOf(table, dimensions, head);
    if (beginning.needed === 0) return beginning.dims;
    head = Uint8Array.from(await readRange(link, { table, wanted: { offset: 0, count: beginning.needed }, signal }));
  }
}

/**
 * A table from its first byte up to a field: the rest is not needed, and not every meter has it.
 * @throws ProtocolError of a refusal as well
 */
export async function readUpTo(
  link: TableLink,
  table: TableDescription,
  field: string,
  signal: AbortSignal,
): Promise<TableValues> {
  const { offset, count } = fieldPlace(table, field, {});
  return decodeTable(table, await readRange(link, { table, wanted: { offset: 0, count: offset + count }, signal }), {});
}

/** All values of a table. @throws ProtocolError of a refusal as well; DecodeError */
export async function readValues(
  link: TableLink,
  table: TableDescription,
  dimensions: Dimensions,
  signal: AbortSignal,
): Promise<TableValues> {
  const { size, blocks, fields } = layoutOf(table, await withOwnDimensions(link, table, dimensions, signal));
  const bytes = await readRange(link, {
    table,
    wanted: { offset: 0, count: size },
    blocks,
    fields: [...fields.values()],
    isAll: (read) => endsEarly(table, read, dimensions),
    signal,
  });
  return decodeTable(table, bytes, dimensions);
}

/**
 * One field of a long table, or several that share its bytes, read without the rest.
 * @throws ProtocolError of a refusal as well, `inconsistent-answer` when the table ends before them; DecodeError
 */
export async function readFields(
  link: TableLink,
  table: TableDescription,
  fields: readonly [string, ...string[]],
  dimensions: Dimensions,
  signal: AbortSignal,
): Promise<TableValues> {
  const place = fieldPlace(table, fields[0], dimensions);
  const bytes = await readRange(link, { table, wanted: place, signal });
  // The fields are decoded by the table's own description: in their place, in an image that is empty otherwise.
  const image = new Uint8Array(tableSize(table, dimensions));
  image.set(bytes, place.offset);
  const values = decodeTable(table, image, dimensions);
  return Object.fromEntries(fields.map((field) => [field, values[field] ?? null]));
}

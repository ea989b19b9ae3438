import { decodeTable } from './decode.js';
import type { Dimensions, FieldValue, TableDescription, TableValues } from './description.js';
import { encodeTable } from './encode.js';
import { outOfRange } from './leaves.js';

/**
 * A table's bytes with some of its fields changed; every other bit, those no field describes included, stays as it is.
 * @param image the whole table as the meter has it
 * @param changes new values by path: `{ 'mepInboundConfiguration[0].mepDeviceRegistered': true }`
 * @throws DecodeError `value-out-of-range` for a path that the table does not have or a value that does not fit;
 *   `table-too-short`, `dimensions-missing`.
 */
export function changeTable(
  table: TableDescription,
  image: Uint8Array,
  changes: TableValues,
  dims: Dimensions,
): Uint8Array {
  const present = decodeTable(table, image, dims);
  const wanted = structuredClone(present);
  for (const [path, value] of Object.entries(changes)) {
    if (!setAt(wanted, path, value)) throw outOfRange(table.name, path, 'the table has no such field');
  }
  const before = encodeTable(table, present, dims);
  const after = encodeTable(table, wanted, dims);
  if (after.length !== before.length) throw outOfRange(table.name, '', 'the table would get another length');
  return image.map((byte, place) => byte ^ (before[place] ?? 0) ^ (after[place] ?? 0));
}

/** @returns whether there is a field at this path */
function setAt(values: TableValues, path: string, value: FieldValue): boolean {
  const names = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  const last = names.pop() ?? '';
  let at: FieldValue | undefined = values;
  for (const name of names) at = memberOf(at, name);
  if (memberOf(at, last) === undefined) return false;
  if (Array.isArray(at)) at[Number(last)] = value;
  else (at as TableValues)[last] = value;
  return true;
}

function memberOf(value: FieldValue | undefined, name: string): FieldValue | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return value[name];
}

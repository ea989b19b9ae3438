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
  const refuse = (path: string, why: string): never => {
    throw outOfRange(table.name, path, why);
  };
  for (const [path, value] of Object.entries(changes)) setAt(wanted, path, value, refuse);
  const before = encodeTable(table, present, dims);
  const after = encodeTable(table, wanted, dims, { isExact: true });
  if (after.length !== before.length) throw outOfRange(table.name, '', 'the table would get another length');
  return image.map((byte, place) => byte ^ (before[place] ?? 0) ^ (after[place] ?? 0));
}

type Refuse = (path: string, why: string) => never;

function setAt(values: TableValues, path: string, value: FieldValue | undefined, refuse: Refuse): void {
  const names = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  const last = names.pop() ?? '';
  let at: FieldValue | undefined = values;
  for (const name of names) at = memberOf(at, name);
  const present = memberOf(at, last);
  if (present === undefined) refuse(path, 'the table has no such field');
  else if (Array.isArray(at)) at[Number(last)] = merged(present, value, path, refuse);
  else (at as TableValues)[last] = merged(present, value, path, refuse);
}

/** The present value with what is given of it: fields of a structure that are not named stay as they are. */
function merged(present: FieldValue, given: FieldValue | undefined, path: string, refuse: Refuse): FieldValue {
  if (given === undefined) return refuse(path, 'is undefined');
  if (Array.isArray(present) && Array.isArray(given)) {
    const isOfStructures = present.some(isStructure);
    if (isOfStructures && present.length !== given.length) {
      return refuse(path, `${given.length} elements instead of ${present.length}`);
    }
    return Array.from(given, (entry: FieldValue | undefined, i) =>
      merged(present[i] ?? null, entry, `${path}[${i}]`, refuse),
    );
  }
  if (!isStructure(present) || !isStructure(given)) return given;
  const result = { ...present };
  for (const [name, value] of Object.entries(given)) {
    const inner = `${path}.${name}`;
    const counterpart = memberOf(present, name);
    result[name] =
      counterpart === undefined
        ? refuse(inner, 'the table has no such field')
        : merged(counterpart, value, inner, refuse);
  }
  return result;
}

function isStructure(value: FieldValue | undefined): value is TableValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function memberOf(value: FieldValue | undefined, name: string): FieldValue | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(name) ? value[Number(name)] : undefined;
  return isStructure(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

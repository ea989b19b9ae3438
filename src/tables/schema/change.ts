import { decodeTable } from './decode.js';
import type { Dimensions, TableDescription } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { encodeTable } from './encode.js';
import { outOfRange } from './leaves.js';
import { elementPath, isStructure, joinPath, parsePath, stepInto } from './paths.js';

/**
 * A table's bytes with some of its fields changed; all other bits, including those that no field describes, are kept.
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
  const steps = parsePath(path);
  const last = steps.pop() ?? '';
  let around: FieldValue | undefined = values;
  for (const step of steps) around = stepInto(around, step);
  const present = stepInto(around, last);
  if (present === undefined) refuse(path, 'the table has no such field');
  else if (Array.isArray(around) && typeof last === 'number') around[last] = merged(present, value, path, refuse);
  else if (isStructure(around)) around[last] = merged(present, value, path, refuse);
}

/** The present value with the given changes; fields of a structure that are not given keep their values. */
function merged(present: FieldValue, given: FieldValue | undefined, path: string, refuse: Refuse): FieldValue {
  if (given === undefined) return refuse(path, 'is undefined');
  if (Array.isArray(present) && Array.isArray(given)) {
    const isOfStructures = present.some(isStructure);
    if (isOfStructures && present.length !== given.length) {
      return refuse(path, `${given.length} elements instead of ${present.length}`);
    }
    return Array.from(given, (entry: FieldValue | undefined, i) =>
      merged(present[i] ?? null, entry, elementPath(path, i), refuse),
    );
  }
  if (!isStructure(present) || !isStructure(given)) return given;
  const result = { ...present };
  for (const [name, value] of Object.entries(given)) {
    const inner = joinPath(path, name);
    const counterpart = stepInto(present, name);
    result[name] =
      counterpart === undefined
        ? refuse(inner, 'the table has no such field')
        : merged(counterpart, value, inner, refuse);
  }
  return result;
}

import type { Dimensions, FieldNode, TableDescription } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { decodeLeaf, encodeLeaf, Misfit, outOfRange } from './leaves.js';
import { nameOf, namesOf } from './names.js';
import { isStructure, joinPath, stepInto } from './paths.js';
import type { Scope, Visitor } from './walk.js';
import { pathOf, walkTable } from './walk.js';

/** @inline */
export interface EncodeOptions {
  /** Whether every field must be given and must be representable without rounding. */
  readonly isExact?: boolean;
  /** Whether the fields of a newer firmware must be given either all or not at all. */
  readonly hasWholeGroups?: boolean;
}

/**
 * The bytes of a table with these values, the inverse of `decodeTable`. Fields without a value are zeros; trailing
 * fields of newer firmware are written up to the last one with a value.
 * @throws DecodeError `value-out-of-range` for a value that does not fit, an unknown name, a wrong number of elements;
 *   `dimensions-missing`.
 */
export function encodeTable(
  table: TableDescription,
  values: TableValues,
  dims: Dimensions,
  { isExact = false, hasWholeGroups = false }: EncodeOptions = {},
): Uint8Array {
  const bytes: number[] = [];
  const inputs = new Map<Scope, TableValues>();
  const inputOf = (scope: Scope): TableValues => (scope.parent === undefined ? values : (inputs.get(scope) ?? {}));
  const arrays: { scope: Scope; name: string; given: number }[] = [];
  const fail = (scope: Scope, name: string, why: string, cause?: unknown): never => {
    throw outOfRange(table.name, pathOf(scope, name), why, cause);
  };

  const visitor: Visitor = {
    seesBytes: true,
    enter: (scope) => {
      if (scope.parent === undefined) return;
      const around = inputOf(scope.parent)[scope.name];
      if (scope.index !== null && around !== undefined && !Array.isArray(around))
        fail(scope.parent, scope.name, 'is no list');
      if (scope.index === 0 && Array.isArray(around)) {
        arrays.push({ scope: scope.parent, name: scope.name, given: around.length });
      }
      const own: FieldValue | undefined = scope.index === null ? around : stepInto(around, scope.index);
      if (scope.isBare) inputs.set(scope, own === undefined ? {} : { '': own });
      else if (own === undefined || isStructure(own)) inputs.set(scope, own ?? {});
      else fail(scope, '', 'is no structure');
    },
    leaf: (leaf, offset, length, scope, count) => {
      try {
        const given = inputOf(scope);
        const missing = isExact ? namesOf(leaf).find((name) => stepInto(given, name) === undefined) : undefined;
        if (missing !== undefined) fail(scope, missing, 'is missing');
        const encoded = encodeLeaf(leaf, length, given, count, isExact);
        for (const byte of encoded) bytes.push(byte);
        decodeLeaf(leaf, encoded, 0, length, scope.values, count);
      } catch (error) {
        if (error instanceof Misfit)
          fail(scope, '', `${nameOf(leaf, scope)} at offset ${offset} ${error.message}`, error);
        throw error;
      }
    },
    isThere: ({ group, index, around, place }, _offset, scope) => {
      const given = inputOf(scope);
      const isGiven = (field: FieldNode): boolean => namesOf(field).some((name) => given[name] !== undefined);
      const left = hasWholeGroups ? group.fields : group.fields.slice(index);
      // Reserved bytes that end a group belong to it as soon as one of its fields is given.
      const isFiller = left.every((field) => namesOf(field).length === 0) && group.fields.some(isGiven);
      return isFiller || left.some(isGiven) || around.slice(place + 1).some(isGiven);
    },
    hasElement: (array, index, _offset, scope) => {
      const given = inputOf(scope)[array.name];
      return Array.isArray(given) && index < given.length;
    },
    extent: (leaf, _offset, max, scope) => {
      const given = inputOf(scope)[leaf.name];
      return typeof given === 'string' ? Math.min(max, Math.floor(given.length / 2)) : 0;
    },
    skip: (_offset, length) => {
      for (let i = 0; i < length; i++) bytes.push(0);
    },
  };
  const written: TableValues = {};
  walkTable(table, dims, visitor, written);
  for (const { scope, name, given } of arrays) {
    const count = scope.values[name];
    if (Array.isArray(count) && count.length !== given)
      fail(scope, name, `${given} elements instead of ${count.length}`);
  }
  refuseUnknown(table, values, written, '');
  return Uint8Array.from(bytes);
}

function refuseUnknown(table: TableDescription, given: TableValues, written: TableValues, path: string): void {
  for (const [name, value] of Object.entries(given)) {
    const there = stepInto(written, name);
    const place = joinPath(path, name);
    if (there === undefined) throw outOfRange(table.name, place, 'the table has no such field');
    if (Array.isArray(value) && value.length > 0 && Array.isArray(there) && there.length === 0) {
      throw outOfRange(table.name, place, `${value.length} elements instead of none`);
    }
    const pairs: [FieldValue, FieldValue | undefined][] =
      Array.isArray(value) && Array.isArray(there) ? value.map((entry, i) => [entry, there[i]]) : [[value, there]];
    for (const [entry, counterpart] of pairs) {
      if (isStructure(entry) && isStructure(counterpart)) refuseUnknown(table, entry, counterpart, place);
    }
  }
}

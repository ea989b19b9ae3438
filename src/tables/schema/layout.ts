import type { Dimensions, LeafNode, RegisterRole, TableDescription, WriteRisk } from './description.js';
import type { TableValues } from './values.js';
import type { Scope, Visitor } from './walk.js';
import { pathOf, walkTable } from './walk.js';
import { namesOf } from './names.js';
import { isStructure, stepInto } from './paths.js';
import { byFirmware } from './presence.js';
import { fixedBytes, outOfRange } from './leaves.js';
import { UsageError } from '../../errors.js';
import type { ByteRange } from '../../bytes/byte-range.js';

/** A register's place in its table. */
export interface RegisterPlace {
  readonly offset: number;
  readonly bytes: number;
  readonly signed: boolean;
  readonly role: RegisterRole;
  /** Index of the element that names its source, from 0: the number of the summation, demand or present value. */
  readonly index: number;
  /** Source id by BT22 or BT27; null where they have none. */
  readonly source: number | null;
  /** Tariff, 1 to 8 as on the display; null for totals. */
  readonly tier: number | null;
  /** Offset and type of its time stamp; null where it has none. */
  readonly time: { readonly offset: number; readonly type: 'TIME' | 'STIME_DATE' } | null;
  /** `tiers[0].summations[3]` */
  readonly path: string;
}

/** Bits whose change requires a separate permission. */
export interface RiskyByte {
  readonly offset: number;
  readonly mask: number;
  readonly risk: WriteRisk;
}

export interface Layout {
  /** Bytes of the table under these dimensions. */
  readonly size: number;
  /** Ranges that are each read in one request, ascending; the whole table where it has no blocks. */
  readonly blocks: readonly ByteRange[];
  readonly registers: readonly RegisterPlace[];
  readonly fields: ReadonlyMap<string, ByteRange>;
  readonly risky: readonly RiskyByte[];
}

/**
 * The largest load profile memory of a meter, rounded up, so that corrupt dimensions cannot take minutes. [MEP p.231]
 */
const MAX_LAYOUT_BYTES = 0x3ffff;

/**
 * The offsets of all fields of a table under these dimensions. With BT01 among them, trailing fields of firmware newer
 * than the meter's are left out; without it all described fields are laid out. A table that holds its own dimensions is
 * laid out by its own values, where they are among `dims`.
 * @throws DecodeError `dimensions-missing`, `value-out-of-range`.
 */
export function layOut(table: TableDescription, dims: Dimensions): Layout {
  const blocks: ByteRange[] = [];
  const registers: RegisterPlace[] = [];
  const fields = new Map<string, ByteRange>();
  const risky: RiskyByte[] = [];
  const times = new WeakMap<Scope, Map<string, NonNullable<RegisterPlace['time']>[]>>();
  const visitor: Visitor = {
    seesBytes: false,
    leaf: (leaf, offset, length, scope) => {
      if (offset > MAX_LAYOUT_BYTES) throw outOfRange(table.name, pathOf(scope, ''), 'too large to be laid out');
      for (const name of namesOf(leaf)) {
        fields.set(pathOf(scope, name), { offset, count: length });
        scope.values[name] = ownValues(dims, table, scope)?.[name] ?? null;
      }
      risky.push(...riskyBytes(leaf, offset, length));
      if (leaf.kind === 'clock' && (leaf.type === 'TIME' || leaf.type === 'STIME_DATE')) {
        noteTime(times, scope, leaf.name, { offset, type: leaf.type });
      }
      if (leaf.kind !== 'integer' || leaf.attributes.register === undefined) return;
      const { role, source, time } = leaf.attributes.register;
      const index = source === undefined ? 0 : indexOf(scope, source.index);
      registers.push({
        offset,
        bytes: fixedBytes(leaf) ?? length,
        signed: leaf.signed,
        role,
        index,
        source: source === undefined ? null : sourceOf(dims, source, index),
        tier: scope.tier,
        time: time === undefined ? null : timeOf(times, scope, time),
        path: pathOf(scope, leaf.name),
      });
    },
    ...byFirmware(dims),
    block: (offset, count) => {
      blocks.push({ offset, count });
    },
  };
  const size = walkTable(table, dims, visitor, {});
  return { size, blocks: blocks.length > 0 ? blocks : [{ offset: 0, count: size }], registers, fields, risky };
}

function riskyBytes(leaf: LeafNode, offset: number, length: number): RiskyByte[] {
  if (leaf.kind === 'reserved') return [];
  if (leaf.kind !== 'bits') {
    const { risk } = leaf.attributes;
    return risk === undefined
      ? []
      : Array.from({ length }, (_, index) => ({ offset: offset + index, mask: 0xff, risk }));
  }
  return leaf.parts.flatMap(({ from, to, attributes: { risk } }) => {
    if (risk === undefined) return [];
    return Array.from({ length: to - from + 1 }, (_, index) => {
      const byte = (from + index) >> 3;
      const place = leaf.bigEndian ? leaf.bytes - 1 - byte : byte;
      return { offset: offset + place, mask: 1 << ((from + index) & 7), risk };
    });
  });
}

/** The known values of a structure of the table itself. */
function ownValues(dims: Dimensions, table: TableDescription, scope: Scope): TableValues | undefined {
  if (scope.parent === undefined) return dims[table.name];
  const around = ownValues(dims, table, scope.parent)?.[scope.name];
  const own = scope.index === null ? around : stepInto(around, scope.index);
  return isStructure(own) ? own : undefined;
}

type Times = WeakMap<Scope, Map<string, NonNullable<RegisterPlace['time']>[]>>;

/** Times may be in an array beside the array of values, so they are stored with the structure around both. */
function noteTime(times: Times, scope: Scope, name: string, time: NonNullable<RegisterPlace['time']>): void {
  const owner = name === '' ? scope.parent : scope;
  if (owner === undefined) return;
  const byName = times.get(owner) ?? new Map<string, NonNullable<RegisterPlace['time']>[]>();
  const key = name === '' ? scope.name : name;
  const noted = byName.get(key);
  if (noted === undefined) byName.set(key, [time]);
  else noted.push(time);
  times.set(owner, byName);
}

function timeOf(times: Times, scope: Scope, name: string): RegisterPlace['time'] {
  const own = times.get(scope)?.get(name)?.[0];
  if (own !== undefined) return own;
  const around = scope.parent === undefined ? undefined : times.get(scope.parent)?.get(name);
  return around?.[scope.index ?? 0] ?? null;
}

function indexOf(scope: Scope, array: string): number {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
    if (at.name === array && at.index !== null) return at.index;
  }
  return 0;
}

function sourceOf(
  dims: Dimensions,
  source: { table: string; field: string; printed: readonly number[] },
  index: number,
): number | null {
  const named = dims[source.table];
  // Dimensions come with messages, where a flow may have removed a table: null counts as missing.
  const list = named ? named[source.field] : source.printed;
  const id: unknown = Array.isArray(list) ? list[index] : undefined;
  return typeof id === 'number' ? id : null;
}

const CACHED_LAYOUTS = 8;
const cache = new Map<TableDescription, { key: Dimensions; layout: Layout }[]>();

/**
 * `layOut` with a cache: for dimensions of the same content, even copies, a call costs only their comparison.
 */
export function layoutOf(table: TableDescription, dims: Dimensions): Layout {
  let known = cache.get(table);
  if (known === undefined) cache.set(table, (known = []));
  const used = [...table.needs, table.name, 'BT01'];
  const found = known.findIndex(({ key }) => used.every((name) => isSame(key[name], dims[name])));
  const [entry] = found < 0 ? [] : known.splice(found, 1);
  const layout = entry?.layout ?? layOut(table, dims);
  const key = entry?.key ?? structuredClone(Object.fromEntries(used.map((name) => [name, dims[name]])));
  known.unshift({ key, layout });
  if (known.length > CACHED_LAYOUTS) known.pop();
  return layout;
}

function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((entry, i) => isSame(entry, right[i]));
  }
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => isSame(Reflect.get(left, name), Reflect.get(right, name)));
}

/** Size of the table under these dimensions, bytes. @throws DecodeError `dimensions-missing` */
export function tableSize(table: TableDescription, dims: Dimensions): number {
  return layoutOf(table, dims).size;
}

/** All registers of the table, in table order. @throws DecodeError `dimensions-missing` */
export function registerLayout(table: TableDescription, dims: Dimensions): readonly RegisterPlace[] {
  return layoutOf(table, dims).registers;
}

/**
 * The byte range of one field, for a partial read: `fieldPlace(ET55, 'energyRegisterUnit', dims)`.
 * @throws UsageError `bad-offset` for a field the table does not have; DecodeError `dimensions-missing`.
 */
export function fieldPlace(table: TableDescription, path: string, dims: Dimensions): ByteRange {
  const place = layoutOf(table, dims).fields.get(path);
  if (place === undefined) {
    throw new UsageError('bad-offset', `${table.name} has no field ${path}`, {
      values: { table: table.name, field: path },
    });
  }
  return place;
}

/** First firmware that has a top-level field; undefined where every firmware has it. */
export function fieldSince(table: TableDescription, name: string): string | undefined {
  const field = table.fields.find((node) => 'name' in node && node.name === name);
  return field !== undefined && 'attributes' in field ? field.attributes.since : undefined;
}

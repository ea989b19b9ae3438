import { contains } from '../bytes/byte-range.js';
import { DecodeError, isMeterError, UsageError } from '../errors.js';
import type { Dimensions, Layout, TableDescription, TableValues } from '../tables/index.js';
import {
  beginningOf,
  DEFAULT_DIMENSIONS,
  decodeTable,
  findTable,
  holdsRegisters,
  layoutOf,
  partialValues,
  recordedOnly,
  withoutSecrets,
} from '../tables/index.js';
import type { ReadingOptions } from './decode-reading.js';
import { planOf } from './plan.js';
import type { Register } from './reading.js';
import { eachRegister } from './registers.js';

/** A register and its path in the table's values, as a table of snapshots holds each register many times. */
export interface PlacedRegister extends Register {
  /** `selfReadEntries[2].tiers[0].summations[3]` */
  readonly path: string;
}

/** The values of a table, and its registers. */
export interface DecodedTable {
  /** Named and nested as in the table's description. null: no date, a key, or not among the bytes. */
  readonly values: TableValues;
  /** Scaled and named as in a reading, in table order; undefined for a table that has no registers. */
  readonly registers: PlacedRegister[] | undefined;
}

/**
 * The values of any table of the catalogue, whole or in part. A part has the shape of the whole table, with null for
 * missing fields; structures that depend on missing bytes are left out. Fields that the meter marks as not recorded are
 * null too: snapshots not taken yet, skipped intervals of a load profile. Keys in a table are replaced by null.
 * @param tableName `BT52`, in any case
 * @throws DecodeError `table-too-short` (no bytes, a field cut off where `complete` is left out, not the whole
 *   table where it is true), `table-too-long`, `dimensions-missing`, `value-out-of-range`; UsageError `bad-offset`,
 *   `unknown-table`.
 */
export function decodeValues(tableName: string, bytes: Uint8Array, options: ReadingOptions = {}): DecodedTable {
  const table = findTable(tableName);
  if (table === undefined) {
    throw new UsageError('unknown-table', `There is no table ${tableName}`, { values: { table: tableName } });
  }
  const { offset = 0, complete, dimensions: dims = DEFAULT_DIMENSIONS } = options;
  const given: GivenBytes = { table, bytes, offset, complete, dims };
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `${table.name} has no offset ${offset}`, {
      values: { table: table.name, offset },
    });
  }
  if (bytes.length === 0) throw notWhole(table, bytes, offset);
  const whole = wholeValues(given);
  const decoded = whole ?? partialValues(table, bytes, offset, dims, complete === undefined);
  const { values, gaps } = recordedOnly(table, decoded, (path) => whole !== undefined || isAmong(given, path));
  return {
    values: withoutSecrets(table, values),
    registers: registersOf(given)?.map((each) => withoutGap(each, gaps)),
  };
}

interface GivenBytes {
  readonly table: TableDescription;
  readonly bytes: Uint8Array;
  readonly offset: number;
  readonly complete: boolean | undefined;
  readonly dims: Dimensions;
}

/** The values of a whole table; undefined where the bytes are only a part of it. */
function wholeValues({ table, bytes, offset, complete, dims }: GivenBytes): TableValues | undefined {
  if (complete === true && offset > 0) throw notWhole(table, bytes, offset);
  if (complete === false || offset > 0) return undefined;
  try {
    return decodeTable(table, bytes, dims);
  } catch (error) {
    const isPerhapsPart = complete === undefined && isMeterError(error) && error.code === 'table-too-short';
    if (isPerhapsPart) return undefined;
    throw error;
  }
}

function registersOf(given: GivenBytes): PlacedRegister[] | undefined {
  const { table, bytes, offset, complete } = given;
  if (!holdsRegisters(table)) return undefined;
  const { dims, layout } = laidOut(given);
  const registers: PlacedRegister[] = [];
  const from = { table: table.name, bytes, offset, refusesCuts: complete === undefined };
  eachRegister(from, planOf(table.name, layout.registers, dims).steps, (register, { place }) => {
    registers.push({ ...register, path: place.path });
  });
  return registers;
}

/** Whether a field is among the given bytes. */
function isAmong(given: GivenBytes, path: string): boolean {
  const place = laidOut(given).layout.fields.get(path);
  return place !== undefined && contains({ offset: given.offset, count: given.bytes.length }, place);
}

/** Removes the value of a register in a structure that the meter did not record; `raw` keeps its bytes. */
function withoutGap(register: PlacedRegister, gaps: readonly string[]): PlacedRegister {
  const isGap = gaps.some((gap) => gap === '' || register.path.startsWith(`${gap}.`));
  return isGap ? { ...register, value: null } : register;
}

/**
 * The layout of the table; a table that defines its own structure is laid out from its first bytes, where they are
 * given.
 */
function laidOut({ table, bytes, offset, dims }: GivenBytes): { dims: Dimensions; layout: Layout } {
  try {
    return { dims, layout: layoutOf(table, dims) };
  } catch (error) {
    const isOwnMissing = error instanceof DecodeError && error.values['needs'] === table.name;
    if (!isOwnMissing || offset > 0) throw error;
    const beginning = beginningOf(table, dims, bytes);
    return { dims: beginning.dims, layout: layoutOf(table, beginning.dims) };
  }
}

function notWhole(table: TableDescription, bytes: Uint8Array, offset: number): DecodeError {
  return new DecodeError('table-too-short', `${table.name} needs more than ${bytes.length} bytes from ${offset} on`, {
    values: { table: table.name, field: 'table', offset, available: bytes.length },
    raw: bytes,
  });
}

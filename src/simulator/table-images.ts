/** The bytes of every table of a simulated meter, from its identity and its measurements. */
import {
  beginningOf,
  CATALOGUE,
  decodeTable,
  type Dimensions,
  encodeTable,
  findTable,
  isAtLeast,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../tables/index.js';
import { calendarDimensions, CLOCK_VALUES } from './images/clock.js';
import {
  CONFIGURATION_VALUES,
  DISPLAY_DIMENSIONS,
  generalConfiguration,
  generalManufacturer,
  meterStatus,
  namedDimensions,
  systemInformation,
} from './images/configuration.js';
import type { Identity, ImageContext, ValuesOf } from './images/context.js';
import { deviceData, deviceReadLog } from './images/device-reads.js';
import { DEVICE_VALUES, deviceDimensions } from './images/devices.js';
import {
  largestLoadProfile,
  LOAD_PROFILE_VALUES,
  loadProfileDimensions,
  loadProfileImage,
} from './images/load-profile.js';
import { extendedLogDimensions, LOG_VALUES, logDimensions } from './images/logs.js';
import { REGISTER_VALUES, registerImage } from './images/registers.js';
import { proceduresOf } from './procedures.js';
import { dataSelection, presentSelection, registerDimensions } from './profiles.js';

export type { Identity, ImageContext } from './images/context.js';

const VALUES: Readonly<Record<string, ValuesOf>> = {
  ...CONFIGURATION_VALUES,
  ...REGISTER_VALUES,
  ...CLOCK_VALUES,
  ...LOAD_PROFILE_VALUES,
  ...LOG_VALUES,
  ...DEVICE_VALUES,
};
/** Tables whose bytes are made without the values of their fields. */
const BYTES: Readonly<Record<string, (context: ImageContext) => Uint8Array>> = {
  BT64: loadProfileImage(0),
  BT65: loadProfileImage(1),
  BT66: loadProfileImage(2),
  BT67: loadProfileImage(3),
  ET16: deviceData,
  ET45: deviceReadLog,
};
const FIRST_EXTENDED_TABLE = 2048;
/** Tables that exist from the firmware on that introduced their dimension in ET11. */
const SINCE: Readonly<Record<string, string>> = { ET57: '3.30', ET61: '3.30' };

/** The bytes of a table at this moment; undefined when this profile does not have the table. */
export function tableImage(table: TableDescription, context: ImageContext): Uint8Array | undefined {
  const { dims } = context;
  if (!hasTable(table, dims)) return undefined;
  if (isRegisterTable(table)) return registerImage(table, context);
  const bytes = BYTES[table.name];
  if (bytes) return bytes(context);
  const own = VALUES[table.name]?.(context);
  const values = own && table.name === 'BT00' ? { ...own, ...supportedSets(context) } : own;
  return values && filledUp(table, encodeTable(table, values, dims), dims);
}

/** The dimensions of the other tables, with every field of the dimension tables, zeros included. */
export function dimensionsOf(identity: Identity): Dimensions {
  const { setup, profile } = identity;
  const given: Record<string, TableValues> = {
    BT00: generalConfiguration(profile),
    BT01: generalManufacturer(identity),
    BT21: registerDimensions(setup),
    BT22: dataSelection(setup),
    BT27: presentSelection(setup),
    BT30: DISPLAY_DIMENSIONS,
    BT50: calendarDimensions(identity),
    BT60: largestLoadProfile(identity),
    BT61: loadProfileDimensions(identity),
    BT71: logDimensions(),
    ET04: systemInformation(identity),
    ET11: deviceDimensions(profile),
    ET36: extendedLogDimensions(identity, registerDimensions(setup), dataSelection(setup)),
    ET54: meterStatus(identity),
    ET90: namedDimensions(profile),
  };
  const BT01 = given['BT01'] ?? {};
  given['BT20'] = registerDimensions(setup, isAtLeast(BT01, '2.12'));
  let dims: Dimensions = {};
  for (const name of ['BT01', ...Object.keys(given)]) {
    const table = findTable(name);
    if (!table) continue;
    const image = filledUp(table, encodeTable(table, given[name] ?? {}, dims), dims);
    dims = { ...dims, [name]: decodeTable(table, image, dims) };
  }
  return dims;
}

/** The sets of supported tables and procedures in BT00. [MEP p.198] */
function supportedSets({ dims, identity }: ImageContext): TableValues {
  const there = CATALOGUE.filter(
    (table) => (isRegisterTable(table) || table.name in BYTES || table.name in VALUES) && hasTable(table, dims),
  );
  const writable = there.filter(({ write }) => write !== 'never');
  const numbers = (tables: readonly TableDescription[], from: number): number[] =>
    tables.map(({ number }) => number - from).filter((number) => number >= 0 && number < FIRST_EXTENDED_TABLE);
  return {
    basicTablesUsed: numbers(there, 0),
    extendedTablesUsed: numbers(there, FIRST_EXTENDED_TABLE),
    extendedProceduresUsed: proceduresOf(identity.profile),
    basicTablesWritable: numbers(writable, 0),
    extendedTablesWritable: numbers(writable, FIRST_EXTENDED_TABLE),
  };
}

const isRegisterTable = ({ name }: TableDescription): boolean => name === 'BT23' || name === 'BT28';

function hasTable(table: TableDescription, dims: Dimensions): boolean {
  const since = table.since ?? SINCE[table.name];
  return since === undefined || dims['BT01'] === undefined || isAtLeast(dims['BT01'], since);
}

/** Pads a table to the length of its firmware when its last fields are zeros. */
function filledUp(table: TableDescription, encoded: Uint8Array, dims: Dimensions): Uint8Array {
  const { needed } = beginningOf(table, dims, new Uint8Array(0));
  const size = tableSize(table, needed === 0 ? dims : beginningOf(table, dims, encoded).dims);
  if (size <= encoded.length) return encoded;
  const whole = new Uint8Array(size);
  whole.set(encoded);
  return whole;
}

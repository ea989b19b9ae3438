/** Converts the fields of another reader's message to values under our keys. */
import { NET_POWERS, payloadKeys } from '../keys.js';
import { badPayload, type Fields, fieldsOf, isFields } from '../message.js';
import { isNumber } from '../numbers.js';
import type { Payload } from '../reading.js';
import { AMS, AMS_HTTP, DABBLER, type FieldMap } from './fields.js';
import { amsMeter, dabblerMeter, type ReaderMeter } from './identity.js';
import { flatPhases, isPlot } from './other-messages.js';
import { type StatedTime, statedTime } from './source-clock.js';

/** The decoded message of another reader. */
export interface ReaderMessage {
  /** Every key of a reading; null for values that the message does not have. */
  readonly payload: Payload;
  /** Null for each property that the message does not have. */
  readonly meter: ReaderMeter;
}

/** The values of a message before zeros that were not measured are removed. */
export interface DecodedFields {
  readonly values: Map<string, number>;
  readonly meter: ReaderMeter;
  readonly time: StatedTime | undefined;
  /** The reader reports that its meter does not respond, or has not responded yet. */
  readonly isMeterLost: boolean;
}

const MAPS: readonly FieldMap[] = [DABBLER, AMS, AMS_HTTP];
const TWO_TO_32 = 2 ** 32;
const PERCENT = 100;
/** State of the meter's port in `/data.json`: 0 = not read yet, 3 = no answer for half a minute. */
const LOST_PORT_STATES: readonly unknown[] = [0, 3];

/** Fields with the time of the reading, the best first. */
const TIMES = ['CurrentDateTime', 't'] as const;
/** Fields that change with each message, among them counters, which only show that the reader runs. */
const ACTIVITY_FIELDS = ['CurrentDateTime', 't', 'rtc', 'up', 'c', 'u'] as const;

/**
 * The values, meter and time in a message.
 * @returns undefined where none of its names is that of a value
 */
export function decodedFields(outer: Fields): DecodedFields | undefined {
  if (isPlot(outer)) return undefined;
  const isNested = isFields(outer['data']);
  const fields = flatPhases(isNested ? fieldsOf(outer['data']) : outer);
  const map = mapFor(fields);
  if (map === undefined) return undefined;
  const values = valuesOf(fields, map);
  return {
    values,
    meter: map === DABBLER ? dabblerMeter(fields) : amsMeter(fields),
    time: timeOf({ ...(isNested && outer), ...fields }, map, values),
    isMeterLost: map === AMS_HTTP && LOST_PORT_STATES.includes(fields['hm']),
  };
}

/** The field map with the most names in common with the message. */
function mapFor(fields: Fields): FieldMap | undefined {
  const known = MAPS.map((map) => Object.keys(map).filter((name) => name in fields).length);
  const max = Math.max(...known);
  return max === 0 ? undefined : MAPS[known.indexOf(max)];
}

function valuesOf(fields: Fields, map: FieldMap): Map<string, number> {
  const values = new Map<string, number>();
  for (const [name, [key, factor]] of Object.entries(map)) {
    const value = fields[name];
    if (isNumber(value)) values.set(key, scaled(name, value, factor));
  }
  for (const phase of ['1', '2', '3']) {
    const current = values.get(`currentL${phase}`);
    // Some readers give currents the sign of the power.
    if (current !== undefined) values.set(`currentL${phase}`, Math.abs(current));
    if (fields[`i${phase}e`] === true) values.delete(`currentL${phase}`);
  }
  dropRegistersOfUnknownUnit(fields, values);
  correctPowerFactors(fields, values);
  return values;
}

function scaled(name: string, value: number, factor: number): number {
  // The module writes negative values as unsigned 32-bit numbers. Only power factors are corrected: a register may be
  // that large.
  const signed = value >= TWO_TO_32 / 2 && name.endsWith('_Fac') ? value - TWO_TO_32 : value;
  // Divided rather than multiplied: 225635 mV is 225.635 V, not 225.63500000000002 V.
  return factor === 1 ? signed : signed / Math.round(1 / factor);
}

/**
 * Before version 1.1 amsreader published registers in a unit that depends on the make of the meter, and had no export.
 */
function dropRegistersOfUnknownUnit(fields: Fields, values: Map<string, number>): void {
  const isOld = 'P' in fields && 'tPI' in fields && !('PO' in fields);
  if (isOld) for (const key of values.keys()) if (/Energy(?:Import|Export)$/.test(key)) values.delete(key);
}

/**
 * Since version 2.4 amsreader publishes power factors for Home Assistant in per cent. Where the meter measures none it
 * sends 1 for all of them, including the total.
 */
function correctPowerFactors(fields: Fields, values: Map<string, number>): void {
  const keys = ['L1', 'L2', 'L3'].map((phase) => `powerFactor${phase}`).filter((key) => values.has(key));
  const all = [fields['PF'], ...keys.map((key) => values.get(key))].filter(isNumber);
  const isPercent = all.some((value) => Math.abs(value) > 1) && all.every((value) => Math.abs(value) <= PERCENT);
  const one = isPercent ? PERCENT : 1;
  const isFiller = isNumber(fields['PF']) && all.every((value) => value === one);
  for (const key of keys) {
    if (isFiller) values.delete(key);
    else values.set(key, (values.get(key) ?? 0) / one);
  }
}

function timeOf(fields: Fields, map: FieldMap, values: Map<string, number>): StatedTime | undefined {
  // In /data.json `t` is a temperature and `c` the clock.
  const names = map === AMS_HTTP ? (['c'] as const) : TIMES;
  const activity = map === AMS_HTTP ? (['c', 'u'] as const) : ACTIVITY_FIELDS;
  const present = activity.filter((name) => fields[name] !== undefined && fields[name] !== null);
  if (present.length === 0) return undefined;
  const time = names.map((name) => statedTime(fields[name])).find((stated) => stated !== null);
  return {
    time: time ?? null,
    text: JSON.stringify(present.map((name) => fields[name])),
    values: time === undefined ? JSON.stringify([...values]) : '',
  };
}

/** A payload with every key of a reading; null for values that are missing. */
export function payloadOf(values: Map<string, number>): Payload {
  for (const { key, plus, minus } of NET_POWERS) {
    const [taken, returned] = [values.get(plus), values.get(minus)];
    if (taken !== undefined && returned !== undefined) values.set(key, taken - returned);
  }
  const keys = [...payloadKeys('BT23'), ...payloadKeys('BT28')];
  return Object.fromEntries(keys.map((key) => [key, values.get(key) ?? null]));
}

/** The error for a message that comes from no known reader. */
export function nothingKnown(): Error {
  return badPayload('msg.payload holds nothing of a reader that is known');
}

/** Readings that other readers of meters give as JSON: the ESP32 module of dabbler.dk, amsreader and its relatives. */
import { NET_POWERS, payloadKeys } from '../keys.js';
import { badPayload, type Fields, fieldsOf, isFields, textOf } from '../message.js';
import type { Payload } from '../reading.js';
import { AMS, AMS_HTTP, DABBLER, type FieldMap } from './fields.js';
import { plainValue } from './plain-topics.js';

export { isPlainTopic } from './plain-topics.js';

/** What a message of another reader tells. */
export interface ReaderMessage {
  /** Every key of a reading, null for what the message does not tell. */
  readonly payload: Payload;
  /** null for what the message does not tell. */
  readonly meter: {
    readonly serial: string | null;
    readonly manufacturer: string | null;
    readonly model: string | null;
    readonly firmware: string | null;
  };
}

const MAPS: readonly FieldMap[] = [DABBLER, AMS, AMS_HTTP];
const MEASURED = /^(?:voltage|current|frequency|active|reactive|apparent|powerFactor)(?!Energy)/;
const REGISTERS = ['activeEnergyImport', 'activeEnergyExport'] as const;
const TWO_TO_32 = 2 ** 32;

function parsed(payload: unknown): Fields {
  let value = payload;
  if (value instanceof Uint8Array) value = new TextDecoder().decode(value);
  if (typeof value === 'string') {
    try {
      value = JSON.parse(value) as unknown;
    } catch {
      throw badPayload('msg.payload is no JSON');
    }
  }
  if (!isFields(value)) throw badPayload('msg.payload is no JSON object');
  return value;
}

/** The names that most of the message's fields have. */
function mapFor(fields: Fields): FieldMap {
  const known = MAPS.map((map) => Object.keys(map).filter((name) => name in fields).length);
  const most = Math.max(...known);
  const map = MAPS[known.indexOf(most)];
  if (map === undefined || most === 0) throw badPayload('msg.payload holds nothing of a reader that is known');
  return map;
}

function valueOf(name: string, value: unknown, factor: number): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badPayload(`${name} is not a number`);
  // The module writes what is below zero as an unsigned number of 32 bits. A register may be as large.
  const signed = factor === 0.001 && value >= TWO_TO_32 / 2 && name.endsWith('_Fac') ? value - TWO_TO_32 : value;
  // Divided rather than multiplied: 225635 mV is 225.635 V, not 225.63500000000002 V.
  return factor === 1 ? signed : signed / Math.round(1 / factor);
}

/**
 * Takes away what cannot be: these readers send zeros until they have read their meter, and a meter that is read has
 * voltage and has counted something.
 */
function withoutZeros(values: Map<string, number>): void {
  const allZero = (keys: readonly string[]): boolean => keys.length > 0 && keys.every((key) => values.get(key) === 0);
  const registers = REGISTERS.filter((key) => values.has(key));
  const voltages = ['L1', 'L2', 'L3'].map((phase) => `voltage${phase}`).filter((key) => values.has(key));
  const isUnread = allZero(voltages);
  if (registers.includes('activeEnergyImport') && allZero(registers)) for (const key of registers) values.delete(key);
  if (isUnread) for (const key of values.keys()) if (MEASURED.test(key)) values.delete(key);
  dropMissingPhases(values);
}

/** A phase without voltage beside one with it is not there: a single-phase meter, not 0 V. */
function dropMissingPhases(values: Map<string, number>): void {
  for (const phase of ['L2', 'L3']) {
    const isMissing = values.get(`voltage${phase}`) === 0 && values.get(`current${phase}`) === 0;
    if (isMissing) for (const key of values.keys()) if (key.endsWith(phase)) values.delete(key);
  }
  const powers = ['L1', 'L2', 'L3'].flatMap((phase) => [`activePowerImport${phase}`, `activePowerExport${phase}`]);
  const total = (values.get('activePowerImport') ?? 0) + (values.get('activePowerExport') ?? 0);
  // Power, but none on any phase: the meter does not measure it by phase.
  if (total > 0 && powers.every((key) => (values.get(key) ?? 0) === 0)) for (const key of powers) values.delete(key);
}

/** Who the meter is. `id` names the meter only where it stands beside values; above them it names the reader. */
function meterOf(fields: Fields, map: FieldMap): ReaderMessage['meter'] {
  const isDabbler = map === DABBLER;
  return {
    serial: textOf(isDabbler ? fields['Utility_SN'] : (fields['meterId'] ?? fields['id'])),
    manufacturer: textOf(fields['Meter_Manufacturer']),
    model: textOf(isDabbler ? fields['Meter_Model'] : fields['type']),
    firmware: textOf(fields['Meter_SW_Version']),
  };
}

/**
 * The reading in a message of another reader, in our units. Its numbers are as good as that reader is: it does not check the
 * meter's answers, so let mep-plausibility judge them.
 * @param payload an object, or JSON as text or bytes
 * @throws UsageError `bad-payload`: no JSON, of no reader that is known, or of one that has not read its meter yet
 */
export function fromReader(payload: unknown): ReaderMessage {
  const outer = parsed(payload);
  const fields = isFields(outer['data']) ? fieldsOf(outer['data']) : outer;
  const map = mapFor(fields);
  const values = new Map<string, number>();
  for (const [name, [key, factor]] of Object.entries(map)) {
    if (!(name in fields)) continue;
    const value = valueOf(name, fields[name], factor);
    if (value !== null) values.set(key, value);
  }
  withoutZeros(values);
  if (values.size === 0) throw badPayload('the reader has not read its meter yet');
  return { payload: payloadOf(values), meter: meterOf(fields, map) };
}

/**
 * The reading in a message of a reader that publishes each value on a topic of its own.
 * @param topic as `isPlainTopic` knows it
 * @returns undefined where the message tells no value of the meter, or the reader has not read its meter yet
 * @throws UsageError `bad-payload`: a value that is no number
 */
export function fromPlainTopic(topic: string, payload: unknown): ReaderMessage | undefined {
  const value = plainValue(topic, payload);
  if (value === undefined) return undefined;
  const values = new Map([value]);
  withoutZeros(values);
  if (values.size === 0) return undefined;
  return { payload: payloadOf(values), meter: { serial: null, manufacturer: null, model: null, firmware: null } };
}

function payloadOf(values: Map<string, number>): Payload {
  for (const { key, plus, minus } of NET_POWERS) {
    const [taken, returned] = [values.get(plus), values.get(minus)];
    if (taken !== undefined && returned !== undefined) values.set(key, taken - returned);
  }
  const keys = [...payloadKeys('BT23'), ...payloadKeys('BT28')];
  return Object.fromEntries(keys.map((key) => [key, values.get(key) ?? null]));
}

import type { QuantityName } from '../../tables/index.js';
import { describeKey } from '../keys.js';
import { type Fields, fieldsOf, isFields, knownEntries, meterTimeOf, readingTime, serialIn } from '../message.js';
import { isRegisterValue } from '../numbers.js';
import type { Moment } from './connection.js';
import { isRolloverDigit } from './settings.js';

/** A decoded message as far as it is judged. */
export interface Sample extends Moment {
  /** Serial number of the meter; empty where the message brings none. */
  readonly id: string;
  /** Known of every sample: a corrected wall clock neither speeds a confirmation up nor stops it. */
  readonly arrivedAt: number;
  /** Known keys with what they hold; null and missing ones are left out. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Energy registers, kWh, kvarh or kVAh. */
  readonly registers: ReadonlyMap<string, number>;
  /** kWh of one count of an energy register. */
  readonly count: number;
  /** Digits after which its registers roll over, where known. */
  readonly rolloverDigits: number | undefined;
}

const ENERGIES: ReadonlySet<QuantityName> = new Set(['activeEnergy', 'netEnergy', 'reactiveEnergy', 'apparentEnergy']);
/** kWh of the coarsest count there is, used where the message does not give it. [MEP p.158] */
const COARSEST_COUNT = 0.1;

/** Readings that were kept while a line was away: a day at one in ten seconds, and the pause before. */
const MAX_AGE_MS = 2 * 86_400_000;

/** Whether a key is that of an energy register. */
export function isEnergy(key: string): boolean {
  const known = describeKey(key);
  return known !== undefined && ENERGIES.has(known.quantity);
}

/** Import minus export: the one kind of energy register that may fall. */
export function isNet(key: string): boolean {
  return describeKey(key)?.quantity === 'netEnergy';
}

/** The unit that follows from a register's value and its raw integer. */
function countOf(registers: unknown): number {
  for (const register of Array.isArray(registers) ? (registers as unknown[]) : []) {
    if (!isFields(register)) continue;
    const { key, value, raw } = register;
    if (typeof key !== 'string' || typeof value !== 'number' || typeof raw !== 'number' || !isEnergy(key)) continue;
    // Whatever became of the message on its way: no meter counts in more.
    if (raw > 0 && value > 0) return Math.min(value / raw, COARSEST_COUNT);
  }
  return COARSEST_COUNT;
}

/** Digits after which the registers of a meter roll over; undefined where it is not known. [MEP p.119] */
export function rolloverDigitsOf(meter: Fields): number | undefined {
  const digits = fieldsOf(fieldsOf(meter['dimensions'])['ET07'])['accumulatorRolloverDigit'];
  return isRolloverDigit(digits) ? digits : undefined;
}

/**
 * The age of a reading is that by the wall clock, which is unlikely to be corrected in just that moment. One from
 * the future, or older than anybody keeps it, comes from a host whose clock is wrong: when it is set right, that must not
 * look like years without a reading.
 */
function ageOf(at: number, date: Date): number {
  const age = date.getTime() - at;
  return age >= 0 && age <= MAX_AGE_MS ? age : 0;
}

/**
 * Takes a message of a decode node for judging. Values that are no numbers are no error here but a finding.
 * @param received when the message came: wall clock for readings without a time of their own, and a growing count of ms
 * @throws UsageError `bad-payload`: not a decoded reading, or a time that is none
 */
export function sampleOf(
  msg: Readonly<{ payload?: unknown; registers?: unknown; meter?: unknown; table?: unknown }>,
  received: { readonly date: Date; readonly now: number },
): Sample {
  const values = new Map(knownEntries(msg.payload).filter(([, value]) => value !== null && value !== undefined));
  const meter = fieldsOf(msg.meter);
  const table = fieldsOf(msg.table);
  const registers = new Map<string, number>();
  for (const [key, value] of values) {
    if (isEnergy(key) && isRegisterValue(value)) registers.set(key, value);
  }
  const at = readingTime(table['readAt'], received.date);
  return {
    id: serialIn(meter),
    at,
    meterAt: meterTimeOf(table),
    arrivedAt: received.now,
    age: ageOf(at, received.date),
    values,
    registers,
    count: countOf(msg.registers),
    rolloverDigits: rolloverDigitsOf(meter),
  };
}

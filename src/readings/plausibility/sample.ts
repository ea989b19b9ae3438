import type { QuantityName } from '../../tables/index.js';
import { describeKey } from '../keys.js';
import { type Fields, fieldsOf, isFields, knownEntries, meterTimeOf, readingTime, serialIn } from '../message.js';
import { isRegisterValue } from '../numbers.js';
import type { Moment } from './connection.js';
import { isRolloverDigit } from './settings.js';

/** The values of a decoded message that are checked. */
export interface Sample extends Moment {
  /** Serial number of the meter; empty where the message has none. */
  readonly id: string;
  /** Monotonic, so that a corrected wall clock neither shortens nor lengthens a confirmation. */
  readonly arrivedAt: number;
  /** Unchecked values by key of the catalogue; null and missing values are left out. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Energy registers, kWh, kvarh or kVAh. */
  readonly registers: ReadonlyMap<string, number>;
  /** kWh of one count of an energy register. */
  readonly count: number;
  /** Digits after which its registers roll over, where known. */
  readonly rolloverDigits: number | undefined;
}

const ENERGIES: ReadonlySet<QuantityName> = new Set(['activeEnergy', 'netEnergy', 'reactiveEnergy', 'apparentEnergy']);
/** kWh of the largest count, used where the message does not show it. [MEP p.158] */
const COARSEST_COUNT = 0.1;

/**
 * Oldest readings that a program delivers late: a day of readings buffered during an outage, and a day of pause before.
 */
const MAX_AGE_MS = 2 * 86_400_000;

/** Whether a key names an energy register. */
export function isEnergy(key: string): boolean {
  const known = describeKey(key);
  return known !== undefined && ENERGIES.has(known.quantity);
}

/** Whether a key names import minus export, the only kind of energy register that may fall. */
export function isNet(key: string): boolean {
  return describeKey(key)?.quantity === 'netEnergy';
}

/** The unit that follows from a register's value and its raw integer. */
function countOf(registers: unknown): number {
  for (const register of Array.isArray(registers) ? (registers as unknown[]) : []) {
    if (!isFields(register)) continue;
    const { key, value, raw } = register;
    if (typeof key !== 'string' || typeof value !== 'number' || typeof raw !== 'number' || !isEnergy(key)) continue;
    // Limited to the largest count of any meter, as a flow may have changed the message.
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
 * Age of a reading by the wall clock, which is unlikely to be corrected at just that moment. A reading from the future,
 * or older than `MAX_AGE_MS`, comes from a host whose clock is wrong and counts as new: the later correction of that
 * clock must not look like years without a reading.
 */
function ageOf(at: number, date: Date): number {
  const age = date.getTime() - at;
  return age >= 0 && age <= MAX_AGE_MS ? age : 0;
}

/**
 * Extracts the values of a decode node's message that are checked. A value that is no number is a finding, not an
 * error.
 * @param received arrival of the message: the wall clock, for readings without a time, and the monotonic clock, ms
 * @throws UsageError `bad-payload`: not a decoded reading, or an invalid time
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

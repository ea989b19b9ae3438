import { hasTransformers, primaryValueKey } from '../primary-values.js';
import { badPayload, fieldsOf, knownEntries, meterTimeOf, readingTime, serialIn } from '../message.js';
import { isRegisterValue } from '../numbers.js';
import { rolloverDigitsOf } from '../plausibility/index.js';

/** The energy registers in a decoded message. */
export interface EnergySample {
  /** Serial number of the meter; empty where the message brings none. */
  readonly id: string;
  /** Time of the reading, ms since 1970. */
  readonly at: number;
  /** The same by the meter's own clock, where the message has it. */
  readonly meterAt?: number;
  /** Digits after which the registers roll over, where known. [MEP p.119] */
  readonly rolloverDigits?: number;
  /** The import register, kWh. */
  readonly import: number;
  /** The export register, kWh; null where the meter has none. */
  readonly export: number | null;
}

/**
 * The energy registers of a decoded message.
 * @param receivedAt time of readings that have none of their own
 * @returns undefined where the message has no energy registers, such as one of BT28, or only zeros: readers send zeros
 * before their first read, and a day that was counted from zero would show the whole register
 * @throws UsageError `bad-payload`: not a decoded reading, an impossible register value, or an invalid time
 */
export function energySampleOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown; table?: unknown }>,
  receivedAt: Date,
): EnergySample | undefined {
  const values = new Map(knownEntries(msg.payload));
  const isBehindTransformers = hasTransformers(fieldsOf(msg.meter)['dimensions']);
  const register = (key: string): number | null =>
    registerOf(values.get(primaryValueKey(key, isBehindTransformers)), key);
  const bought = register('activeEnergyImport');
  if (bought === null || bought === 0) return undefined;
  const table = fieldsOf(msg.table);
  const meterAt = meterTimeOf(table);
  const rolloverDigits = rolloverDigitsOf(fieldsOf(msg.meter));
  return {
    id: serialIn(msg.meter),
    at: readingTime(table['readAt'], receivedAt),
    ...(meterAt !== undefined && { meterAt }),
    ...(rolloverDigits !== undefined && { rolloverDigits }),
    import: bought,
    export: register('activeEnergyExport'),
  };
}

function registerOf(value: unknown, key: string): number | null {
  if (value === undefined || value === null) return null;
  if (isRegisterValue(value)) return value;
  throw badPayload(`msg.payload.${key} is not the value of an energy register`);
}

import { createHash } from 'node:crypto';

import { badPayload, fieldsOf, knownEntries, readingTime, textOf } from '../readings/index.js';
import { findTable } from '../tables/index.js';
import { type DeviceInfo, deviceOf, type SerialSetting } from './device.js';
import { safeId } from './safe-id.js';

/** A decoded message, checked: what one reading adds to what is known of a meter. */
export interface MeterReading {
  /** Safe in topics and ids. */
  readonly id: string;
  readonly device: DeviceInfo;
  /** `BT23`, or empty when the message does not say. */
  readonly table: string;
  /** True when the whole table was read: only then null means that the meter has no such value. */
  readonly complete: boolean;
  /** Changes with the model, firmware and dimensions, which decide which of the table's values a meter measures. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly readAt: number;
  /** The meter says that it has but one phase; its values of the others are 0. [MEP p.102] */
  readonly isSinglePhase: boolean;
  /** Only keys that the catalogue of quantities knows. */
  readonly values: Readonly<Record<string, number | null>>;
}

/** What a single-phase meter always reports as 0. */
const OF_OTHER_PHASES = /L[23](?:PostRatio)?$/;

/** Whether a value only fills the place of a phase that the meter does not have. */
export function isOfMissingPhase({ isSinglePhase, values }: MeterReading, key: string): boolean {
  return isSinglePhase && values[key] === 0 && OF_OTHER_PHASES.test(key);
}

function knownValues(payload: unknown): Record<string, number | null> {
  const values: Record<string, number | null> = {};
  for (const [key, value] of knownEntries(payload)) {
    if (value !== null && !(typeof value === 'number' && Number.isFinite(value))) {
      throw badPayload(`msg.payload.${key} is neither a number nor null`);
    }
    values[key] = value;
  }
  return values;
}

function isSinglePhase(dimensions: unknown): boolean {
  const hardware = fieldsOf(fieldsOf(dimensions)['ET29']);
  return hardware['singlePhase'] === true && hardware['polyphase'] === false;
}

/** Other dimensions do not concern this table, and are loaded in any order. */
function fingerprintOf(table: string, { model, firmware }: DeviceInfo, dimensions: unknown): string {
  const needs = findTable(table)?.needs;
  const needed = needs ? needs.map((name) => fieldsOf(dimensions)[name] ?? null) : dimensions;
  let basis: string;
  try {
    basis = JSON.stringify([model, firmware, needed]);
  } catch {
    throw badPayload('msg.meter.dimensions cannot come from a meter');
  }
  return createHash('sha256').update(basis).digest('hex').slice(0, 16);
}

/**
 * Checks a message of a decode node.
 * @param msg as it arrived: `payload`, and `meter` and `table` where the message brings them
 * @param receivedAt the time of the reading when the message has none
 * @throws UsageError `bad-payload`: not a reading, a value that is no number, or no serial number to be had
 */
export function readingOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown; table?: unknown }>,
  settings: SerialSetting,
  receivedAt: Date,
): MeterReading {
  const values = knownValues(msg.payload);
  const meter = fieldsOf(msg.meter);
  const table = fieldsOf(msg.table);
  const device = deviceOf(meter, settings);
  const id = safeId(device.serial);
  if (id === undefined) {
    throw badPayload('the message has no serial number of a meter (msg.meter.serial); enter one in the node');
  }
  const name = findTable(textOf(table['id']) ?? '')?.name ?? '';
  const dimensions = meter['dimensions'] ?? null;
  return {
    id,
    device,
    table: name,
    complete: table['complete'] === true,
    fingerprint: fingerprintOf(name, device, dimensions),
    isSinglePhase: isSinglePhase(dimensions),
    readAt: readingTime(table['readAt'], receivedAt),
    values,
  };
}

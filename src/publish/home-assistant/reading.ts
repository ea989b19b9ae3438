import { createHash } from 'node:crypto';

import { UsageError } from '../../errors.js';
import { describeKey } from '../../readings/index.js';
import { safeId } from './safe-id.js';
import type { HomeAssistantSettings } from './settings.js';

/** What Home Assistant is told of the device; null = the meter did not say. */
export interface DeviceInfo {
  readonly serial: string;
  readonly manufacturer: string | null;
  readonly model: string | null;
  readonly firmware: string | null;
  /** The meter is behind transformers, and applies their ratio only to values that say so. [MEP p.200, p.215] */
  readonly hasTransformers?: true;
}

/** A decoded message, checked: what one reading adds to what is known of a meter. */
export interface Reading {
  /** Safe in topics and ids. */
  readonly id: string;
  readonly device: DeviceInfo;
  /** `BT23`, or empty when the message does not say. */
  readonly table: string;
  /** True when the whole table was read: only then null means that the meter has no such value. */
  readonly complete: boolean;
  /** Changes with model, firmware or dimensions, on which depends what a meter measures. */
  readonly fingerprint: string;
  /** Milliseconds since 1970. */
  readonly readAt: number;
  /** Only keys that the catalogue of quantities knows. */
  readonly values: Readonly<Record<string, number | null>>;
}

export type Fields = Readonly<Record<string, unknown>>;

/** Whether a part of a message is a plain object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

function bad(message: string): UsageError {
  return new UsageError('bad-payload', message);
}

/** Who a message says its meter is; its serial number is empty where neither message nor settings tell one. */
export function deviceOf(meter: unknown, settings: Pick<HomeAssistantSettings, 'serial'>): DeviceInfo {
  const fields: Fields = isFields(meter) ? meter : {};
  return {
    serial: text(fields['serial']) ?? settings.serial,
    manufacturer: text(fields['manufacturer']),
    model: text(fields['model']),
    firmware: text(fields['firmware']),
    ...(hasTransformers(fields['dimensions']) && { hasTransformers: true }),
  };
}

/** What BT15 tells, where it was read. */
function hasTransformers(dimensions: unknown): boolean {
  const constants = isFields(dimensions) ? dimensions['BT15'] : undefined;
  if (!isFields(constants) || constants['applied'] !== true) return false;
  return [constants['ctRatio'], constants['vtRatio']].some((ratio) => typeof ratio === 'number' && ratio > 1);
}

function knownValues(payload: unknown): Record<string, number | null> {
  if (!isFields(payload)) {
    throw bad('msg.payload is not a decoded reading; put mep-decode-bt23 or mep-decode-bt28 in front');
  }
  const values: Record<string, number | null> = {};
  for (const [key, value] of Object.entries(payload)) {
    if (describeKey(key) === undefined) continue;
    if (value !== null && !(typeof value === 'number' && Number.isFinite(value))) {
      throw bad(`msg.payload.${key} is neither a number nor null`);
    }
    values[key] = value;
  }
  if (Object.keys(values).length === 0) throw bad('msg.payload holds no value of a meter');
  return values;
}

function timeOf(readAt: unknown, receivedAt: Date): number {
  if (readAt === undefined || readAt === null) return receivedAt.getTime();
  const time = typeof readAt === 'string' ? Date.parse(readAt) : NaN;
  if (Number.isNaN(time)) throw bad('msg.table.readAt is not a time');
  return time;
}

function fingerprintOf({ model, firmware }: DeviceInfo, dimensions: unknown): string {
  let basis: string;
  try {
    basis = JSON.stringify([model, firmware, dimensions]);
  } catch {
    throw bad('msg.meter.dimensions is not what a meter tells of itself');
  }
  return createHash('sha256').update(basis).digest('hex').slice(0, 16);
}

/**
 * Checks a message of a decode node.
 * @param msg as it arrived: `payload`, and `meter` and `table` where the message brings them
 * @param receivedAt the time of the reading when the message does not tell one
 * @throws UsageError `bad-payload`: not a reading, a value that is no number, or no serial number to be had
 */
export function readingOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown; table?: unknown }>,
  settings: Pick<HomeAssistantSettings, 'serial'>,
  receivedAt: Date,
): Reading {
  const values = knownValues(msg.payload);
  const meter = isFields(msg.meter) ? msg.meter : {};
  const table = isFields(msg.table) ? msg.table : {};
  const device = deviceOf(meter, settings);
  const id = safeId(device.serial);
  if (id === undefined) {
    throw bad('the message does not tell the serial number of its meter (msg.meter.serial); give one in the node');
  }
  return {
    id,
    device,
    table: text(table['id']) ?? '',
    complete: table['complete'] === true,
    fingerprint: fingerprintOf(device, meter['dimensions'] ?? null),
    readAt: timeOf(table['readAt'], receivedAt),
    values,
  };
}

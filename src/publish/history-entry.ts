import { UsageError } from '../errors.js';
import { badPayload, describeKey, type Fields, fieldsOf, historyItemsOf, textOf } from '../readings/index.js';
import { type DeviceInfo, deviceOf, type SerialSetting } from './device.js';
import { safeId } from './safe-id.js';

/** A record of mep-history with register totals, checked: an interval or a billing read. */
export interface HistoryEntry {
  readonly kind: 'interval' | 'billing';
  /** Serial number of the meter, safe in ids. */
  readonly id: string;
  readonly device: DeviceInfo;
  /** End of the interval or time of the billing read, ms since 1970. */
  readonly at: number;
  /** Length of the interval; 0 for a billing read. */
  readonly minutes: number;
  /** As `msg.history.quality`; empty for a billing read. */
  readonly quality: string;
  /** Totals by key; null where the value is not known. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Energy in the interval by key; null where it is not known. */
  readonly used: Readonly<Record<string, number | null>>;
}

/**
 * The entries of a message of mep-history: of one record, or of a list.
 * @returns empty where the message is no record of history
 * @throws UsageError `history-not-live`: events, outages and M-Bus devices have no register totals; `bad-payload`:
 * not a record, or no serial number to be had
 */
export function historyEntriesOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown; history?: unknown }>,
  settings: SerialSetting,
): readonly HistoryEntry[] {
  const items = historyItemsOf(msg);
  if (items.length === 0) return [];
  const device = deviceOf(msg.meter, settings);
  const id = safeId(device.serial);
  if (id === undefined) {
    throw badPayload(
      'the record does not have the serial number of its meter (msg.meter.serial); give one in the node',
    );
  }
  return items.map(({ payload, history }) => ({ id, device, ...partsOf(payload, history) }));
}

function partsOf(payload: unknown, history: Fields): Omit<HistoryEntry, 'id' | 'device'> {
  const { kind } = history;
  const values = numbersOf(payload, 'msg.payload');
  if (kind === 'interval') {
    const { minutes, quality } = history;
    if (typeof minutes !== 'number' || !(minutes > 0))
      throw badPayload('msg.history.minutes is no length of an interval');
    const used = numbersOf(history['used'], 'msg.history.used');
    return { kind, at: timeOf(history, 'end'), minutes, quality: textOf(quality) ?? '', values, used };
  }
  if (kind === 'billing') return { kind, at: timeOf(history, 'at'), minutes: 0, quality: '', values, used: {} };
  throw new UsageError('history-not-live', 'msg.history.kind: these records have no register totals');
}

function timeOf(history: Fields, name: string): number {
  const value = history[name];
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw badPayload(`msg.history.${name} is not a time`);
  return time;
}

function numbersOf(given: unknown, where: string): Record<string, number | null> {
  const numbers: Record<string, number | null> = {};
  for (const [key, value] of Object.entries(fieldsOf(given))) {
    if (describeKey(key) === undefined) continue;
    if (value !== null && !(typeof value === 'number' && Number.isFinite(value))) {
      throw badPayload(`${where}.${key} is neither a number nor null`);
    }
    numbers[key] = value;
  }
  return numbers;
}

import { UsageError } from '../errors.js';
import { describeKey } from './keys.js';

/** The properties of a message, unchecked. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a part of a message is a plain object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A property of a message as an object; empty where it is no object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A text without surrounding blanks; null where the value is no text, or blank. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** Longest serial number that is accepted: a meter has room for 30 characters. [MEP p.56] */
const MAX_SERIAL_LENGTH = 64;

/**
 * The serial number in `msg.meter`; empty where the message has none.
 * @throws UsageError `serial-too-long`
 */
export function serialIn(meter: unknown): string {
  const serial = textOf(fieldsOf(meter)['serial']) ?? '';
  if (serial.length <= MAX_SERIAL_LENGTH) return serial;
  const why = `A serial number of ${serial.length} characters; at most ${MAX_SERIAL_LENGTH} are taken`;
  throw new UsageError('serial-too-long', why, { values: { length: serial.length, max: MAX_SERIAL_LENGTH } });
}

/**
 * Whether a meter is simulated: only readings of the simulated meter in this package say so.
 * @param meter `msg.meter`
 */
export function isSimulatedMeter(meter: unknown): boolean {
  return fieldsOf(meter)['simulated'] === true;
}

/** The error of a message that cannot be used. */
export function badPayload(why: string): UsageError {
  return new UsageError('bad-payload', why, { values: { why } });
}

/**
 * The entries of a decoded message whose keys are in the catalogue of quantities; their values are unchecked.
 * @throws UsageError `bad-payload`: not a decoded reading, or no such key in it
 */
export function knownEntries(payload: unknown): [key: string, value: unknown][] {
  if (!isFields(payload)) {
    throw badPayload('msg.payload is not a decoded reading; put mep-decode-bt23 or mep-decode-bt28 in front');
  }
  const known = Object.entries(payload).filter(([key]) => describeKey(key) !== undefined);
  if (known.length === 0) throw badPayload('msg.payload holds no value of a meter');
  return known;
}

/** A record of mep-history within a message. */
export interface HistoryItem {
  readonly payload: unknown;
  readonly history: Fields;
}

/** The records of history in a message: itself, or those of the list in its payload; empty where it has none. */
export function historyItemsOf({
  payload,
  history,
}: Readonly<{ payload?: unknown; history?: unknown }>): HistoryItem[] {
  if (!Array.isArray(payload)) return isRecord(history) ? [{ payload, history }] : [];
  return payload.flatMap((item) => {
    const { payload: values, history: place } = fieldsOf(item);
    return isRecord(place) ? [{ payload: values, history: place }] : [];
  });
}

/** A request for history, such as `{ from, to }`, has no kind. */
function isRecord(history: unknown): history is Fields {
  return isFields(history) && typeof history['kind'] === 'string';
}

/**
 * Rejects what a broker had retained: its age is not known, and it is delivered again at each deploy.
 * @throws UsageError `stored-message`
 */
export function checkNotStored(msg: object): void {
  if (fieldsOf(msg)['retain'] !== true) return;
  throw new UsageError('stored-message', 'msg.retain: the broker had stored this message');
}

/**
 * Rejects messages that do not describe the present: what a broker had retained, and records of history, which belong to
 * their own time.
 * @throws UsageError `stored-message`, `history-not-live`
 */
export function checkLive(msg: object): void {
  checkNotStored(msg);
  const { payload, history } = fieldsOf(msg);
  if (!isFields(history) && historyItemsOf({ payload }).length === 0) return;
  throw new UsageError('history-not-live', 'msg.history: this is a record of history');
}

/** Whether a payload is a decoded reading: it has a value under a key of the catalogue of quantities. */
export function isDecodedReading(payload: unknown): boolean {
  return isFields(payload) && Object.keys(payload).some((key) => describeKey(key) !== undefined);
}

/**
 * The time of a reading, ms since 1970.
 * @param readAt `msg.table.readAt`; where it is missing, the time of arrival is used
 * @throws UsageError `bad-payload`: `readAt` is no time
 */
export function readingTime(readAt: unknown, receivedAt: Date): number {
  if (readAt === undefined || readAt === null) return receivedAt.getTime();
  const time = typeof readAt === 'string' ? Date.parse(readAt) : NaN;
  if (Number.isNaN(time)) throw badPayload('msg.table.readAt is not a time');
  return time;
}

/** `msg.table.meterTime` in ms since 1970; undefined where it is invalid, since a reading is usable without it. */
export function meterTimeOf(table: Fields): number | undefined {
  const { meterTime } = table;
  const time = typeof meterTime === 'string' ? Date.parse(meterTime) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

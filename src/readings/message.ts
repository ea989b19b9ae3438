import { UsageError } from '../errors.js';
import { describeKey } from './keys.js';

/** What a message holds under names. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a part of a message is a plain object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** The part of a message under a name, empty where it is none. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A text without blanks around it; null where there is none. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
}

/** Characters of a serial number: a meter has room for 30 [MEP p.56]; what is longer comes from no meter. */
const MAX_SERIAL_LENGTH = 64;

/**
 * The serial number in `msg.meter`; empty where the message brings none.
 * @throws UsageError `serial-too-long`
 */
export function serialIn(meter: unknown): string {
  const serial = textOf(fieldsOf(meter)['serial']) ?? '';
  if (serial.length <= MAX_SERIAL_LENGTH) return serial;
  const why = `A serial number of ${serial.length} characters; at most ${MAX_SERIAL_LENGTH} are taken`;
  throw new UsageError('serial-too-long', why, { values: { length: serial.length, max: MAX_SERIAL_LENGTH } });
}

/** The error of a message that cannot be used. */
export function badPayload(why: string): UsageError {
  return new UsageError('bad-payload', why, { values: { why } });
}

/**
 * What a decoded message holds under keys that the catalogue of quantities knows, whatever it is.
 * @throws UsageError `bad-payload`: not a decoded reading, or not one key of a meter in it
 */
export function knownEntries(payload: unknown): [key: string, value: unknown][] {
  if (!isFields(payload)) {
    throw badPayload('msg.payload is not a decoded reading; put mep-decode-bt23 or mep-decode-bt28 in front');
  }
  const known = Object.entries(payload).filter(([key]) => describeKey(key) !== undefined);
  if (known.length === 0) throw badPayload('msg.payload holds no value of a meter');
  return known;
}

/**
 * Makes sure that a message is about now. One that a broker had stored is as old as it may be and arrives again at each
 * deploy; a record of history belongs to its own time.
 * @throws UsageError `stored-message`, `history-not-live`
 */
export function checkLive(msg: object): void {
  const { retain, history } = fieldsOf(msg);
  if (retain === true) throw new UsageError('stored-message', 'msg.retain: the broker had stored this message');
  if (isFields(history)) throw new UsageError('history-not-live', 'msg.history: this is a record of history');
}

/** Whether a payload is a decoded reading: it has a value under a key of the catalogue of quantities. */
export function isDecodedReading(payload: unknown): boolean {
  return isFields(payload) && Object.keys(payload).some((key) => describeKey(key) !== undefined);
}

/**
 * When a reading was taken, ms since 1970.
 * @param readAt `msg.table.readAt`; a message without one was read when it came
 * @throws UsageError `bad-payload`: it is no time
 */
export function readingTime(readAt: unknown, receivedAt: Date): number {
  if (readAt === undefined || readAt === null) return receivedAt.getTime();
  const time = typeof readAt === 'string' ? Date.parse(readAt) : NaN;
  if (Number.isNaN(time)) throw badPayload('msg.table.readAt is not a time');
  return time;
}

/** `msg.table.meterTime` in ms since 1970. A meter's clock that is no time is as good as none: a reading does not depend on it. */
export function meterTimeOf(table: Fields): number | undefined {
  const { meterTime } = table;
  const time = typeof meterTime === 'string' ? Date.parse(meterTime) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

import { byteAt } from '../bytes/byte-at.js';
import {
  decodeFixedTelegram,
  decodeTelegram,
  type MBusDevice,
  type MBusRecord,
  type MBusTelegram,
} from '../mbus/index.js';
import { decodeTime } from '../tables/index.js';
import { isoTime } from './intervals.js';

/** A read of an M-Bus device that the meter has stored. */
export interface DeviceRead {
  readonly device: MBusDevice;
  /** True where the device's data are encrypted, so that there are no records. */
  readonly isEncrypted: boolean;
  /** Present values by quantity, where the read has exactly one of it. */
  readonly payload: Readonly<Record<string, number>>;
  readonly records: readonly MBusRecord[];
  /** Bytes, in hex, that could not be decoded; null: none. */
  readonly rest: string | null;
  /** Time of the read by the meter's local clock, `2025-12-01T00:00:10`; null where the meter recorded none. */
  readonly local: string | null;
  /** The same, ISO 8601 in UTC; null where the local time is ambiguous or its zone is not known. */
  readonly at: string | null;
}

/** Time, response information and the length of the first telegram. [MEP p.92-93] */
const INFO_AT = 6;
const TELEGRAMS_AT = 7;
const MSB_FIRST = 0x01;
const FIXED = 0x02;
const DECRYPTED = 0x04;
const SECURITY_FAILED = 0x20;

/**
 * The records of a stored read (MBR), such as ET16 and ET45 hold for each device. [MEP p.92-95]
 * @param bytes of the read, from its time on; as many as ET14 gives as its length, or more
 * @param momentsOf the moments, ms since 1970, at which the meter's local clock shows a time
 * @returns undefined where the read has no telegram
 */
export function deviceReadOf(
  bytes: Uint8Array,
  momentsOf: (local: string) => readonly number[] = () => [],
): DeviceRead | undefined {
  if (bytes.length <= TELEGRAMS_AT) return undefined;
  const info = byteAt(bytes, INFO_AT);
  const telegrams = telegramsIn(bytes).flatMap((telegram) => decoded(telegram, info) ?? []);
  const [first] = telegrams;
  if (first === undefined) return undefined;
  const records = telegrams.flatMap((telegram) => telegram.records);
  const rests = telegrams.flatMap(({ rest }) => rest ?? []);
  const local = localTime(bytes);
  const moments = local === null ? [] : momentsOf(local);
  const [moment] = moments;
  return {
    device: first.device,
    isEncrypted: telegrams.some(({ isEncrypted }) => isEncrypted),
    payload: payloadOf(records),
    records,
    rest: rests.length === 0 ? null : rests.join(' '),
    local,
    at: moments.length === 1 && moment !== undefined ? isoTime(moment) : null,
  };
}

/** The telegrams, each preceded by its length. The last one is left out where it is cut off. */
function telegramsIn(bytes: Uint8Array): Uint8Array[] {
  const telegrams: Uint8Array[] = [];
  for (let at = TELEGRAMS_AT; at < bytes.length;) {
    const length = byteAt(bytes, at);
    const end = at + 1 + length;
    if (length === 0 || end > bytes.length) break;
    telegrams.push(bytes.subarray(at + 1, end));
    at = end;
  }
  return telegrams;
}

function decoded(telegram: Uint8Array, info: number): MBusTelegram | undefined {
  const isMsbFirst = (info & MSB_FIRST) !== 0;
  if ((info & FIXED) !== 0) return decodeFixedTelegram(telegram, { isMsbFirst });
  // A terminator of one byte follows the records.
  const data = telegram.subarray(0, -1);
  if ((info & SECURITY_FAILED) !== 0) return decodeTelegram(data, { isMsbFirst, isCiphertext: true });
  return decodeTelegram(data, (info & DECRYPTED) !== 0 ? { isMsbFirst, isCiphertext: false } : { isMsbFirst });
}

function payloadOf(records: readonly MBusRecord[]): Record<string, number> {
  const present = records.filter(isPresent);
  const single = present.filter(({ quantity }) => present.filter((other) => other.quantity === quantity).length === 1);
  return Object.fromEntries(
    single.flatMap(({ quantity, value }) =>
      quantity !== null && typeof value === 'number' ? [[quantity, value]] : [],
    ),
  );
}

/** Whether a record is the present value: not stored, not of a tariff or subunit, no extreme and no limit. */
function isPresent({ function: name, storage, tariff, subunit, modifiers }: MBusRecord): boolean {
  return name === 'instantaneous' && storage === 0 && tariff === 0 && subunit === 0 && modifiers.length === 0;
}

function localTime(bytes: Uint8Array): string | null {
  const minutes = decodeTime('STIME_DATE', bytes);
  const second = byteAt(bytes, 5);
  return minutes === null || second > 59 ? null : `${minutes}:${String(second).padStart(2, '0')}`;
}

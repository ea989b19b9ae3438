import { byteAt } from '../bytes/byte-at.js';
import { decodeTime } from '../tables/index.js';
import type { LoadProfile } from './load-profile.js';

/** The header of a block. */
export interface BlockHeader {
  /** End of the newest interval, ms since 1970; null where the meter recorded no time. */
  readonly endTime: number | null;
  /** Numbers of the intervals that were recorded, ascending. [MEP p.239] */
  readonly recorded: readonly number[];
}

/** One interval of a block, not yet scaled. */
export interface RawInterval {
  /** Common bits of the extended status. [MEP p.240] */
  readonly common: number;
  /** Status of each channel. */
  readonly statuses: readonly number[];
  /** Value of each channel. */
  readonly values: readonly number[];
}

/** @param block the bytes of a block, from its end time on, at least its header */
export function headerOf(block: Uint8Array, { statusOffset, intervals }: LoadProfile): BlockHeader {
  const text = decodeTime('STIME_DATE', block);
  const recorded: number[] = [];
  for (let number = 0; number < intervals; number++) {
    if ((byteAt(block, statusOffset + (number >> 3)) & (1 << (number & 7))) !== 0) recorded.push(number);
  }
  const endTime = text === null ? NaN : Date.parse(`${text}Z`);
  return { endTime: Number.isNaN(endTime) ? null : endTime, recorded };
}

/** @param bytes of an interval */
export function rawIntervalOf(bytes: Uint8Array, { channels }: LoadProfile): RawInterval {
  const valuesAt = (channels.length >> 1) + 1;
  const statuses: number[] = [];
  const values: number[] = [];
  for (let index = 0; index < channels.length; index++) {
    // Nibbles, high half of each byte first: the common status, then the status of each channel. [MEP p.240]
    const byte = byteAt(bytes, (index + 1) >> 1);
    statuses.push(index % 2 === 0 ? byte & 0x0f : byte >> 4);
    const at = valuesAt + 4 * index;
    const high = byteAt(bytes, at + 3) << 24;
    values.push(high | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 1) << 8) | byteAt(bytes, at));
  }
  return { common: byteAt(bytes, 0) >> 4, statuses, values };
}

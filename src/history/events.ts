import { byteAt } from '../bytes/byte-at.js';
import { toHex } from '../bytes/hex.js';
import { decodeTime } from '../tables/index.js';
import { eventName, isStandardEvent } from './event-names.js';

/** The log of an event. */
export type EventLogName = 'BT74' | 'ET79';

/** The layout of an event log. [MEP p.241-243, p.181-183] */
export interface EventLog {
  readonly table: EventLogName;
  /** BT71.5, or ET54.80 for ET79. */
  readonly entries: number;
  /** BT71.3 */
  readonly argumentBytes: number;
}

/** An event of the meter. */
export interface MeterEvent {
  readonly log: EventLogName;
  /** ISO 8601, UTC; null where the meter has none. */
  readonly time: string | null;
  readonly sequence: number;
  readonly event: number;
  /** In camel case, such as `coverRemoved`; null where it is not known. */
  readonly name: string | null;
  /** Whether ANSI C12.19 defines the event; otherwise its name is likely but not certain. */
  readonly isSure: boolean;
  /** A number of up to four bytes, longer arguments in hex; null where events have none. */
  readonly argument: number | string | null;
  /** User that was logged in. */
  readonly user: 'none' | 'network' | 'mep' | number;
}

/** Bytes of a record before its argument. */
const HEAD_BYTES = 12;
const MAX_NUMBER_BYTES = 4;
const USERS: ReadonlyMap<number, MeterEvent['user']> = new Map([
  [0xffff, 'none'],
  [0xfffe, 'network'],
  [0xfffd, 'mep'],
]);

export function recordBytes({ argumentBytes }: EventLog): number {
  return HEAD_BYTES + argumentBytes;
}

/**
 * @param bytes of a record
 * @param newest the sequence number in the log's header; records have only its lower half
 */
export function eventOf(bytes: Uint8Array, log: EventLog, newest: number): MeterEvent {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const user = view.getUint16(8, true);
  const event = view.getUint16(10, true) & 0x0fff;
  return {
    log: log.table,
    time: timeOf(bytes),
    sequence: newest - ((newest - view.getUint16(6, true)) & 0xffff),
    event,
    name: eventName(event),
    isSure: isStandardEvent(event),
    argument: argumentOf(bytes.subarray(HEAD_BYTES, HEAD_BYTES + log.argumentBytes)),
    user: USERS.get(user) ?? user,
  };
}

/** The events of both logs in the order of their numbers, without duplicates. */
export function mergeEvents(...logs: readonly (readonly MeterEvent[])[]): MeterEvent[] {
  const all = new Map<string, MeterEvent>();
  for (const one of logs.flat()) {
    const key = JSON.stringify([one.sequence, one.time, one.event, one.argument, one.user]);
    if (!all.has(key)) all.set(key, one);
  }
  return [...all.values()].sort((left, right) => left.sequence - right.sequence);
}

function timeOf(bytes: Uint8Array): string | null {
  const minutes = decodeTime('STIME_DATE', bytes);
  const second = byteAt(bytes, 5);
  return minutes === null || second > 59 ? null : `${minutes}:${String(second).padStart(2, '0')}Z`;
}

function argumentOf(bytes: Uint8Array): number | string | null {
  if (bytes.length === 0) return null;
  if (bytes.length > MAX_NUMBER_BYTES) return toHex(bytes);
  return bytes.reduceRight((number, byte) => number * 256 + byte, 0);
}

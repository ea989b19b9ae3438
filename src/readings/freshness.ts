/**
 * Decides by `readAt` whether a decoded message is a new reading, because a message may be delivered more than once.
 */
import { createHash } from 'node:crypto';
import { findTable } from '../tables/index.js';
import { isInStep, isRight, MAX_CLOCK_ERROR_MS } from './clock-agreement.js';
import { type Fields, fieldsOf, isFields, knownEntries, readingTime, textOf } from './message.js';
import { isTime } from './numbers.js';

/** The newest reading of one table of a meter. */
export interface NewestReading {
  /** ms since 1970, by the clock of the source. */
  readonly readAt: number;
  /** Digests of all contents with this time, as a reading may be split over several messages. */
  readonly contents: readonly string[];
  /** The first of several older readings in a row, which may show that the clock of the source was set back. */
  readonly older?: OlderReading;
}

interface OlderReading {
  readonly readAt: number;
  /** Arrival, ms of the monotonic clock. */
  readonly arrivedAt: number;
}

/** The newest readings of a meter by table; the empty name is for messages without a table name. */
export type NewestReadings = Readonly<Record<string, NewestReading>>;

/** The table, time and content of a decoded message, from which its freshness is decided. */
export interface DatedReading {
  readonly table: string;
  /** ms since 1970; undefined where the message has no time. */
  readonly readAt: number | undefined;
  readonly content: string;
}

/** The arrival of a message. */
export interface Arrival {
  /** Wall clock, ms since 1970. */
  readonly date: number;
  /** ms of the monotonic clock. */
  readonly now: number;
}

/** Number of contents that are kept for one reading. */
const MAX_CONTENTS = 8;
/** Older readings that advance like our clock for this long show that the clock of their source was set back. */
const SET_BACK_MS = 30_000;

/**
 * Extracts the table, time and content of a decoded message.
 * @throws UsageError `bad-payload`: not a decoded reading, or an invalid time
 */
export function datedReading(msg: Readonly<{ payload?: unknown; table?: unknown }>): DatedReading {
  const { id, readAt } = fieldsOf(msg.table);
  const values = knownEntries(msg.payload).map(([key, value]) => `${key} ${plain(value)}`);
  return {
    table: findTable(textOf(id) ?? '')?.name ?? '',
    readAt: readAt === undefined || readAt === null ? undefined : readingTime(readAt, new Date(0)),
    content: createHash('sha256').update(values.sort().join()).digest('base64').slice(0, 16),
  };
}

/** Any value as text, for the digest. */
function plain(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value;
}

/**
 * Whether a message is a new reading of its meter. A repetition of the same values and time is not; an older time is
 * not, unless it shows that the newest time came from a wrong clock.
 *
 * The first message of a table is new whatever its time: the difference to our clock does not show which of the two clocks
 * is wrong, and readings that a program kept while it was offline are old as well. Retained messages are refused elsewhere.
 * The result is stored after a message was passed on, so that a crash between repeats one reading rather than losing it.
 * @param known the previous result for the same meter
 */
export function checkReading(
  known: NewestReadings,
  { table, readAt, content }: DatedReading,
  arrival: Arrival,
): { readonly isNew: boolean; readonly known: NewestReadings } {
  if (readAt === undefined) return { isNew: true, known };
  const newest = known[table];
  const isSameTime = newest?.readAt === readAt;
  if (newest !== undefined && isSameTime && newest.contents.includes(content)) return { isNew: false, known };
  const contents = isSameTime ? [...newest.contents.slice(1 - MAX_CONTENTS), content] : [content];
  if (newest === undefined || readAt >= newest.readAt || isFromRightClock(readAt, newest, arrival.date)) {
    return { isNew: true, known: { ...known, [table]: { readAt, contents } } };
  }
  const older = { readAt, arrivedAt: arrival.now };
  const first = newest.older;
  const isRow = first !== undefined && isInStep(readAt - first.readAt, arrival.now - first.arrivedAt);
  if (isRow && arrival.now - first.arrivedAt >= SET_BACK_MS) {
    return { isNew: true, known: { ...known, [table]: { readAt, contents } } };
  }
  return { isNew: false, known: { ...known, [table]: { ...newest, older: isRow ? first : older } } };
}

/** Whether the newest time lies in the future and this one does not. */
function isFromRightClock(readAt: number, newest: NewestReading, date: number): boolean {
  return newest.readAt - date > MAX_CLOCK_ERROR_MS && isRight(readAt, date);
}

/** The state to store over a restart, JSON-safe; undefined where there is none. */
export function rememberReadings(known: NewestReadings): Fields | undefined {
  const entries = Object.entries(known).map(([table, { readAt, contents }]) => [table, { readAt, contents }] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Restores the stored state from an unchecked value; anything invalid is dropped. */
export function recallReadings(kept: unknown): NewestReadings {
  const known = Object.entries(fieldsOf(kept)).flatMap(([table, newest]) => {
    if (!isFields(newest) || !isTime(newest['readAt']) || !Array.isArray(newest['contents'])) return [];
    const contents = (newest['contents'] as unknown[]).filter((content) => typeof content === 'string');
    return [[table, { readAt: newest['readAt'], contents: contents.slice(-MAX_CONTENTS) }] as const];
  });
  return Object.fromEntries(known);
}

/** Whether a decoded message is a new reading, by its own `readAt`: arrival alone does not make it one. */
import { createHash } from 'node:crypto';
import { findTable } from '../tables/index.js';
import { isInStep, isRight, MAX_CLOCK_ERROR_MS } from './clock-agreement.js';
import { type Fields, fieldsOf, isFields, knownEntries, readingTime, textOf } from './message.js';
import { isTime } from './numbers.js';

/** The newest reading of one table of a meter. */
export interface NewestReading {
  /** ms since 1970, by the clock of the source. */
  readonly readAt: number;
  /** Digests of the values that came with this time: a reading may be split over several messages. */
  readonly contents: readonly string[];
  /** The first of a row of older readings, which may show that the clock of the source was set back. */
  readonly older?: OlderReading;
}

interface OlderReading {
  readonly readAt: number;
  /** ms of a clock that only grows. */
  readonly arrivedAt: number;
}

/** The newest readings of a meter by table; empty name: of messages that do not name theirs. */
export type NewestReadings = Readonly<Record<string, NewestReading>>;

/** What of a decoded message shows whether it is new. */
export interface DatedReading {
  readonly table: string;
  /** undefined: the source gives no time. */
  readonly readAt: number | undefined;
  readonly content: string;
}

/** When a message arrives. */
export interface Arrival {
  /** Wall clock, ms since 1970. */
  readonly date: number;
  /** ms of a clock that only grows. */
  readonly now: number;
}

/** Parts of one reading whose contents are kept. */
const MAX_CONTENTS = 8;
/** For so long older readings must advance as our clock does before they show that the clock of their source was set back. */
const SET_BACK_MS = 30_000;

/**
 * What of a decoded message shows whether it is new.
 * @throws UsageError `bad-payload`: not a decoded reading, or a time that is none
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

/** A value as text, whatever it is. */
function plain(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value;
}

/**
 * Whether a message is a new reading of its meter. The same values with the same time are none, nor is an older time, unless
 * it shows that the newest one came from a clock that was wrong.
 * @param known what this gave for the messages before, of the same meter
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

/** What to keep over a restart, JSON-safe; undefined where there is nothing. */
export function rememberReadings(known: NewestReadings): Fields | undefined {
  const entries = Object.entries(known).map(([table, { readAt, contents }]) => [table, { readAt, contents }] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** What was kept, whatever it has become. */
export function recallReadings(kept: unknown): NewestReadings {
  const known = Object.entries(fieldsOf(kept)).flatMap(([table, newest]) => {
    if (!isFields(newest) || !isTime(newest['readAt']) || !Array.isArray(newest['contents'])) return [];
    const contents = (newest['contents'] as unknown[]).filter((content) => typeof content === 'string');
    return [[table, { readAt: newest['readAt'], contents: contents.slice(-MAX_CONTENTS) }] as const];
  });
  return Object.fromEntries(known);
}

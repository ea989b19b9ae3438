import type { TableValues } from '../tables/index.js';
import type { MeterEvent } from './events.js';
import { isoTime } from './intervals.js';

/** The list in the meter that an outage comes from. */
export type OutageSource = 'ET09' | 'BT74' | 'ET81';

export interface MeterOutage {
  /** ISO 8601, UTC. */
  readonly start: string;
  readonly end: string;
  readonly seconds: number;
  readonly cause: 'power-failure' | 'brown-out' | 'unknown';
  readonly source: OutageSource;
}

/** The lists of the meter; each may be missing, depending on the firmware. */
export interface OutageLists {
  /** Records of ET09. [MEP p.67-68] */
  readonly et09?: readonly TableValues[] | undefined;
  /** Of both logs, ascending. */
  readonly events?: readonly MeterEvent[] | undefined;
  /** Entries of ET81 from the oldest to the newest, in the meter's local time. [MEP p.185-186] */
  readonly et81?: readonly TableValues[] | undefined;
  /**
   * The moments, ms since 1970, at which the meter's local clock shows a time: two in the hour that is repeated in
   * autumn.
   */
  readonly momentsOf?: (local: string) => readonly number[];
}

interface Outage {
  readonly start: number;
  readonly end: number;
  readonly cause: MeterOutage['cause'];
  readonly source: OutageSource;
}

const POWER_DOWN = 1;
const POWER_UP = 2;
/** Causes of a power-up: the others restart the meter without an outage. */
const CAUSES: ReadonlyMap<number, MeterOutage['cause']> = new Map([
  [3, 'power-failure'],
  [8, 'brown-out'],
]);
const RESTARTS: ReadonlySet<number> = new Set([4, 5]);
/** The lists may record one outage at times that differ by up to this many ms. */
const MAX_DIFFERENCE_MS = 65_000;

/** All outages of the lists in ascending order, without duplicates and without an outage that has not ended. */
export function mergeOutages(lists: OutageLists): MeterOutage[] {
  const merged: Outage[] = [];
  for (const outage of [...fromEt09(lists.et09 ?? []), ...fromEvents(lists.events ?? [])]) add(merged, outage);
  for (const outage of fromEt81(lists, merged)) add(merged, outage);
  merged.sort((left, right) => left.start - right.start);
  return merged.map(({ start, end, cause, source }) => ({
    start: isoTime(start),
    end: isoTime(end),
    seconds: Math.round((end - start) / 1000),
    cause,
    source,
  }));
}

function add(merged: Outage[], outage: Outage): void {
  if (outage.end >= outage.start && !merged.some((other) => isSame(other, outage))) merged.push(outage);
}

/** Compares both ends, as two short outages may follow each other within seconds. */
function isSame(
  left: Pick<Outage, 'start' | 'end' | 'source'>,
  right: Pick<Outage, 'start' | 'end' | 'source'>,
): boolean {
  if (left.source === right.source) return left.start === right.start && left.end === right.end;
  const isNear = (one: number, other: number): boolean => Math.abs(one - other) <= MAX_DIFFERENCE_MS;
  return isNear(left.start, right.start) && isNear(left.end, right.end);
}

function fromEt09(records: readonly TableValues[]): Outage[] {
  return records.flatMap((record) => {
    const [start, end] = [utc(record['powerOffDateTime']), utc(record['powerOnDateTime'])];
    const cause = CAUSES.get(Number(record['resetCause'])) ?? 'unknown';
    return start === undefined || end === undefined ? [] : { start, end, cause, source: 'ET09' as const };
  });
}

/** Each power-up with the power-down before it; an event without its counterpart gives no outage. */
function fromEvents(events: readonly MeterEvent[]): Outage[] {
  const outages: Outage[] = [];
  let down: number | undefined;
  for (const { event, time, argument } of events) {
    if (event === POWER_DOWN) down = utc(time);
    if (event !== POWER_UP) continue;
    const up = utc(time);
    const reason = typeof argument === 'number' ? argument & 0xff : 0;
    if (down !== undefined && up !== undefined && !RESTARTS.has(reason)) {
      outages.push({ start: down, end: up, cause: CAUSES.get(reason) ?? 'unknown', source: 'BT74' });
    }
    down = undefined;
  }
  return outages;
}

/**
 * An ambiguous time is resolved by an outage of another list or by the order of entries; else the outage is left out.
 */
function fromEt81({ et81 = [], momentsOf = () => [] }: OutageLists, known: readonly Outage[]): Outage[] {
  const outages: Outage[] = [];
  for (const entry of et81) {
    const starts = localMoments(entry['startTimestamp'], momentsOf);
    const ends = localMoments(entry['endTimestamp'], momentsOf);
    const pairs = starts.flatMap((start) =>
      ends
        .filter((end) => end >= start)
        .map((end) => ({ start, end, cause: 'unknown' as const, source: 'ET81' as const })),
    );
    const before = outages.at(-1)?.end ?? Number.NEGATIVE_INFINITY;
    const possible = pairs.filter(({ start }) => start >= before);
    const settled = pairs.find((pair) => known.some((other) => isSame(other, pair)));
    const chosen = settled ?? (possible.length === 1 ? possible[0] : undefined);
    if (chosen !== undefined) outages.push(chosen);
  }
  return outages;
}

function localMoments(value: unknown, momentsOf: (local: string) => readonly number[]): readonly number[] {
  return typeof value === 'string' ? momentsOf(value) : [];
}

function utc(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const time = Date.parse(value.endsWith('Z') ? value : `${value}Z`);
  return Number.isNaN(time) ? undefined : time;
}

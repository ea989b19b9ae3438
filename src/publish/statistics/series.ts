import { isFields } from '../../readings/index.js';
import { type Hour, isHour, type PartialHour } from './hours.js';
import type { StatisticsRow } from './plan.js';

/** A statistic of Home Assistant, with the hours that it does not have yet. */
export interface Series {
  readonly statisticId: string;
  /** Of the entity's own statistics `recorder`. */
  readonly source: string;
  readonly name: string | null;
  /** Hours that Home Assistant has not confirmed, ascending. */
  readonly hours: readonly Hour[];
  readonly part: PartialHour | undefined;
  /** Rows that were confirmed but may not be in its answers yet, ascending. */
  readonly confirmed: readonly StatisticsRow[];
  /** Time of the last confirmation, ms since 1970. */
  readonly confirmedAt: number;
}

export type AllSeries = ReadonlyMap<string, Series>;

/** A year of hours: what is not confirmed by then is dropped, the oldest first. */
const MAX_HOURS = 8_800;
/** Home Assistant stores rows some seconds after it has confirmed them. Later a row may have been deleted there. */
const MAX_CONFIRMED = 1_000;
const STORED_MS = 60_000;

export function withHours(series: Series, hours: readonly Hour[]): Series {
  return { ...series, hours: hours.slice(-MAX_HOURS) };
}

/** Takes rows off the hours that wait. */
export function confirm(series: Series, rows: readonly StatisticsRow[], now: number): Series {
  const done = new Set(rows.map(({ start }) => start));
  const hours = series.hours.filter(({ start }) => !done.has(start));
  const confirmed = [...confirmedRows(series, now), ...rows].slice(-MAX_CONFIRMED);
  return { ...series, hours, confirmed, confirmedAt: now };
}

/** The rows that are on their way into the statistics. */
export function confirmedRows({ confirmed, confirmedAt }: Series, now: number): readonly StatisticsRow[] {
  return Math.abs(now - confirmedAt) < STORED_MS ? confirmed : [];
}

/** What to keep over a restart. */
export function rememberSeries(all: AllSeries): unknown {
  return [...all.values()].map(({ statisticId, source, name, hours }) => ({ statisticId, source, name, hours }));
}

/** The reverse of `rememberSeries`; empty for anything else. */
export function recallSeries(kept: unknown): AllSeries {
  const all = new Map<string, Series>();
  for (const each of Array.isArray(kept) ? (kept as unknown[]) : []) {
    if (!isFields(each)) continue;
    const { statisticId, source, name, hours } = each;
    if (typeof statisticId !== 'string' || typeof source !== 'string' || !Array.isArray(hours)) continue;
    all.set(statisticId, {
      ...{ statisticId, source, name: typeof name === 'string' ? name : null },
      ...{ hours: hours.filter(isHour), part: undefined, confirmed: [], confirmedAt: 0 },
    });
  }
  return all;
}

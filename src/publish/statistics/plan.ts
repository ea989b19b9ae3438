import type { Hour } from './hours.js';
import { HOUR_MS } from './hours.js';

/** A row of Home Assistant's long-term statistics. */
export interface StatisticsRow {
  /** Begin of the hour, ms since 1970. */
  readonly start: number;
  /** kWh */
  readonly state: number;
  /** kWh since the first row. */
  readonly sum: number;
}

/** The rows to write for a series of hours, and the hours that are left. */
export interface StatisticsPlan {
  /** Ascending. */
  readonly rows: readonly StatisticsRow[];
  /** Hours that cannot be written yet. */
  readonly later: readonly Hour[];
  /** Hours without a row before them in the statistics: a row for them could make a wrong bar. */
  readonly refused: readonly Hour[];
}

export interface PlanOptions {
  /** Of an entity: Home Assistant writes its newest hours itself. */
  readonly isOwn: boolean;
  /** The time of day, ms since 1970. */
  readonly now: number;
}

/** Rows agree within this, kWh: a float of Home Assistant's is not the sum of ours to the last bit. */
const TOLERANCE = 0.002;

/**
 * The rows for hours that Home Assistant does not have. A bar is the difference of the sums of two neighbouring rows, so
 * each row continues from the one before it by the difference of the register. An hour that nothing was recorded of gets
 * no row.
 * @param hours ascending
 * @param known all rows from the one before the first of `hours` on, ascending
 */
export function planRows(
  hours: readonly Hour[],
  known: readonly StatisticsRow[],
  options: PlanOptions,
): StatisticsPlan {
  const all = [...known];
  const rows: StatisticsRow[] = [];
  const later: Hour[] = [];
  const refused: Hour[] = [];
  const newest = known.at(-1)?.start ?? Number.NEGATIVE_INFINITY;
  for (const hour of hours) {
    if (all.some(({ start }) => start === hour.start)) continue;
    if (isTooEarly(hour, newest, options)) {
      later.push(hour);
      continue;
    }
    const at = all.filter(({ start }) => start < hour.start).length;
    const row = rowAfter(all[at - 1], hour, { isFirst: all.length === 0 && !options.isOwn });
    if (row === undefined || !leadsTo(row, all[at])) refused.push(hour);
    else {
      all.splice(at, 0, row);
      rows.push(row);
    }
  }
  return { rows, later, refused };
}

/**
 * Home Assistant inserts the row of an hour of an entity after the hour. A row that is there already makes this fail, for
 * all entities of the house.
 */
function isTooEarly({ start }: Hour, newest: number, { isOwn, now }: PlanOptions): boolean {
  return start + HOUR_MS > now || (isOwn && start > newest);
}

/** The first row of all has the sum 0: any other sum would be a bar of its own. */
function rowAfter(
  before: StatisticsRow | undefined,
  { start, state, used }: Hour,
  { isFirst }: { isFirst: boolean },
): StatisticsRow | undefined {
  if (before === undefined) return isFirst ? { start, state, sum: 0 } : undefined;
  const rise = state - before.state;
  // A total that falls has rolled over: its rise is known only from the intervals of the hour.
  const energy = rise >= 0 ? rise : before.start === start - HOUR_MS ? used : null;
  return energy === null ? undefined : { start, state, sum: before.sum + energy };
}

/** Whether the row behind continues from this one. Otherwise its bar would change to a wrong one. */
function leadsTo(row: StatisticsRow, next: StatisticsRow | undefined): boolean {
  if (next === undefined) return true;
  return next.state >= row.state && Math.abs(next.sum - row.sum - (next.state - row.state)) <= TOLERANCE;
}

import type { PlausibilitySettings } from './settings.js';

export const NOMINAL_VOLTS = 230;
/**
 * Uncertainty of the time between two readings, s: a table is read in pieces, and the request of each piece may be
 * repeated.
 */
const TIME_SLACK_S = 10;
/** Uncertainty of a difference, in counts: each of the two readings may lie just before or just after a count. */
const COUNT_SLACK = 2;
const SECONDS_PER_HOUR = 3600;

/** Longest pause between two readings after which a single reading is accepted without confirmation, s. */
export const MAX_PAUSE_S = 900;

/** Capacity of the connection, kW (or kvar, or kVA). */
export function capacity({ fuse, phases, margin }: PlausibilitySettings): number {
  return (fuse * phases * NOMINAL_VOLTS * margin) / 1000;
}

/** Largest possible rise of a register in `seconds`, kWh. */
export function maxEnergy(seconds: number, count: number, settings: PlausibilitySettings): number {
  return (capacity(settings) * (seconds + TIME_SLACK_S)) / SECONDS_PER_HOUR + COUNT_SLACK * count;
}

/**
 * The time of a reading by each available clock. Any of them may be wrong, but two wrong clocks at once are unlikely.
 */
export interface Moment {
  /**
   * Wall clock of the host that read the meter, ms since 1970. It may be corrected at any time, and starts wrong on a
   * computer without a real-time clock.
   */
  readonly at: number;
  /** The meter's clock, ms since 1970; undefined where unknown. The utility may set it, and an outage may reset it. */
  readonly meterAt: number | undefined;
  /** Arrival, ms of the monotonic clock, which restarts with the process; undefined for readings before the start. */
  readonly arrivedAt: number | undefined;
  /** Age at its arrival, ms, limited to a plausible value. */
  readonly age: number;
}

/** The fields of a moment alone, from an object with more fields. */
export function momentOf({ at, meterAt, arrivedAt, age }: Moment): Moment {
  return { at, meterAt, arrivedAt, age };
}

/**
 * Seconds from one reading to the next, so that no single clock that was set, lost or stopped can lengthen them: the
 * median of three clocks counts. Over a restart there are two clocks, of which the shorter time counts, but at least
 * the time since the start. A clock that ran backwards gives no time.
 */
export function secondsBetween(before: Moment, after: Moment): number {
  const wall = after.at - before.at;
  const meter = spanOf(before.meterAt, after.meterAt);
  const arrival = spanOf(before.arrivedAt, after.arrivedAt);
  if (arrival === undefined) return Math.max(shortest([wall, meter]), sinceStart(before, after));
  if (meter !== undefined) return middleOf(wall, meter, arrival) / 1000;
  const read = arrival + before.age - after.age;
  return (read < 0 ? arrival : read) / 1000;
}

function spanOf(before: number | undefined, after: number | undefined): number | undefined {
  return before === undefined || after === undefined ? undefined : after - before;
}

/** The median, and never below zero: an old reading that arrives after a newer one cannot have higher registers. */
function middleOf(...spans: readonly [number, number, number]): number {
  return Math.max(0, [...spans].sort((one, other) => one - other)[1] ?? 0);
}

function sinceStart(before: Moment, after: Moment): number {
  const isOverStart = before.arrivedAt === undefined && after.arrivedAt !== undefined;
  return isOverStart ? Math.max(0, after.arrivedAt - after.age) / 1000 : 0;
}

function shortest(spans: readonly (number | undefined)[]): number {
  const forward = spans.filter((span) => span !== undefined && span >= 0) as number[];
  return forward.length === 0 ? MAX_PAUSE_S : Math.min(...forward) / 1000;
}

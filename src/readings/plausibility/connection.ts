import type { PlausibilitySettings } from './settings.js';

export const NOMINAL_VOLTS = 230;
/**
 * Seconds by which the time between two readings may be off: a table is read in pieces, each of which may be asked for
 * again.
 */
const TIME_SLACK_S = 10;
/** Of two readings each may have been taken just before or just after a count. */
const COUNT_SLACK = 2;
const SECONDS_PER_HOUR = 3600;

/** Longest pause between two readings after which a single one is believed, s. */
export const MAX_PAUSE_S = 900;

/** What the connection can carry, kW (or kvar, or kVA). */
export function capacity({ fuse, phases, margin }: PlausibilitySettings): number {
  return (fuse * phases * NOMINAL_VOLTS * margin) / 1000;
}

/** By how much a register can have risen in `seconds`, kWh. */
export function maxEnergy(seconds: number, count: number, settings: PlausibilitySettings): number {
  return (capacity(settings) * (seconds + TIME_SLACK_S)) / SECONDS_PER_HOUR + COUNT_SLACK * count;
}

/** When a reading was taken, by every clock there is. Each of them may be wrong, but hardly two at once. */
export interface Moment {
  /**
   * Wall clock of the host that read, ms since 1970: it is corrected now and then, and starts wrong on a computer without
   * a clock of its own.
   */
  readonly at: number;
  /** The meter's clock, ms since 1970; undefined where it is not known. The grid company may set it, and a meter lose it. */
  readonly meterAt: number | undefined;
  /** When it arrived, in ms of a clock that only grows and begins with 0 at each start; undefined from before the start. */
  readonly arrivedAt: number | undefined;
  /** Its age when it arrived, ms, as far as that can be believed. */
  readonly age: number;
}

/** The moment of something that holds more than that. */
export function momentOf({ at, meterAt, arrivedAt, age }: Moment): Moment {
  return { at, meterAt, arrivedAt, age };
}

/**
 * Seconds from one reading to the next, so that no single clock that was set, lost or stopped makes them more: of three
 * clocks the one in the middle is right. Over a restart there are two, of which the shorter one counts; but what came before
 * the start is at least as old as the start.
 * A clock that ran backwards gives no time.
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

/** Never below zero: of an old reading that comes after a newer one no register can be above it. */
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

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
export const LONGEST_PAUSE_S = 900;

/** What the connection can carry, kW (or kvar, or kVA). */
export function capacity({ fuse, phases, margin }: PlausibilitySettings): number {
  return (fuse * phases * NOMINAL_VOLTS * margin) / 1000;
}

/** By how much a register can have risen in `seconds`, kWh. */
export function mostEnergy(seconds: number, count: number, settings: PlausibilitySettings): number {
  return (capacity(settings) * (seconds + TIME_SLACK_S)) / SECONDS_PER_HOUR + COUNT_SLACK * count;
}

/** When a reading was taken, by two clocks. */
export interface Moment {
  /** Wall clock, ms since 1970: it is corrected now and then, and starts wrong on a computer without a clock of its own. */
  readonly at: number;
  /** Ms of a clock that only grows, and begins anew with each start of the program; undefined from before the start. */
  readonly ticks: number | undefined;
}

/**
 * Seconds from one reading to the next, by the clock that only grows wherever both were taken since the start. When the
 * wall clock was set back over a restart nobody knows how long it was.
 */
export function secondsBetween(before: Moment, after: Moment): number {
  const hasTicks = before.ticks !== undefined && after.ticks !== undefined;
  const seconds = (hasTicks ? after.ticks - before.ticks : after.at - before.at) / 1000;
  return seconds < 0 ? LONGEST_PAUSE_S : seconds;
}

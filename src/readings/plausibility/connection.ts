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

/**
 * Seconds from one reading to the next. When the clock was set back in between nobody knows how long it was.
 */
export function secondsBetween(before: number, after: number): number {
  return after < before ? LONGEST_PAUSE_S : (after - before) / 1000;
}

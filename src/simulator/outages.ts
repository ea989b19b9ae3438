/** Power outages of the meter. */
import { DAY_MS } from './day-plan.js';
import { noise, noiseBetween } from './random.js';

/** ms since 1970 (UTC). */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Days before the start of the simulation without an outage, so that no load profile has a gap. */
const QUIET_DAYS = 36;
const DAYS_BETWEEN = 75;

/** A number of outages before `start` with the given total duration, oldest first. */
export function pastOutages(seed: number, start: number, count: number, seconds: number): Outage[] {
  const weights = Array.from({ length: count }, (_, i) => noiseBetween(0.2, 1, seed, 72, i));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const durations = weights.map((weight) => Math.floor((seconds * weight) / whole));
  const rest = seconds - durations.reduce((sum, duration) => sum + duration, 0);
  return durations.map((duration, i) => {
    const daysAgo = QUIET_DAYS + DAYS_BETWEEN * (count - i - noise(seed, 73, i));
    const to = Math.floor((start - daysAgo * DAY_MS) / 1000) * 1000;
    return { from: to - 1000 * (duration + (i === 0 ? rest : 0)), to };
  });
}

/** Comparing the clock of a source of readings with ours; all times in ms. */

/** A clock with a smaller error counts as right. */
export const MAX_CLOCK_ERROR_MS = 3 * 60_000;
/** How much more a clock may have advanced than ours, because messages have different delays. */
const MAX_JITTER_MS = 5_000;

/** Whether a time differs from ours by no more than `MAX_CLOCK_ERROR_MS`. */
export function isRight(time: number, now: number): boolean {
  return Math.abs(now - time) <= MAX_CLOCK_ERROR_MS;
}

/**
 * Whether a clock advanced about as much as ours. The times of stored messages that are delivered in a burst do not.
 * @param there advance of the source's time
 * @param here advance of our time
 */
export function isInStep(there: number, here: number): boolean {
  return there <= 2 * here + MAX_JITTER_MS && there >= here / 2 - MAX_JITTER_MS;
}

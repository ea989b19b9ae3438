/** Comparing the clock of a source of readings with ours; all times in ms. */

/** A clock that is not further off is right. */
export const MAX_CLOCK_ERROR_MS = 3 * 60_000;
/** How much further a clock may have gone than ours when messages do not take equally long. */
const MAX_JITTER_MS = 5_000;

/** Whether a time is that of a right clock. */
export function isRight(time: number, now: number): boolean {
  return Math.abs(now - time) <= MAX_CLOCK_ERROR_MS;
}

/**
 * Whether a clock advanced about as far as ours: the times of kept messages that arrive at once do not.
 * @param there by how much the time of the source advanced
 * @param here by how much ours did
 */
export function isInStep(there: number, here: number): boolean {
  return there <= 2 * here + MAX_JITTER_MS && there >= here / 2 - MAX_JITTER_MS;
}

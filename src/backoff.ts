/** How pauses between attempts grow. */
export interface BackoffRange {
  /** The shortest pause, in ms. */
  readonly firstMs: number;
  /** The longest one, in ms, before the random part. */
  readonly maxMs: number;
}

/**
 * The pause before the next attempt, in ms: doubled each time, bounded, and lengthened by a random part, so that two
 * programs that compete for one bridge do not collide at every attempt.
 * @param attempt 0, 1, 2 ...
 * @param random 0 (included) to 1 (excluded); default: no random part
 */
export function backoffMs(attempt: number, { firstMs, maxMs }: BackoffRange, random: () => number = () => 0): number {
  return Math.min(firstMs * 2 ** attempt, maxMs) * (1 + random());
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** Pauses vary by this part either way, so that forty meters behind one switch do not all come back at once. */
const JITTER = 0.2;

/** The pause before reconnecting for the `attempt`th time (0, 1, 2 ...), in ms: doubling, bounded, jittered. */
export function reconnectPause(attempt: number, random: () => number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  return pause * (1 - JITTER + 2 * JITTER * random());
}

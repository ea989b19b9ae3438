import { type BackoffRange, backoffMs } from '../backoff.js';

const RECONNECT: BackoffRange = { firstMs: 1_000, maxMs: 15_000 };
/** Pauses vary by this part either way, so that forty meters behind one switch do not all come back at once. */
const JITTER = 0.2;

/** The pause before reconnecting for the `attempt`th time (0, 1, 2 ...), in ms: doubling, bounded, jittered. */
export function reconnectPause(attempt: number, random: () => number): number {
  return backoffMs(attempt, RECONNECT) * (1 - JITTER + 2 * JITTER * random());
}

import { abortReason } from './errors.js';

/** Source of time, injected so that tests run retries, pacing and backoff without waiting. */
export interface Clock {
  /** Monotonic milliseconds: for durations, not for the time of day. */
  now(): number;
  /** Wall-clock time, for time stamps. */
  date(): Date;
  /** Calls `callback` once after `delayMs`; returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's clock. Durations come from the monotonic timer, so a corrected wall clock shortens no pause. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Waits for `delayMs`.
 * @throws `abortReason` of the signal when it fires first
 */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const abort = (): void => {
      cancelTimer();
      reject(abortReason(signal));
    };
    const cancelTimer = clock.after(delayMs, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Time, handed in: so that retries, pacing and back-off run in a test without waiting. */
export interface Clock {
  /** Milliseconds that only ever grow; for measuring spans, not for telling the time of day. */
  now(): number;
  /** Wall-clock time, for time stamps. */
  date(): Date;
  /** Calls `callback` once after `delayMs`; returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** The machine's own clock. Spans come from the monotonic timer, so a corrected wall clock shortens no pause. */
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

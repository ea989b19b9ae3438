import { VirtualClock } from '../../src/connect/replay/virtual-clock.js';

/** Virtual time in which `run` may advance. */
const MAX_RUN_MS = 3_600_000;

/** A clock that only a test advances; timers fire in order, and promises settle between them. */
export class FakeClock extends VirtualClock {
  #aheadMs = 0;

  constructor(start = '2026-11-20T12:00:00Z') {
    super(Date.parse(start));
  }

  override date(): Date {
    return new Date(super.date().getTime() + this.#aheadMs);
  }

  /** Sets the wall clock forward by `ms`, or back; the monotonic time is not changed. */
  setAhead(ms: number): void {
    this.#aheadMs += ms;
  }

  /** Advances the time by `ms` and fires the timers that are due. */
  advance(ms: number): Promise<void> {
    return this.until(this.now() + ms);
  }

  /** Advances the time until `promise` settles; `now()` is then the time it took. */
  override run<T>(promise: Promise<T>, limitMs = MAX_RUN_MS): Promise<T> {
    return super.run(promise, limitMs);
  }
}

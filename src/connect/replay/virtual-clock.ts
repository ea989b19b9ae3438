import type { Clock } from '../../clock.js';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that advances only when no work is left at its present time, so that minutes take no real time. */
export class VirtualClock implements Clock {
  readonly #start: number;
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];

  /** @param start the wall time, in ms */
  constructor(start: number) {
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#start + this.#now);
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that have not fired. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Advances to a time and fires the timers that are due until then. */
  async until(time: number): Promise<void> {
    await settle();
    for (let next = this.#next(); next && next.at <= time; next = this.#next()) await this.#fire(next);
    this.#now = Math.max(this.#now, time);
  }

  /**
   * Advances until a promise has settled.
   * @param limitMs how far at most
   * @throws what it rejects with; Error if no timer is left that could settle it, or at the limit
   */
  async run<T>(promise: Promise<T>, limitMs = Infinity): Promise<T> {
    const end = this.#now + limitMs;
    const state = { isDone: false };
    const done = (): void => {
      state.isDone = true;
    };
    promise.then(done, done);
    await settle();
    while (!state.isDone) {
      const next = this.#next();
      if (!next) throw new Error('Nothing is left that could settle the promise');
      if (next.at > end) throw new Error(`Not settled within ${limitMs} ms`);
      await this.#fire(next);
    }
    return promise;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (!first || timer.at < first.at || (timer.at === first.at && timer.order < first.order)) first = timer;
    }
    return first;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers = this.#timers.filter((other) => other !== timer);
    this.#now = Math.max(this.#now, timer.at);
    timer.callback();
    await settle();
  }
}

/** Waits until every promise that can settle has settled. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

import type { Clock } from '../../src/clock.js';

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

/** A clock that only a test advances; timers fire in order, and promises settle between them. */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  #timers: Timer[] = [];
  #start: number;

  constructor(start = '2026-11-20T12:00:00Z') {
    this.#start = Date.parse(start);
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#start + this.#now);
  }

  /** Sets the wall clock forward by `ms`, or back; the monotonic time is not changed. */
  setAhead(ms: number): void {
    this.#start += ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that have not fired; for leak checks. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Advances the time by `ms` and fires the timers that are due. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = this.#next();
      if (!next || next.at > end) break;
      await this.#fire(next);
    }
    this.#now = end;
    await settle();
  }

  /** Advances the time until `promise` settles; `now()` is then the time it took. Gives up after `limitMs`. */
  async run<T>(promise: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let isDone = false;
    const mark = (): void => {
      isDone = true;
    };
    promise.then(mark, mark);
    const end = this.#now + limitMs;
    await settle();
    // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- changed by the promise's callbacks
    while (!isDone) {
      const next = this.#next();
      if (!next) throw new Error('Nothing is left that could settle the promise');
      if (next.at > end) throw new Error(`Not settled within ${limitMs} ms of fake time`);
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
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

import type { Clock } from '../clock.js';
import { cancelled, type MeterError, throwIfCancelled, UsageError } from '../errors.js';

/** The order of requests: alerts, then user actions, then polls, then recorded data of the meter. */
export type Priority = 'alert' | 'user' | 'poll' | 'history';
const RANK: Readonly<Record<Priority, number>> = { alert: 0, user: 1, poll: 2, history: 3 };

/** If polls leave no time, one job in ten is the oldest one of history, which would never end otherwise. */
const MAX_PASSED_OVER = 9;

/** A flow that asks faster than the meter answers gets `queue-full` instead of filling the memory. */
const MAX_JOBS = 100;

interface Job {
  readonly rank: number;
  run(): Promise<void>;
  reject(error: MeterError): void;
}

/**
 * Runs one job at a time, the most urgent first, with an occasional job of history, and at least `minIntervalMs` between two
 * starts: reads take processing time from the meter. [MEP p.51]
 */
export class RequestQueue {
  readonly #clock: Clock;
  readonly #minIntervalMs: number;
  readonly #jobs: Job[] = [];
  /** Jobs that were started while one of history waited. */
  #passedOver = 0;
  #isBusy = false;
  #lastStart = Number.NEGATIVE_INFINITY;
  #cancelPause: (() => void) | undefined;

  constructor(clock: Clock, minIntervalMs: number) {
    this.#clock = clock;
    this.#minIntervalMs = minIntervalMs;
  }

  /**
   * Runs `work` exclusively, once more urgent and earlier jobs are done.
   * @throws UsageError `cancelled` as soon as the signal fires, `queue-full`; whatever `work` throws.
   */
  add<T>(priority: Priority, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      throwIfCancelled(signal, 'The read');
      if (this.#jobs.length >= MAX_JOBS) {
        throw new UsageError('queue-full', `${MAX_JOBS} reads are waiting already`, {
          values: { waiting: MAX_JOBS },
        });
      }
      const drop = (): void => {
        const at = this.#jobs.indexOf(job);
        if (at >= 0) this.#jobs.splice(at, 1);
        reject(cancelled('The read'));
      };
      const job: Job = {
        rank: RANK[priority],
        reject: (error) => {
          signal?.removeEventListener('abort', drop);
          reject(error);
        },
        run: () => {
          signal?.removeEventListener('abort', drop);
          return work().then(resolve, reject);
        },
      };
      signal?.addEventListener('abort', drop, { once: true });
      this.#jobs.push(job);
      this.#next();
    });
  }

  /** Counts further reads that the job under way makes: the next one starts so much later. */
  charge(reads: number): void {
    this.#lastStart += reads * this.#minIntervalMs;
  }

  /** Rejects all waiting jobs; the running one must be ended by its own signal. */
  clear(error: MeterError): void {
    this.#cancelPause?.();
    this.#cancelPause = undefined;
    for (const job of this.#jobs.splice(0)) job.reject(error);
  }

  #next(): void {
    if (this.#isBusy || this.#cancelPause || this.#jobs.length === 0) return;
    const pause = this.#lastStart + this.#minIntervalMs - this.#clock.now();
    if (pause > 0) {
      this.#cancelPause = this.#clock.after(pause, () => {
        this.#cancelPause = undefined;
        this.#next();
      });
      return;
    }
    const job = this.#takeMostUrgent();
    this.#isBusy = true;
    this.#lastStart = this.#clock.now();
    void job.run().finally(() => {
      this.#isBusy = false;
      this.#next();
    });
  }

  #takeMostUrgent(): Job {
    const history = this.#jobs.findIndex((job) => job.rank === RANK.history);
    const first = Math.min(...this.#jobs.map((job) => job.rank));
    const isDue = history >= 0 && this.#passedOver >= MAX_PASSED_OVER && first >= RANK.poll;
    const at = isDue ? history : this.#jobs.findIndex((job) => job.rank === first);
    const job = this.#jobs.splice(at, 1)[0] as Job;
    this.#passedOver = history < 0 || job.rank === RANK.history ? 0 : this.#passedOver + 1;
    return job;
  }
}

import type { Clock } from '../../src/internal.js';

/** Why a timer of a meter runs. */
export type TimerReason = 'expiry' | 'silence' | 'repeat';

/** The timers of meters by id, at most one for each reason. */
export class MeterTimers {
  readonly #clock: Clock;
  readonly #timers = new Map<string, Map<TimerReason, () => void>>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `work` once, unless that is planned for the same reason already. */
  after(id: string, reason: TimerReason, delayMs: number, work: () => void): void {
    const timers = this.#timers.get(id) ?? new Map<TimerReason, () => void>();
    if (this.#isClosed || timers.has(reason)) return;
    this.#timers.set(id, timers);
    timers.set(
      reason,
      this.#clock.after(delayMs, () => {
        this.cancel(id, reason);
        work();
      }),
    );
  }

  /**
   * A reading arrived: the meter is silent when the next one does not within `seconds`; 0 = never.
   * @param ageMs the age of the reading
   */
  expectReading(id: string, seconds: number, ageMs: number, onSilent: () => void): void {
    this.cancel(id, 'silence');
    this.cancel(id, 'expiry');
    if (seconds > 0) this.after(id, 'expiry', seconds * 1_000 - ageMs, onSilent);
  }

  cancel(id: string, reason: TimerReason): void {
    const timers = this.#timers.get(id);
    timers?.get(reason)?.();
    timers?.delete(reason);
    if (timers?.size === 0) this.#timers.delete(id);
  }

  cancelAll(id: string): void {
    for (const cancel of this.#timers.get(id)?.values() ?? []) cancel();
    this.#timers.delete(id);
  }

  /** Cancels all timers of all meters; no timer starts from now on. */
  close(): void {
    this.#isClosed = true;
    for (const id of [...this.#timers.keys()]) this.cancelAll(id);
  }
}

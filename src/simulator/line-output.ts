import type { Clock } from '../clock.js';

const BITS_A_BYTE = 10;

/** What a byte count takes on the line, in ms. */
export function lineTime(bytes: number, baudRate: number): number {
  return baudRate === 0 ? 0 : (bytes * BITS_A_BYTE * 1000) / baudRate;
}

/** Timers that end together. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns how to end this one */
  after(delayMs: number, callback: () => void): () => void {
    const cancelTimer = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    const cancel = (): void => {
      cancelTimer();
      this.#cancels.delete(cancel);
    };
    this.#cancels.add(cancel);
    return cancel;
  }

  clear(): void {
    for (const cancel of this.#cancels) cancel();
  }
}

export interface LineOutputOptions {
  readonly clock: Clock;
  /** Bits a second; 0 for a line that takes no time. */
  readonly baudRate: number;
  /** Where the bytes go. */
  send(bytes: Uint8Array): void;
}

/** A meter's bytes on their way out: one after the other, each piece leaving when its last bit would be over the line. */
export class LineOutput {
  readonly #options: LineOutputOptions;
  readonly #timers: Timers;
  readonly #waiting: Uint8Array[] = [];
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(options: LineOutputOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  /** When the last byte so far will be over the line, by the clock. */
  get freeAt(): number {
    return this.#freeAt;
  }

  /**
   * @param delayMs before the bytes begin
   * @param pauseMs from their end to the beginning of what comes next
   */
  put(bytes: Uint8Array, delayMs = 0, pauseMs = 0): void {
    const { clock, baudRate } = this.#options;
    const now = clock.now();
    this.#freeAt = Math.max(now, this.#freeAt) + delayMs + lineTime(bytes.length, baudRate);
    this.#waiting.push(bytes);
    // Timers of about the same time may fire in either order: each sends what is due next.
    this.#timers.after(this.#freeAt - now, () => {
      const due = this.#waiting.shift();
      if (due) this.#options.send(due.slice());
    });
    this.#freeAt += pauseMs;
  }

  /** What is still waiting never leaves. */
  stop(): void {
    this.#timers.clear();
    this.#waiting.length = 0;
  }
}

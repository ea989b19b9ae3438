import type { Clock } from '../clock.js';

const BITS_A_BYTE = 10;

/** Transmission time of a number of bytes, in ms. */
export function lineTime(bytes: number, baudRate: number): number {
  return baudRate === 0 ? 0 : (bytes * BITS_A_BYTE * 1000) / baudRate;
}

/** Timers that are cancelled together. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns a function that cancels this one */
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
  /** Sends bytes to the client. */
  send(bytes: Uint8Array): void;
}

/** Outgoing bytes of a meter, in order; each piece is sent when its last bit would have been transmitted. */
export class LineOutput {
  readonly #options: LineOutputOptions;
  readonly #timers: Timers;
  readonly #waiting: Uint8Array[] = [];
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(options: LineOutputOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
  }

  /** The time at which the last byte so far has been transmitted. */
  get freeAt(): number {
    return this.#freeAt;
  }

  /**
   * @param delayMs pause before the bytes
   * @param pauseMs pause after them
   */
  put(bytes: Uint8Array, delayMs = 0, pauseMs = 0): void {
    const { clock, baudRate } = this.#options;
    const now = clock.now();
    this.#freeAt = Math.max(now, this.#freeAt) + delayMs + lineTime(bytes.length, baudRate);
    this.#waiting.push(bytes);
    // Timers of nearly the same time may fire in either order: each one sends the next piece.
    this.#timers.after(this.#freeAt - now, () => {
      const due = this.#waiting.shift();
      if (due) this.#options.send(due.slice());
    });
    this.#freeAt += pauseMs;
  }

  /** Drops what has not been sent. */
  stop(): void {
    this.#timers.clear();
    this.#waiting.length = 0;
  }
}

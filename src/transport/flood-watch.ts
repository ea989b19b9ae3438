import type { Clock } from '../clock.js';
import { TransportError } from '../errors.js';

/** Limit of received bytes without an answer of ours among them: more than sixty messages of maximum length. */
const MAX_BYTES = 32_768;
/** Rate at which the count falls again: the answers to other programs on the same 9600-baud line. */
const FORGIVEN_BYTES_PER_S = 512;

/**
 * Distinguishes a line flooded by a faulty bridge or a noisy adapter from one on which other programs are answered. It
 * counts the bytes that are part of no answer of ours, whether one is awaited or not.
 */
export class FloodWatch {
  readonly #clock: Clock;
  #bytes = 0;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock.now();
  }

  /** Counts bytes that came in. @returns whether they are too many */
  note(bytes: number): boolean {
    const now = this.#clock.now();
    const forgiven = ((now - this.#at) * FORGIVEN_BYTES_PER_S) / 1_000;
    this.#bytes = Math.max(0, this.#bytes - forgiven) + bytes;
    this.#at = now;
    return this.#bytes > MAX_BYTES;
  }

  /** An answer was among the bytes, or the line was opened anew. */
  reset(): void {
    this.#bytes = 0;
  }
}

/** The error of a connection that was closed because of the flood. */
export function lineFlooded(description: string): TransportError {
  return new TransportError('line-flooded', `More than ${MAX_BYTES} unreadable bytes came from ${description}`, {
    values: { port: description },
  });
}

import type { Clock } from '../clock.js';
import { TransportError } from '../errors.js';

/** So many bytes may come in without an answer of ours among them: more than sixty of the longest messages. */
const MAX_BYTES = 32_768;
/** So many of them a second are forgiven: what other programs' answers at the same 9600-baud line amount to. */
const FORGIVEN_BYTES_PER_S = 512;

/**
 * Tells a line that is flooded, by a bridge gone wild or an adapter that hears noise, from one on which other programs are
 * answered: by bytes that are not part of any answer of ours, whether one is waited for or not.
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

/** The error of a line that is hung up because it is flooded. */
export function lineFlooded(description: string): TransportError {
  return new TransportError('line-flooded', `More than ${MAX_BYTES} unreadable bytes came from ${description}`, {
    values: { port: description },
  });
}

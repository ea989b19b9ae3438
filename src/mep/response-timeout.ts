/**
 * The response timeout of a MEP port. On a cable the guide fixes it [MEP p.21]; over a network it is unknown beforehand and
 * adapts to measured response times.
 */

export interface ResponseTimeoutOptions {
  /** The timeout before any measurement, in ms. */
  readonly minMs: number;
  /** Limit of the adapted timeout, in ms; `minMs` for a fixed timeout. */
  readonly maxMs: number;
}

/** Response times that are kept: a network that was slow once is not treated as slow for ever. */
const REMEMBERED = 8;
/** Margin over the slow ones of those. */
const ALLOWANCE = 1.5;
/** Growth with each unanswered transmission of a message, as a fraction of the minimum. */
const GROWTH = 0.5;
/** From this many measurements on the slowest one is treated as an outlier. */
const SEVERAL = 4;

/** A response timeout that follows the measured response times. */
export class ResponseTimeout {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #recent: number[] = [];

  constructor({ minMs, maxMs }: ResponseTimeoutOptions) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  /** Whether the timeout follows measurements. */
  get isAdaptive(): boolean {
    return this.#maxMs > this.#minMs;
  }

  /**
   * The response timeout of a message, in ms.
   * @param minMs minimum for this message
   * @param unanswered unanswered transmissions of this message, whose answers may still arrive
   */
  answerMs(minMs: number, unanswered: number): number {
    const timeoutMs = Math.max(minMs, this.#minMs);
    if (!this.isAdaptive) return timeoutMs;
    return Math.max(timeoutMs * (1 + GROWTH * unanswered), Math.min(ALLOWANCE * this.#slowMs, this.#maxMs));
  }

  get #slowMs(): number {
    const [slowest = 0, second = 0] = [...this.#recent].sort((one, other) => other - one);
    return this.#recent.length < SEVERAL ? slowest : second;
  }

  /** Adds a measurement: the time from the first transmission of a message to its answer. */
  note(tookMs: number): void {
    this.#recent.push(tookMs);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
  }
}

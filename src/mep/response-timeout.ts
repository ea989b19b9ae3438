/**
 * The response timeout of a MEP port. On a cable it is fixed by the guide [MEP p.21]; over a network it is unknown
 * beforehand and follows from how long answers take.
 */

export interface ResponseTimeoutOptions {
  /** The wait where nothing else is known, in ms. */
  readonly minMs: number;
  /** The longest wait that may be learnt, in ms; `minMs` where none is. */
  readonly maxMs: number;
}

/** Answers that are remembered: a network that was slow once is not thought slow for ever. */
const REMEMBERED = 8;
/** How much longer than the slow ones of those an answer may take. */
const ALLOWANCE = 1.5;
/** What each unanswered transmission of a message adds to the wait for the next, as a part of the least. */
const GROWTH = 0.5;
/** With so many answers known, the slowest may have been an accident of its own. */
const SEVERAL = 4;

/** Waits for answers, learnt from how long they took. */
export class ResponseTimeout {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #recent: number[] = [];

  constructor({ minMs, maxMs }: ResponseTimeoutOptions) {
    this.#minMs = minMs;
    this.#maxMs = maxMs;
  }

  /** Whether anything is learnt. */
  get isAdaptive(): boolean {
    return this.#maxMs > this.#minMs;
  }

  /**
   * How long to wait for an answer, in ms.
   * @param minMs what this message needs at least
   * @param unanswered transmissions of this message that were not answered yet: their answers may still be under way
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

  /** An answer was there so many ms after its message had left for the first time. */
  note(tookMs: number): void {
    this.#recent.push(tookMs);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
  }
}

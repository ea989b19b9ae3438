import { nextSequence } from './message.js';

/**
 * The numbers of requests. A number that went out and was not answered may be used up; the meter takes the next one as
 * well, up to eight ahead. [MEP p.11]
 */
export class SequenceNumbers {
  #next = 1;
  #lastTaken: number | undefined;
  #isKnown = false;

  /** The number for a request that is sent now. */
  take(): number {
    if (this.#next === this.#lastTaken) this.#next = nextSequence(this.#next);
    this.#lastTaken = this.#next;
    return this.#next;
  }

  /** The number taken last was accepted. */
  noteAccepted(): void {
    this.#next = nextSequence(this.#next);
    this.#isKnown = true;
  }

  /**
   * The meter asked for another number.
   * @returns whether it jumped though no number was lost: its dimensions may have changed. [MEP p.55]
   */
  correct(wanted: number): boolean {
    const ahead = nextSequence(wanted, -this.#next);
    const wasUsedUp = ahead <= 1;
    const hasJumped = this.#isKnown && !wasUsedUp;
    this.#isKnown = true;
    this.#next = nextSequence(wanted);
    return hasJumped;
  }
}

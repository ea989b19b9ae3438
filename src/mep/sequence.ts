import { randomBytes } from 'node:crypto';
import { FLOW_CONTROL_BYTES } from '../c1218/shortfall.js';
import { nextSequence, SEQUENCE_BYTES } from './message.js';

/**
 * A random first number without XON and XOFF: a bridge that removes these would remove them from every message, and no
 * answer would correct the number.
 */
export function randomFirstNumber(): number {
  for (;;) {
    const bytes = randomBytes(SEQUENCE_BYTES);
    if (!bytes.some((byte) => FLOW_CONTROL_BYTES.includes(byte))) return bytes.readUInt32BE();
  }
}

/**
 * The sequence numbers of requests. An unanswered number may be used up; the meter accepts the following ones as well, up
 * to eight ahead. [MEP p.11]
 *
 * An answer is signed together with its request, so a recorded answer verifies only if its request is sent again with the
 * same number. The first number is therefore random; the meter then names its own, which grows with each request that it
 * accepts. [MEP p.10, p.12]
 */
export class SequenceNumbers {
  #next: number;
  #lastTaken: number | undefined;
  #isKnown = false;

  /** @param first of the 32-bit numbers, chosen at random over all of them */
  constructor(first: number) {
    this.#next = first;
  }

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
   * The meter asked for another number. The one after it is right by the guide's example, the one it named by its text
   * [MEP p.12, p.16]; most meters take both, but one that names the same number again wants that very number.
   * @returns whether it jumped though no number was lost: its dimensions may have changed. [MEP p.55]
   */
  correct(wanted: number): boolean {
    const isNear = nextSequence(wanted, 1 - this.#next) <= 2;
    const hasJumped = this.#isKnown && !isNear;
    this.#isKnown = true;
    const next = nextSequence(wanted);
    this.#next = next === this.#lastTaken ? wanted : next;
    return hasJumped;
  }
}

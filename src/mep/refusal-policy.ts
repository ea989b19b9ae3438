import { type BackoffRange, backoffMs } from '../backoff.js';
import { RESPONSE_CODES } from '../c1218/services.js';
import { ProtocolError, SecurityError } from '../errors.js';

/** Repetitions of a request that a meter refused as wrongly signed, when the key has worked before. */
const MAX_RETRIES = 3;
const PAUSES: BackoffRange = { firstMs: 1_000, maxMs: 300_000 };
/**
 * Pauses before a key is tried again that was refused by bare refusals alone: at most four times a day in the long run. A
 * bare refusal, without the digest of each answer [MEP p.11], does not prove that the meter refused.
 */
export const TRIALS_AFTER_BARE_REFUSALS: BackoffRange = { firstMs: 300_000, maxMs: 21_600_000 };

/**
 * Decides what follows when a meter refuses a digest. Wrong keys can lock the port and raise an alarm, but a request that
 * was garbled on the line is refused in the same way. A key that has worked is therefore tried again with growing pauses;
 * one that never has only once more. After that it is rejected for good if a refusal had a digest; if none had one it is
 * tried rarely, with one transmission each time. The record outlives the connection.
 */
export class RefusalPolicy {
  #hasKeyWorked = false;
  #isKeyRejected = false;
  #refusalsInARow = 0;
  #lastRefusalAt = Number.NEGATIVE_INFINITY;
  #areAllBare = true;
  #trials = 0;
  #trialAt = Number.POSITIVE_INFINITY;

  get hasKeyWorked(): boolean {
    return this.#hasKeyWorked;
  }

  /** Refused once and never accepted: each further transmission may be the refusal that locks the port. */
  get isKeyOnTrial(): boolean {
    return this.#refusalsInARow > 0 && !this.#hasKeyWorked;
  }

  /** When the next request may be sent, on the clock of `noteRefusal`. */
  get notBefore(): number {
    if (this.#refusalsInARow === 0) return Number.NEGATIVE_INFINITY;
    return this.#lastRefusalAt + backoffMs(this.#refusalsInARow - 1, PAUSES);
  }

  /** Time until a rejected key may be tried once more, in ms; undefined if it may not, or is not rejected. */
  trialInMs(now: number): number | undefined {
    const isPlanned = this.#isKeyRejected && this.#trialAt < Number.POSITIVE_INFINITY;
    return isPlanned ? Math.max(0, this.#trialAt - now) : undefined;
  }

  /**
   * To be called before each transmission.
   * @param now on the clock of `noteRefusal`
   * @throws SecurityError `key-rejected` when nothing may be sent with this key now
   */
  check(now: number): void {
    if (!this.#isKeyRejected) return;
    if (now < this.#trialAt) throw keyRejected();
    this.#planTrial(now);
  }

  /** An answer was verified. */
  noteAccepted(): void {
    this.#hasKeyWorked = true;
    this.#isKeyRejected = false;
    this.#areAllBare = true;
    this.#refusalsInARow = this.#trials = 0;
  }

  /**
   * A signature was refused.
   * @param ofRequest refusals of the request under way, this one included
   * @param now in ms
   * @param isBare whether the refusal came without any signature
   * @throws SecurityError `key-rejected`, ProtocolError `authentication-failed` after the last permitted repetition
   */
  noteRefusal(ofRequest: number, now: number, isBare = false): void {
    this.#refusalsInARow++;
    this.#lastRefusalAt = now;
    this.#areAllBare &&= isBare;
    if (this.#hasKeyWorked) {
      if (ofRequest > MAX_RETRIES || this.#refusalsInARow > MAX_RETRIES + 1) throw requestRefused();
    } else if (this.#refusalsInARow > 1) {
      this.#isKeyRejected = true;
      if (!this.#areAllBare) this.#trialAt = Number.POSITIVE_INFINITY;
      else if (now >= this.#trialAt || this.#trials === 0) this.#planTrial(now);
      throw keyRejected();
    }
  }

  #planTrial(now: number): void {
    this.#trialAt = now + backoffMs(this.#trials++, TRIALS_AFTER_BARE_REFUSALS);
  }
}

function keyRejected(): SecurityError {
  return new SecurityError('key-rejected', 'The meter rejects the key', {
    status: RESPONSE_CODES.authenticationFailure,
  });
}

function requestRefused(): ProtocolError {
  return new ProtocolError('authentication-failed', 'The meter rejected a signature though the key has worked before', {
    status: RESPONSE_CODES.authenticationFailure,
  });
}

import { RESPONSE_CODES } from '../c1218/services.js';
import { ProtocolError, SecurityError } from '../errors.js';

/** Repetitions of a request that a meter refused as wrongly signed, when the key has worked before. */
const MAX_RETRIES = 3;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 300_000;

/**
 * What follows when a meter refuses a signature. Wrong keys can lock the port and raise an alarm, but a request that was
 * garbled on the line is refused in the same way: a key that has worked is tried again with growing pauses, one that
 * never has only once more. What is known of a key outlives the connection.
 */
export class RefusalPolicy {
  #hasKeyWorked = false;
  #isKeyRejected = false;
  #refusalsInARow = 0;
  #lastRefusalAt = Number.NEGATIVE_INFINITY;

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
    return this.#lastRefusalAt + Math.min(FIRST_PAUSE_MS * 2 ** (this.#refusalsInARow - 1), LONGEST_PAUSE_MS);
  }

  /** @throws SecurityError `key-rejected` when nothing more may be sent with this key */
  check(): void {
    if (this.#isKeyRejected) throw keyRejected();
  }

  /** An answer was verified. */
  noteAccepted(): void {
    this.#hasKeyWorked = true;
    this.#refusalsInARow = 0;
  }

  /**
   * A signature was refused.
   * @param ofRequest refusals of the request under way, this one included
   * @param now in ms
   * @throws SecurityError `key-rejected`, ProtocolError `authentication-failed` once there is no sense in trying again
   */
  noteRefusal(ofRequest: number, now: number): void {
    this.#refusalsInARow++;
    this.#lastRefusalAt = now;
    if (this.#hasKeyWorked) {
      if (ofRequest > MAX_RETRIES || this.#refusalsInARow > MAX_RETRIES + 1) throw requestRefused();
    } else if (this.#refusalsInARow > 1) {
      this.#isKeyRejected = true;
      throw keyRejected();
    }
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

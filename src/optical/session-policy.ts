/**
 * Decides how long a session stays open. During a session, a meter whose port serves MEP as well ignores its MEP client
 * [MEP p.19], so a session ends soon after a poll; it is kept only for polls at intervals below the meter's own 6 s.
 */

/** Sessions of the optical port: one for each poll (`short`), one for all (`kept`), or by the polls' interval (`auto`). */
export type SessionMode = 'auto' | 'short' | 'kept';
export const SESSION_MODES = ['auto', 'short', 'kept'] as const satisfies readonly SessionMode[];

/** C12.18 lets a meter end a session after 6 s without a packet. */
const MAX_IDLE_MS = 5_000;
/** The meter's denial-of-service protection ends a session after 600 s, then ignores the port for 300 s. [OPT p.15] */
const OLDEST_SESSION_MS = 540_000;
const HOLD_OFF_MS = 300_000;
/** A session that stopped responding before this age was not ended by that protection. */
const YOUNGEST_PROTECTED_MS = 60_000;
const SAFETY = 0.9;

export interface SessionPolicyOptions {
  readonly mode: SessionMode;
  /** After a request, the time in which another one still belongs to the same poll. */
  readonly shortIdleMs: number;
}

/** Times are those of a monotonic clock, in ms. */
export class SessionPolicy {
  readonly #mode: SessionMode;
  readonly #shortIdleMs: number;
  #lastRequestAt = Number.NEGATIVE_INFINITY;
  #begunAt = Number.NEGATIVE_INFINITY;
  #oldestMs = OLDEST_SESSION_MS;
  #answeredAt = Number.NEGATIVE_INFINITY;
  #silencedAtAgeMs: number | undefined;
  #closedUntil = Number.NEGATIVE_INFINITY;
  #isFast = false;

  constructor({ mode, shortIdleMs }: SessionPolicyOptions) {
    this.#mode = mode;
    this.#shortIdleMs = Math.min(shortIdleMs, MAX_IDLE_MS);
  }

  /** A session began. */
  begun(now: number): void {
    this.#begunAt = this.#answeredAt = now;
    this.#silencedAtAgeMs = undefined;
  }

  /** A request begins. After a short pause it belongs to the same poll; a longer pause is the time between polls. */
  asked(now: number): void {
    const pause = now - this.#lastRequestAt;
    if (pause > this.#shortIdleMs) this.#isFast = pause <= MAX_IDLE_MS;
  }

  /** A request has ended. @returns the idle time after which the session is to end, in ms */
  idleMs(now: number): number {
    this.#lastRequestAt = now;
    const isKept = this.#mode === 'kept' || (this.#mode === 'auto' && this.#isFast);
    return isKept ? MAX_IDLE_MS : this.#shortIdleMs;
  }

  /** Whether the session is so old that the next request needs a new one. */
  isOld(now: number): boolean {
    return now - this.#begunAt >= this.#oldestMs;
  }

  /** The session gave an answer. */
  answered(now: number): void {
    this.#answeredAt = now;
  }

  /** The session stopped responding. It ended soon after its last answer, long before the timeouts showed it. */
  endedUnanswered(): void {
    const age = this.#answeredAt - this.#begunAt;
    this.#silencedAtAgeMs = age >= YOUNGEST_PROTECTED_MS ? age : undefined;
  }

  /**
   * No response to the opening of a session. If the previous one stopped responding at an advanced age, the meter's
   * protection ended it, with a shorter limit than usual.
   */
  openedUnanswered(now: number): void {
    if (this.#silencedAtAgeMs === undefined) return;
    this.#oldestMs = Math.min(this.#oldestMs, this.#silencedAtAgeMs * SAFETY);
    this.#closedUntil = now + HOLD_OFF_MS;
    this.#silencedAtAgeMs = undefined;
  }

  /** Whether to send nothing, since the meter has probably closed the port. */
  isClosed(now: number): boolean {
    return now < this.#closedUntil;
  }
}

import type { RoundTrip } from '../c1218/round-trip.js';
import type { Shortfall } from '../c1218/shortfall.js';
import type { Clock } from '../clock.js';
import type { MeterErrorCode } from '../errors.js';
import type { LinkState } from '../link-state.js';
import type { MeterCounters, MeterStatus } from './status.js';

/** An alert is repeated each second, but not for a second after a request: after this time it is over. [MEP p.17, p.21] */
const ALERT_LASTS_MS = 3_000;
/** Requests hold alerts off again and again: only after this time without any is their end reported. */
const ALERTS_END_AFTER_MS = 60_000;
/** Minimum time between two reported changes: what changes and changes back meanwhile is not reported. */
const SETTLE_MS = 1_000;

/** The status of a connection, for users and programs; JSON-safe. */
export interface LinkStatus {
  readonly state: LinkState;
  readonly online: boolean;
  /** Code of the error that is the reason; null where there is none. */
  readonly code: MeterErrorCode | null;
  /** When the state began, ISO 8601. */
  readonly since: string;
  /** When a table was read last, ISO 8601; null = never. */
  readonly lastReading: string | null;
  /** Whether the meter has raised an alert within the last seconds. */
  readonly alerts: boolean;
  /** In ms. */
  readonly roundTrip: RoundTrip;
  /** Set if a bridge cuts answers after `received` of `expected` bytes, so that tables are read in pieces. */
  readonly answerLimit?: Shortfall;
  readonly counters: Readonly<MeterCounters>;
}

/**
 * The status of a meter's link for users.
 * @param staleAfterMs without a reading, after which an online meter counts as stale; 0 = never
 * @param date the present time
 */
export function linkStatus(status: MeterStatus, staleAfterMs: number, date: Date): LinkStatus {
  const isStale = status.state === 'online' && staleAfterMs > 0 && status.withoutReadingMs >= staleAfterMs;
  const staleSince = new Date(date.getTime() - status.withoutReadingMs + staleAfterMs);
  const { last, mean, max } = status.roundTrip;
  return {
    state: isStale ? 'stale' : status.state,
    online: status.state === 'online' && !isStale,
    code: status.error?.code ?? null,
    since: (isStale ? staleSince : status.since).toISOString(),
    lastReading: status.lastReading?.toISOString() ?? null,
    alerts: status.sinceAlertMs !== null && status.sinceAlertMs < ALERT_LASTS_MS,
    roundTrip: { last: rounded(last), mean: rounded(mean), max: rounded(max) },
    ...(status.answerLimit && { answerLimit: status.answerLimit }),
    counters: { ...status.counters },
  };
}

function rounded(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds);
}

export interface LinkStatusWatchOptions {
  /** Gives the present status. */
  readonly read: () => MeterStatus;
  /** Called on each change: another state, another reason, alerts that began or ended. */
  readonly onChange: () => void;
  /** See `linkStatus`. */
  readonly staleAfterMs: number;
  readonly clock: Clock;
}

/**
 * Debounces a link's status: reports at most one change a second, and only one that lasted. Checks when `look` is called,
 * and by timer when time alone changes the status.
 */
export class LinkStatusWatch {
  readonly #options: LinkStatusWatchOptions;
  #reported = '';
  #cancelSettling: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #isClosed = false;

  constructor(options: LinkStatusWatchOptions) {
    this.#options = options;
    this.#settle();
  }

  /** Checks for a change. */
  look(): void {
    if (this.#isClosed || this.#cancelSettling) return;
    const status = this.#options.read();
    const { state, code } = this.status(status);
    const hasAlerts = status.sinceAlertMs !== null && status.sinceAlertMs < ALERTS_END_AFTER_MS;
    this.#lookAgainIn(this.#nextChange(status, state, hasAlerts));
    const present = [state, code, hasAlerts, status.answerLimit !== null].join();
    if (present === this.#reported) return;
    this.#reported = present;
    this.#settle();
    this.#options.onChange();
  }

  /** The status for people. */
  status(status: MeterStatus = this.#options.read()): LinkStatus {
    return linkStatus(status, this.#options.staleAfterMs, this.#options.clock.date());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelSettling?.();
    this.#cancelLook?.();
  }

  #settle(): void {
    this.#cancelSettling = this.#options.clock.after(SETTLE_MS, () => {
      this.#cancelSettling = undefined;
      this.look();
    });
  }

  /** Time until the status changes without a further event, in ms. */
  #nextChange(status: MeterStatus, state: LinkState, hasAlerts: boolean): number {
    const { staleAfterMs } = this.#options;
    const untilStale = state === 'online' && staleAfterMs > 0 ? staleAfterMs - status.withoutReadingMs : Infinity;
    const untilAlertsEnd = hasAlerts ? ALERTS_END_AFTER_MS - (status.sinceAlertMs ?? 0) : Infinity;
    return Math.min(untilStale, untilAlertsEnd);
  }

  #lookAgainIn(delayMs: number): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    if (delayMs === Infinity) return;
    this.#cancelLook = this.#options.clock.after(delayMs, () => {
      this.#cancelLook = undefined;
      this.look();
    });
  }
}

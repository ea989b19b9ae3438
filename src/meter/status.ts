import { type RoundTrip, RoundTripMeasurement } from '../c1218/round-trip.js';
import type { Shortfall } from '../c1218/shortfall.js';
import { type LinkCounters, noCounters, type TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import type { MeterError } from '../errors.js';

/** The states of a `Meter`; `stale` depends on the interval that a user expects (`linkStatus`). */
export type MeterState = 'closed' | 'connecting' | 'online' | 'silent' | 'unreachable' | 'line-taken' | 'key-rejected';

/** Counters since the connection was made. */
export interface MeterCounters extends LinkCounters {
  /** Times the port was opened again, after a loss or to restart it. */
  reconnects: number;
  /** Times a network connection ended while idle; that is no failure. */
  unusedEnds: number;
}

/** The status of a meter at one moment. */
export interface MeterStatus {
  /** Attempts to reopen a failed port count as `unreachable` until one of them succeeds. */
  readonly state: MeterState;
  /** The error that led to the state; undefined while online. */
  readonly error: MeterError | undefined;
  /** When the state began. */
  readonly since: Date;
  /** When a table was read last; null = never. */
  readonly lastReading: Date | null;
  /** Since the last table was read, or since the state began if that is later; in ms. */
  readonly withoutReadingMs: number;
  /** Since the meter's last alert, in ms; null = it never raised one. */
  readonly sinceAlertMs: number | null;
  readonly roundTrip: RoundTrip;
  /** The longest answer that passes where a bridge cuts answers; null if none is cut. */
  readonly answerLimit: Shortfall | null;
  readonly counters: Readonly<MeterCounters>;
}

/**
 * The status of a meter that was never opened, since its settings cannot be used.
 * @param since when it would have been
 */
export function neverOpenedStatus(since: Date): MeterStatus {
  return {
    state: 'closed',
    error: undefined,
    since,
    lastReading: null,
    withoutReadingMs: 0,
    sinceAlertMs: null,
    roundTrip: new RoundTripMeasurement().times,
    answerLimit: null,
    counters: { ...noCounters(), reconnects: 0, unusedEnds: 0 },
  };
}

/** The source of the counters. */
export interface StatusSource {
  readonly link: Pick<TableLink, 'roundTrip' | 'counters'> & { readonly unusedEnds: number };
  readonly reconnects: number;
}

interface Moment {
  readonly at: number;
  readonly date: Date;
}

/** Keeps the status of a meter and calls listeners on each change. */
export class StatusRecord {
  readonly #clock: Clock;
  readonly #connection: StatusSource;
  readonly #listeners = new Set<() => void>();
  #state: MeterState = 'closed';
  #error: MeterError | undefined;
  #since: Moment;
  #lastReading: Moment | undefined;
  #lastAlertAt: number | undefined;
  #answerLimit: Shortfall | null = null;

  constructor(connection: StatusSource, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
    this.#since = this.#moment();
  }

  get now(): MeterStatus {
    const now = this.#clock.now();
    const { link, reconnects } = this.#connection;
    const quietSince = Math.max(this.#since.at, this.#lastReading?.at ?? this.#since.at);
    return {
      state: this.#state,
      error: this.#error,
      since: this.#since.date,
      lastReading: this.#lastReading?.date ?? null,
      withoutReadingMs: now - quietSince,
      sinceAlertMs: this.#lastAlertAt === undefined ? null : now - this.#lastAlertAt,
      roundTrip: link.roundTrip,
      answerLimit: this.#answerLimit,
      counters: { ...link.counters, reconnects, unusedEnds: link.unusedEnds },
    };
  }

  /** @returns a function that ends the listening. */
  onStatusChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  noteState(state: MeterState, error: MeterError | undefined): void {
    if (state === 'connecting' && isDown(this.#state)) return;
    const isSame = state === this.#state && error?.code === this.#error?.code;
    if (state !== this.#state) this.#since = this.#moment();
    this.#state = state;
    this.#error = error;
    if (!isSame) this.#notify();
  }

  noteReading(): void {
    this.#lastReading = this.#moment();
    this.#notify();
  }

  noteAlert(): void {
    this.#lastAlertAt = this.#clock.now();
    this.#notify();
  }

  noteAnswerLimit(limit: Shortfall | undefined): void {
    this.#answerLimit = limit ? { expected: limit.expected, received: limit.received } : null;
    this.#notify();
  }

  #moment(): Moment {
    return { at: this.#clock.now(), date: this.#clock.date() };
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** A further attempt to open the port is no news until it succeeds. */
function isDown(state: MeterState): boolean {
  return state === 'unreachable' || state === 'line-taken';
}

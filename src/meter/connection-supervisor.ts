import { type BackoffRange, backoffMs } from '../backoff.js';
import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { type MeterError, toMeterError, TransportError } from '../errors.js';
import { OnDemandLink } from './on-demand-link.js';

/** What a `ConnectionSupervisor` reports; called between `start` and `stop` only. */
export interface SupervisorEvents {
  /** The port is being opened. */
  connecting(): void;
  /** The port is open. */
  opened(): void;
  /** The port could not be opened, or its connection ended during a request; it is reopened after a pause. */
  lost(error: MeterError): void;
  /** The meter raised an alert. */
  alert(): void;
  /** The port is opened after it was closed: another meter may be there, or the same one set up anew. */
  reconnecting(): void;
  /** The meter may have been set up anew. */
  dimensionsMayHaveChanged(): void;
  /** A key that was rejected may be tried once more. */
  keyTrial(): void;
}

export interface SupervisorOptions {
  readonly link: TableLink;
  readonly clock: Clock;
  /** 0 (included) to 1 (excluded). */
  readonly random: () => number;
  readonly events: SupervisorEvents;
}

/** Pauses before a port that failed is opened again. */
const RECONNECT: BackoffRange = { firstMs: 1_000, maxMs: 15_000 };
/** Pauses vary by this part either way, so that forty meters behind one switch do not all reconnect at once. */
const JITTER = 0.2;
/** Pauses before reopening a port that was opened and then taken away: another program may need it too. */
const CONTESTED: BackoffRange = { firstMs: 1_000, maxMs: 60_000 };
/** After this time without a further failure, the next answer resets the backoff. */
const STABLE_MS = 60_000;
/** Connections in a row that the far end ended during a request, after which another program is assumed to be the cause. */
const ENDINGS_OF_A_TAKEN_LINE = 3;
/** Pauses before an unused connection that ended is reopened as a check, as long as no request does so. */
const CHECKS: BackoffRange = { firstMs: 1_000, maxMs: 600_000 };
/** Requests in a row without a response after which the port is woken, and the pauses until the next attempt. */
const SILENT_REQUESTS_BEFORE_REVIVAL = 3;
const REVIVAL: BackoffRange = { firstMs: 60_000, maxMs: 3_600_000 };

/** The pause before reconnecting for the `attempt`th time (0, 1, 2 ...), in ms: doubling, bounded, jittered. */
export function reconnectPause(attempt: number, random: () => number): number {
  return backoffMs(attempt, RECONNECT) * (1 - JITTER + 2 * JITTER * random());
}

/**
 * Keeps the connection of one meter: opens it, reopens it with backoff, wakes a port that no longer responds, and reports
 * when a rejected key may be tried again.
 */
export class ConnectionSupervisor {
  /** The link for all requests. */
  readonly link: OnDemandLink;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #events: SupervisorEvents;
  #life: AbortController | undefined;
  #connecting: Promise<void> | undefined;
  #cancelReconnect: (() => void) | undefined;
  #cancelKeyTrial: (() => void) | undefined;
  #cancelCheck: (() => void) | undefined;
  #isAskedFor = false;
  #checks = 0;
  #isKeyRejected = false;
  #isDown = true;
  #openedAt = Number.NEGATIVE_INFINITY;
  #hasOpened = false;
  #reconnects = 0;
  /** Failures in a row, and when the last one was. */
  #failures = 0;
  #lastFailureAt = Number.NEGATIVE_INFINITY;
  /** Whether one of them was the end of a connection that the far end had accepted. */
  #isContested = false;
  #endings = 0;
  #silentRequests = 0;
  #revivals = 0;
  #nextRevivalAt = Number.NEGATIVE_INFINITY;

  constructor({ link, clock, random, events }: SupervisorOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#events = events;
    this.link = new OnDemandLink({
      link,
      clock,
      pauseBeforeReopening: () => this.#pauseBeforeReopening(),
      onUnusedEnd: () => {
        this.#checkUnread();
      },
      onReopening: () => {
        this.#events.reconnecting();
      },
    });
  }

  /** Times the port was opened again after a failure, or to wake it. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Resolves when the present attempt to open the port has succeeded or failed. */
  async whenTried(): Promise<void> {
    await this.#connecting;
  }

  /** Opens the port, and again whenever it fails, until `stop`. */
  start(): void {
    if (this.#life) return;
    this.#life = new AbortController();
    this.#failures = this.#endings = this.#checks = 0;
    this.#isContested = this.#isKeyRejected = this.#hasOpened = this.#isAskedFor = false;
    this.#connect(this.#life.signal);
  }

  /** Ends the connection; requests under way are rejected with `connection-closed`. Never fails. */
  async stop(): Promise<void> {
    this.#life?.abort();
    this.#life = undefined;
    this.#cancelReconnect?.();
    this.#cancelKeyTrial?.();
    this.#cancelCheck?.();
    this.#cancelReconnect = this.#cancelKeyTrial = this.#cancelCheck = undefined;
    await this.link.close();
    await this.#connecting;
  }

  /** A request was made: from now on requests show whether the connection can be opened, and no check is needed. */
  noteAsked(): void {
    this.#isAskedFor = true;
    this.#cancelCheck?.();
    this.#cancelCheck = undefined;
  }

  /** An intelligible answer was received. */
  noteAnswered(): void {
    this.#silentRequests = this.#revivals = 0;
    this.#isKeyRejected = false;
    const isStable = this.#clock.now() - this.#lastFailureAt >= STABLE_MS;
    if (!this.#isContested || isStable) {
      this.#failures = this.#endings = 0;
      this.#isContested = false;
    }
  }

  /**
   * A request had no response.
   * @returns how to wake the port, if that is due
   */
  noteSilence(): 'cycle-power' | 'reopen' | undefined {
    this.#silentRequests++;
    const now = this.#clock.now();
    const isTime = this.#revivals === 0 || now >= this.#nextRevivalAt;
    if (this.#silentRequests < SILENT_REQUESTS_BEFORE_REVIVAL || !isTime) return undefined;
    this.#silentRequests = 0;
    this.#nextRevivalAt = now + backoffMs(this.#revivals, REVIVAL);
    return this.#revivals++ > 0 ? 'reopen' : 'cycle-power';
  }

  /** Wakes a port that no longer responds: cycles the modem lines that power the adapter, then reopens it for `reopen`. */
  async revive(how: 'cycle-power' | 'reopen'): Promise<void> {
    const life = this.#life;
    if (!life) return;
    await this.link.revive();
    if (how === 'cycle-power' || life.signal.aborted) return;
    await this.link.close();
    await this.#openLink(life.signal);
  }

  /** The meter rejected the key: nothing more is sent except one later trial, where the link allows it. */
  noteKeyRejected(): void {
    this.#isKeyRejected = true;
    const waitMs = this.link.keyTrialInMs;
    if (waitMs === undefined || this.#cancelKeyTrial || !this.#life) return;
    const { signal } = this.#life;
    this.#cancelKeyTrial = this.#clock.after(this.#isDown ? Math.max(waitMs, CONTESTED.maxMs) : waitMs, () => {
      this.#cancelKeyTrial = undefined;
      if (this.#isDown) this.#connect(signal);
      else this.#events.keyTrial();
    });
  }

  #checkUnread(): void {
    const life = this.#life;
    if (this.#isAskedFor || this.#isKeyRejected || !life) return;
    this.#cancelCheck?.();
    this.#cancelCheck = this.#clock.after(backoffMs(this.#checks++, CHECKS, this.#random), () => {
      this.#cancelCheck = undefined;
      // The link reports a failure through `closed`.
      this.link.ensureOpen(life.signal).catch(() => undefined);
    });
  }

  #connect(signal: AbortSignal): void {
    this.#events.connecting();
    this.#connecting = this.#openLink(signal).finally(() => {
      this.#connecting = undefined;
    });
  }

  async #openLink(signal: AbortSignal): Promise<void> {
    this.#events.reconnecting();
    this.#openedAt = this.#clock.now();
    try {
      await this.link.open(
        {
          alert: () => {
            this.#events.alert();
          },
          dimensionsMayHaveChanged: () => {
            this.#events.dimensionsMayHaveChanged();
          },
          closed: (error) => {
            this.#reconnectLater(error, signal);
          },
        },
        signal,
      );
      if (this.#hasOpened) this.#reconnects++;
      this.#hasOpened = true;
      this.#isDown = false;
      if (signal.aborted) return;
      if (this.#isKeyRejected) this.#events.keyTrial();
      else this.#events.opened();
    } catch (error) {
      this.#reconnectLater(toMeterError(error), signal);
    }
  }

  #reconnectLater(error: MeterError, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#isDown = true;
    this.#cancelReconnect?.();
    this.#cancelReconnect = undefined;
    if (this.#isKeyRejected) {
      this.noteKeyRejected();
      return;
    }
    const reported = this.#noteFailure(error);
    this.#cancelReconnect = this.#clock.after(this.#pauseMs, () => {
      this.#cancelReconnect = undefined;
      this.#connect(signal);
    });
    this.#events.lost(reported);
  }

  /** @returns the error to report */
  #noteFailure(error: MeterError): MeterError {
    this.#failures++;
    this.#lastFailureAt = this.#clock.now();
    const isEnding = error instanceof TransportError && error.isEndedByPeer;
    this.#isContested ||= isEnding || error.code === 'line-flooded';
    this.#endings = isEnding ? this.#endings + 1 : 0;
    if (this.#endings < ENDINGS_OF_A_TAKEN_LINE) return error;
    return new TransportError('line-taken', `${this.#endings} connections in a row were ended: ${error.message}`, {
      values: error.values,
      cause: error,
    });
  }

  get #pauseMs(): number {
    const attempt = Math.max(0, this.#failures - 1);
    return this.#isContested ? backoffMs(attempt, CONTESTED, this.#random) : reconnectPause(attempt, this.#random);
  }

  #pauseBeforeReopening(): number {
    if (!this.#isContested) return 0;
    const waitMs = Math.max(0, this.#openedAt + this.#pauseMs - this.#clock.now());
    this.#openedAt = this.#clock.now() + waitMs;
    return waitMs;
  }
}

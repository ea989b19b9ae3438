import type { RoundTrip } from '../c1218/round-trip.js';
import type { LinkCounters, RequestOptions, TableLink, TableLinkEvents } from '../c1218/table-link.js';
import { type Clock, pause } from '../clock.js';
import { isNothingReceived } from '../error-kinds.js';
import { connectionClosed, isMeterError, type MeterError } from '../errors.js';

export interface OnDemandLinkOptions {
  readonly link: TableLink;
  readonly clock: Clock;
  /** How long to wait before a connection that ended while unused is opened again, in ms. */
  readonly pauseBeforeReopening: () => number;
  /** Called when a connection has ended while unused. */
  readonly onUnusedEnd: () => void;
  /** Called before it is opened again: another meter may be there, or the same one set up anew. */
  readonly onReopening: () => void;
}

/**
 * After this time without a request a network connection may be dead without notice: a bridge, NAT router or firewall
 * drops it, and resets it at the next segment at best.
 */
const UNUSED_MS = 2_000;

/**
 * A link whose network connection may end while no request is pending: that is not reported. It is opened again for the
 * next request, and only a failure of that is reported. A serial port that disappears is reported at once.
 */
export class OnDemandLink implements TableLink {
  readonly #link: TableLink;
  readonly #clock: Clock;
  readonly #pauseBeforeReopening: () => number;
  readonly #onUnusedEnd: () => void;
  readonly #onReopening: () => void;
  #events: TableLinkEvents | undefined;
  /** From `open` to `close`. */
  #life = new AbortController();
  #uses = 0;
  #hasEndedUnused = false;
  /** Whether the connection may be dead: if the request under way fails, `work` is run again over a new one. */
  #isOnTrial = false;
  #hasAnswered = false;
  #lastUsedAt = Number.NEGATIVE_INFINITY;
  #unusedEnds = 0;

  constructor({ link, clock, pauseBeforeReopening, onUnusedEnd, onReopening }: OnDemandLinkOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#pauseBeforeReopening = pauseBeforeReopening;
    this.#onUnusedEnd = onUnusedEnd;
    this.#onReopening = onReopening;
  }

  get protocol(): TableLink['protocol'] {
    return this.#link.protocol;
  }

  get description(): string {
    return this.#link.description;
  }

  get maxReadBytes(): number {
    return this.#link.maxReadBytes;
  }

  get maxWriteBytes(): number {
    return this.#link.maxWriteBytes;
  }

  get padsWithZeros(): boolean {
    return this.#link.padsWithZeros;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#link.counters;
  }

  get roundTrip(): RoundTrip {
    return this.#link.roundTrip;
  }

  get isNetwork(): boolean {
    return this.#link.isNetwork === true;
  }

  get sendsPlainRequests(): boolean {
    return this.#link.sendsPlainRequests === true;
  }

  get keyTrialInMs(): number | undefined {
    return this.#link.keyTrialInMs;
  }

  /** Times the connection ended while no request was pending. */
  get unusedEnds(): number {
    return this.#unusedEnds;
  }

  open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    this.#events = events;
    this.#life = new AbortController();
    return this.#open(signal);
  }

  async close(): Promise<void> {
    this.#events = undefined;
    this.#life.abort(connectionClosed());
    this.#hasEndedUnused = false;
    await this.#link.close();
  }

  revive(): Promise<void> {
    return this.#hasEndedUnused ? Promise.resolve() : this.#link.revive();
  }

  /**
   * Runs `work`, a group of requests; while it runs, the end of the connection is a failure. If the connection was unused
   * for a while and the first request finds it dead, `work` is run once more over a new connection.
   * @throws TransportError, what `work` throws, what the signal was aborted with
   */
  async use<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#uses++;
    try {
      if (this.#hasEndedUnused) await this.#reopen(signal);
      this.#isOnTrial = this.isNetwork && this.#hasAnswered && this.#clock.now() - this.#lastUsedAt >= UNUSED_MS;
      try {
        return await work();
      } catch (error) {
        if (!this.#isOnTrial || !isMeterError(error)) throw error;
        if (!this.#hasEndedUnused && !isNothingReceived(error)) throw error;
      } finally {
        this.#isOnTrial = false;
      }
      if (!this.#hasEndedUnused) await this.#link.close();
      await this.#reopen(signal);
      return await work();
    } finally {
      this.#uses--;
      this.#lastUsedAt = this.#clock.now();
    }
  }

  /**
   * Reopens a connection that ended while unused. A failure is also reported through `closed`.
   * @throws TransportError, what the signal was aborted with
   */
  ensureOpen(signal: AbortSignal): Promise<void> {
    return this.use(() => Promise.resolve(), signal);
  }

  async read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    const answer = await this.#link.read(table, offset, count, options);
    this.#hasAnswered = true;
    this.#isOnTrial = false;
    return answer;
  }

  write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    this.#isOnTrial = false;
    return this.#link.write(table, offset, data, options);
  }

  async #reopen(caller: AbortSignal): Promise<void> {
    this.#hasEndedUnused = true;
    const signal = AbortSignal.any([caller, this.#life.signal]);
    await pause(this.#clock, this.#pauseBeforeReopening(), signal);
    this.#onReopening();
    try {
      await this.#open(signal);
    } catch (error) {
      if (isMeterError(error) && !signal.aborted) this.#reportEnd(error);
      throw error;
    }
  }

  async #open(signal: AbortSignal | undefined): Promise<void> {
    this.#hasAnswered = false;
    await this.#link.open(
      {
        alert: () => this.#events?.alert(),
        dimensionsMayHaveChanged: () => this.#events?.dimensionsMayHaveChanged(),
        closed: (error) => {
          this.#ended(error);
        },
      },
      signal,
    );
    this.#hasEndedUnused = false;
  }

  #ended(error: MeterError): void {
    const isUnused = this.#uses === 0 || this.#isOnTrial;
    if (!this.isNetwork || !isUnused || error.code !== 'connection-lost') {
      this.#reportEnd(error);
      return;
    }
    this.#hasEndedUnused = true;
    this.#unusedEnds++;
    if (this.#uses === 0) this.#onUnusedEnd();
  }

  #reportEnd(error: MeterError): void {
    this.#hasEndedUnused = false;
    this.#events?.closed(error);
  }
}

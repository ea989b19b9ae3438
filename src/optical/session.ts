/**
 * The sessions with an optical port: a request begins one, and it ends when idle, when too old, and after any failure.
 * [OPT p.13-15]
 */
import { RoundTripMeasurement, type RoundTrip } from '../c1218/round-trip.js';
import { outcomeUnknown } from '../c1218/services.js';
import { ignoreEvents, type ProtocolListener, reportingFailure } from '../c1218/protocol-events.js';
import { noCounters, type RequestOptions, type TableLink, type TableLinkEvents } from '../c1218/table-link.js';
import { concatBytes } from '../bytes/hex.js';
import { type Clock, pause, systemClock } from '../clock.js';
import { isInconsistent, isNotSent, isOpticalNoResponse, isRecoverableBySession } from '../error-kinds.js';
import { abortReason, connectionClosed, isMeterError, type MeterError, ProtocolError } from '../errors.js';
import { Mutex, withAbort } from '../mutex.js';
import { namingTelnet } from '../transport/telnet.js';
import type { Transport } from '../transport/transport.js';
import { decodeDone, decodeReadAnswer, maxReadBytesOf, type Negotiation, NOT_NEGOTIATED } from './answers.js';
import { type ExchangeOptions, OpticalLink } from './link.js';
import { OpticalPort } from './port.js';
import { encodeOpticalRequest } from './requests.js';
import { endSession, type LogonSettings, SessionOpening } from './session-opening.js';
import { SessionPolicy, type SessionPolicyOptions } from './session-policy.js';
import { OPTICAL_TIMING, type OpticalTiming } from './timing.js';

export interface OpticalSessionOptions extends LogonSettings, SessionPolicyOptions {
  readonly transport: Transport;
  readonly clock?: Clock;
  /** Default `OPTICAL_TIMING`. */
  readonly timing?: Partial<OpticalTiming>;
  /** Times a packet is sent again; default 3. */
  readonly retries?: number;
  /** Receives the events of requests and answers. */
  readonly listener?: ProtocolListener;
}

/** Overhead of a write beyond that of an answer: table, offset and count. [OPT p.9] */
const EXTRA_BYTES_OF_WRITE = 5;
/** Sessions begun anew for one request. */
const MAX_RESTARTS = 2;
const BUSY_PAUSE_MS = 1_000;
const MAX_BUSY_REPETITIONS = 10;
/** A head that is without supply for a second restarts. */
const REVIVAL_DOWN_MS = 1_000;
/** How long `close` waits for the end of the session. */
const TERMINATION_TIMEOUT_MS = 1_500;

type Ask<T> = (options: ExchangeOptions) => Promise<T>;

/** An optical port as a `TableLink`. */
export class OpticalSession implements TableLink {
  readonly protocol = 'optical';
  readonly padsWithZeros = true;
  readonly counters = noCounters();

  readonly #roundTrips = new RoundTripMeasurement();
  readonly #clock: Clock;
  readonly #report: ProtocolListener;
  readonly #opening: SessionOpening;
  readonly #port: OpticalPort;
  readonly #link: OpticalLink;
  readonly #policy: SessionPolicy;
  #events: TableLinkEvents | undefined;
  readonly #mutex = new Mutex();
  /** From `open` to the end of the connection; aborted with the reason of that end. */
  #connection = new AbortController();
  /** The termination in progress, also after the connection has ended. */
  #ending: AbortController | undefined;
  #negotiated: Negotiation;
  #isInSession = false;
  /** The state of the session is unknown: it must be ended before anything else. */
  #isUnclear = false;
  #keyRejection: MeterError | undefined;
  #cancelIdle: (() => void) | undefined;
  #isLaterSession = false;

  constructor(options: OpticalSessionOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#policy = new SessionPolicy(options);
    const { transport, retries } = options;
    this.#report = options.listener ?? ignoreEvents;
    const common = { clock: this.#clock, timing: { ...OPTICAL_TIMING, ...options.timing }, counters: this.counters };
    this.#port = new OpticalPort({ ...common, transport });
    this.#link = new OpticalLink({
      ...common,
      port: this.#port,
      listener: this.#report,
      roundTrips: this.#roundTrips,
      ...(retries !== undefined && { retries }),
    });
    this.#opening = new SessionOpening(this.#link, options);
    const { packetSize, packetCount } = options;
    this.#negotiated = { ...NOT_NEGOTIATED, packetSize, packetCount };
    this.#connection.abort(connectionClosed());
  }

  get description(): string {
    return this.#port.description;
  }

  get isNetwork(): boolean {
    return this.#port.isNetwork;
  }

  get roundTrip(): RoundTrip {
    return this.#roundTrips.times;
  }

  /** By the sizes granted last; before the first session by those that will be asked for. */
  get maxReadBytes(): number {
    return maxReadBytesOf(this.#negotiated);
  }

  get maxWriteBytes(): number {
    return this.maxReadBytes - EXTRA_BYTES_OF_WRITE;
  }

  /** Opens the port; the first session begins with the first request. */
  async open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    await this.#port.open((error) => {
      this.#hangUp(error);
      this.#events?.closed(error);
    }, signal);
    this.#opening.forget();
    this.#link.watch.restart();
    this.#events = events;
    this.#connection = new AbortController();
    this.#isInSession = this.#isUnclear = false;
    this.#isLaterSession = false;
  }

  async close(): Promise<void> {
    this.#events = undefined;
    const wasOpen = !this.#connection.signal.aborted;
    this.#hangUp(connectionClosed());
    await this.#mutex.whenIdle();
    if (wasOpen) await this.#terminate();
    this.#isInSession = this.#isUnclear = false;
    await this.#port.close();
  }

  async revive(): Promise<void> {
    await this.#port.cyclePower(REVIVAL_DOWN_MS);
  }

  read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.#ask(options.signal, async (signal) => {
      const pieces: Uint8Array[] = [];
      for (let done = 0; done < count;) {
        const piece = await this.#restarting(signal, (exchange) =>
          this.#readPiece(table, offset + done, count - done, { ...exchange, onSending: options.onSending }),
        );
        pieces.push(piece.data);
        done += piece.data.length;
        if (piece.data.length < piece.wanted) break;
      }
      return concatBytes(...pieces);
    });
  }

  async write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    const message = encodeOpticalRequest({ service: 'partial-write', table, offset, data });
    await this.#ask(options.signal, (signal) =>
      this.#restarting(signal, (exchange) => this.#writeOnce(message, exchange)),
    );
  }

  async #readPiece(table: number, offset: number, max: number, exchange: ExchangeOptions): Promise<Piece> {
    const wanted = Math.min(max, this.maxReadBytes);
    const request = { service: 'partial-read', table, offset, count: wanted } as const;
    return {
      wanted,
      data: decodeReadAnswer(request, await this.#link.exchange(encodeOpticalRequest(request), exchange)),
    };
  }

  /** @throws ProtocolError `write-outcome-unknown` where the meter may have done it */
  async #writeOnce(message: Uint8Array, exchange: ExchangeOptions): Promise<void> {
    try {
      decodeDone(await this.#link.exchange(message, exchange));
    } catch (error) {
      const isLost = isMeterError(error) && error.status === undefined && !isNotSent(error);
      throw isLost ? outcomeUnknown(error) : error;
    }
  }

  /** Returns the outcome at once; a session that must end is ended afterwards. */
  #ask<T>(caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#mutex.run(() => this.#perform(caller, work), caller);
  }

  async #perform<T>(caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withAbort([caller, this.#connection.signal], async (signal) => {
      if (this.#keyRejection) throw this.#keyRejection;
      this.#cancelIdle?.();
      this.#policy.asked(this.#clock.now());
      this.counters.requests++;
      try {
        return await reportingFailure(this.#report, () => work(signal));
      } catch (error) {
        throw namingTelnet(error, this.#port);
      } finally {
        this.#endWhenIdle();
      }
    });
  }

  /** Repeats a request that a busy meter refused, and begins a new session where the present one failed. */
  async #restarting<T>(signal: AbortSignal, work: Ask<T>): Promise<T> {
    for (let restarts = 0, repetitions = 0; ;) {
      let wasOpen = false;
      try {
        await this.#ensureSession(signal);
        wasOpen = true;
        const result = await this.#clearly(() => work({ signal }));
        this.#policy.answered(this.#clock.now());
        return result;
      } catch (error) {
        if (!isMeterError(error)) throw error;
        if (error.code === 'meter-busy' && repetitions++ < MAX_BUSY_REPETITIONS) {
          await pause(this.#clock, BUSY_PAUSE_MS, signal);
        } else {
          const mayRestart = isRecoverableBySession(error) && (wasOpen || !isOpticalNoResponse(error));
          if (!mayRestart || restarts++ >= MAX_RESTARTS) throw error;
          this.#noteFailure(error, wasOpen);
        }
      }
    }
  }

  #noteFailure(error: MeterError, wasOpen: boolean): void {
    if (isInconsistent(error)) {
      this.counters.rejectedAnswers++;
      this.#report({ kind: 'rejected', reason: 'inconsistent' });
    }
    this.#report({ kind: 'retry', reason: 'session' });
    if (wasOpen && isOpticalNoResponse(error)) this.#policy.endedUnanswered();
    this.#isUnclear = true;
  }

  /** Until `work` is over, the state of the session is unknown. */
  async #clearly<T>(work: () => Promise<T>): Promise<T> {
    const wasUnclear = this.#isUnclear;
    this.#isUnclear = true;
    try {
      const result = await work();
      this.#isUnclear = wasUnclear;
      return result;
    } catch (error) {
      // A refusal leaves the state of the session known.
      if (isMeterError(error) && error.status !== undefined) this.#isUnclear = wasUnclear;
      throw error;
    }
  }

  async #ensureSession(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    if (this.#policy.isClosed(now)) throw closedForNow(this.description);
    if (this.#isUnclear || (this.#isInSession && this.#policy.isOld(now))) await this.#end(signal);
    if (this.#isInSession) return;
    this.#isUnclear = true;
    try {
      this.#negotiated = await this.#opening.begin({ signal });
    } catch (error) {
      if (isMeterError(error) && error.code === 'key-rejected') this.#keyRejection = error;
      if (isOpticalNoResponse(error)) this.#policy.openedUnanswered(this.#clock.now());
      throw error;
    }
    this.#isUnclear = false;
    this.#isInSession = true;
    this.#policy.begun(this.#clock.now());
    // The guide asks for a check of the dimensions in each session. [OPT p.18]
    if (this.#isLaterSession) this.#events?.dimensionsMayHaveChanged();
    this.#isLaterSession = true;
  }

  async #end(signal: AbortSignal): Promise<void> {
    await endSession(this.#link, signal);
    if (signal.aborted) throw abortReason(signal);
    this.#isInSession = this.#isUnclear = false;
  }

  #endWhenIdle(): void {
    if (this.#connection.signal.aborted) return;
    const isToEndNow = this.#isUnclear;
    if (!isToEndNow && !this.#isInSession) return;
    const idleMs = isToEndNow ? 0 : this.#policy.idleMs(this.#clock.now());
    this.#cancelIdle = this.#clock.after(idleMs, () => {
      void this.#mutex.run(() => this.#terminate());
    });
  }

  /** Logs off and terminates, for at most TERMINATION_TIMEOUT_MS. */
  async #terminate(): Promise<void> {
    if (!this.#isInSession && !this.#isUnclear) return;
    const ending = new AbortController();
    const cancel = this.#clock.after(TERMINATION_TIMEOUT_MS, () => {
      ending.abort(connectionClosed());
    });
    this.#ending = ending;
    try {
      await endSession(this.#link, ending.signal);
    } finally {
      cancel();
      this.#ending = undefined;
      this.#isInSession = false;
      // A connection that is closed meanwhile terminates the session once more.
      this.#isUnclear = this.#connection.signal.aborted;
    }
  }

  #hangUp(error: MeterError): void {
    this.#connection.abort(error);
    this.#ending?.abort(error);
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
  }
}

interface Piece {
  readonly wanted: number;
  readonly data: Uint8Array;
}

function closedForNow(where: string): ProtocolError {
  return new ProtocolError('optical-silence', `The meter is likely to have closed its port ${where} for five minutes`);
}

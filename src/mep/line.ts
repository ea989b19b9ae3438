/**
 * A MEP line sends messages one at a time and at the pace a meter accepts. Of the received bytes only a message that the
 * sender accepts as its answer is used. The meaning of messages is the session's concern. [MEP p.10-12, p.17, p.21]
 */
import { noCounters, type TableLinkEvents } from '../c1218/table-link.js';
import { ignoreEvents, type ProtocolListener } from '../c1218/protocol-events.js';
import { RequestWatch } from '../c1218/request-watch.js';
import { type Clock, pause, systemClock } from '../clock.js';
import { abortReason, connectionClosed, type MeterError, type ProtocolError } from '../errors.js';
import { FloodWatch, lineFlooded } from '../transport/flood-watch.js';
import { TailWait } from '../transport/tail-wait.js';
import { namingTelnet } from '../transport/telnet.js';
import type { Transport } from '../transport/transport.js';
import { Mutex, withAbort } from '../mutex.js';
import { FrameDecoder, matchDigestAnswer, type FrameStartMatcher } from './frame-decoder.js';
import { ReceiveDiagnostics } from './receive-diagnostics.js';
import { ResponseTimeout } from './response-timeout.js';

export interface MepLineOptions {
  readonly transport: Transport;
  readonly clock?: Clock | undefined;
  /** Response timeout after a message; default 500 ms. [MEP p.21] */
  readonly answerTimeoutMs?: number | undefined;
  /** Limit of the response timeout where it adapts to a slow network; default: it does not adapt. */
  readonly maxAnswerTimeoutMs?: number | undefined;
  /** Quiet after which an unfinished answer is given up; default 150 ms. The meter itself pauses 25 ms. [MEP p.21] */
  readonly maxGapMs?: number | undefined;
  /** Transmission time of the longest answer; default 2000 ms, enough for 476 bytes at 2400 baud. */
  readonly maxAnswerMs?: number | undefined;
  /** From one message to the next; default 100 ms, which is all a meter takes. [MEP p.21] */
  readonly requestIntervalMs?: number | undefined;
  /** Receives the events of requests and answers. */
  readonly listener?: ProtocolListener | undefined;
}

/** A message and the means to recognise its answer. */
export interface Exchange<T> {
  /** Length included. */
  readonly message: Uint8Array;
  /** Where an answer to this message can begin; default: an answer of digest security. */
  readonly matchStart?: FrameStartMatcher | undefined;
  /** The meaning of a message body; undefined when it is not the answer, so that the search continues. */
  accept(body: Uint8Array, isInStep: boolean): T | undefined;
  /** Called when the first byte is about to leave: from then on the meter may have the message. */
  sending?(): void;
  /** Length of the answer, where it is known: fewer bytes are a shortfall. */
  readonly answerBytes?: number | undefined;
  /** Response timeout, where longer than usual. */
  readonly answerTimeoutMs?: number | undefined;
}

/** An accepted answer, and the time since the last byte was written. */
export interface Answered<T> {
  readonly answer: T;
  readonly tookMs: number;
}

/** Long enough to receive an alert: one a second, held off for a second after a request. [MEP p.17, p.21] */
const ALERT_WATCH_MS = 2_200;
/** A port whose ENABLE pin is low for a second restarts. */
const REVIVAL_DOWN_MS = 1_000;
/** Limit of the gap after bytes that are no answer, or an answer that is given up. */
const MAX_OTHER_GAP_MS = 300;
/** Waits for quiet on a line that is never quiet. */
const MAX_SETTLINGS = 3;

/** The answer that is awaited. */
interface Waiting {
  readonly matchStart: FrameStartMatcher;
  cancelTimer: () => void;
  isOverdue: boolean;
  /** An answer began and was not completed. */
  isBroken: boolean;
  /** @returns whether the body was the answer. */
  offer(body: Uint8Array, isInStep: boolean): boolean;
  giveUp(): void;
}

/** The MEP port of one meter: exclusive work, pacing, and the wait for an answer. */
export class MepLine {
  readonly counters = noCounters();
  readonly received = new ReceiveDiagnostics();
  readonly requests = new RequestWatch();
  readonly clock: Clock;
  readonly report: ProtocolListener;

  readonly #transport: Transport;
  readonly #responseTimeout: ResponseTimeout;
  readonly #tailWait = new TailWait();
  readonly #flood: FloodWatch;
  readonly #maxGapMs: number;
  readonly #maxAnswerMs: number;
  readonly #requestIntervalMs: number;

  #events: TableLinkEvents | undefined;
  #decoder = this.#newDecoder();
  #waiting: Waiting | undefined;
  #cancelGap: (() => void) | undefined;
  readonly #mutex = new Mutex();
  /** From `open` to the end of the connection; aborted with the reason of that end. */
  #connection = new AbortController();
  #lastMessageAt = Number.NEGATIVE_INFINITY;
  /** The last message, the time of its first transmission, and its unanswered transmissions. */
  #sent: { readonly message: Uint8Array; readonly at: number; unanswered: number } | undefined;
  #mayBringLateAnswers = false;

  constructor(options: MepLineOptions) {
    this.#transport = options.transport;
    this.clock = options.clock ?? systemClock;
    this.report = options.listener ?? ignoreEvents;
    this.#flood = new FloodWatch(this.clock);
    const minMs = options.answerTimeoutMs ?? 500;
    this.#responseTimeout = new ResponseTimeout({ minMs, maxMs: options.maxAnswerTimeoutMs ?? minMs });
    this.#maxGapMs = options.maxGapMs ?? 150;
    this.#maxAnswerMs = options.maxAnswerMs ?? 2_000;
    this.#requestIntervalMs = options.requestIntervalMs ?? 100;
    this.#connection.abort(connectionClosed());
  }

  get description(): string {
    return this.#transport.description;
  }

  get isNetwork(): boolean {
    return this.#transport.isNetwork === true;
  }

  /** @throws TransportError */
  async open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    this.#decoder = this.#newDecoder();
    this.#flood.reset();
    this.requests.restart();
    // Another program may have sent a request just before.
    this.#lastMessageAt = this.clock.now();
    await this.#transport.open(
      {
        data: (bytes) => {
          this.#receive(bytes);
        },
        closed: (error) => {
          this.#hangUp(error);
          this.#events?.closed(error);
        },
      },
      signal,
    );
    this.#events = events;
    this.#connection = new AbortController();
  }

  /** Rejects the present request and all queued ones with `connection-closed`. Never fails. */
  async close(): Promise<void> {
    this.#events = undefined;
    this.#hangUp(connectionClosed());
    await this.#transport.close();
  }

  /** Restarts a port that no longer responds, if its transport can. */
  async revive(): Promise<void> {
    await this.#transport.cyclePower?.(REVIVAL_DOWN_MS);
  }

  /**
   * Runs `work` when all exclusive work before it is over.
   * @param work gets a signal that is aborted, with the error as reason, when the caller cancels or the connection ends
   * @throws UsageError `cancelled`, TransportError, whatever `work` throws
   */
  exclusive<T>(caller: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      try {
        return await withAbort([caller, this.#connection.signal], work);
      } catch (error) {
        throw namingTelnet(error, this.#transport);
      }
    }, caller);
  }

  /**
   * Sends a message when the meter can take it and waits for its answer.
   * @param notBefore on the line's clock; default: as soon as the meter takes a message
   * @returns undefined when nothing was accepted in time
   */
  async exchange<T>(
    exchange: Exchange<T>,
    signal: AbortSignal,
    notBefore = Number.NEGATIVE_INFINITY,
  ): Promise<Answered<T> | undefined> {
    await this.#untilAllowed(notBefore, signal);
    return this.#sendAndWait(exchange, signal);
  }

  /**
   * Whether a network may still deliver the answer to an earlier message in place of the next one. Never on a cable.
   */
  get mayBringLateAnswers(): boolean {
    return this.#mayBringLateAnswers && this.#responseTimeout.isAdaptive;
  }

  /**
   * Waits for late answers, if there may be any, and drops them.
   * @throws what the signal was aborted with
   */
  async settle(signal: AbortSignal): Promise<void> {
    let isQuiet = !this.mayBringLateAnswers;
    for (let settlings = 0; !isQuiet && settlings < MAX_SETTLINGS; settlings++) {
      const before = this.counters.discardedBytes;
      await pause(this.clock, this.#responseTimeout.answerMs(0, settlings), signal);
      isQuiet = this.counters.discardedBytes === before;
    }
    this.#mayBringLateAnswers = false;
  }

  /**
   * Why a message was not answered. A meter holds its alerts off for a second after each message [MEP p.21], so a line
   * without any answer yet is watched for a while: alerts alone show that it works in one direction.
   * @param isNew nothing was ever verified on this line
   */
  async unanswered(isNew: boolean, signal: AbortSignal): Promise<ProtocolError> {
    if (isNew && this.received.isNothing) await pause(this.clock, ALERT_WATCH_MS, signal);
    return this.received.error(this.description);
  }

  /** Raises `dimensionsMayHaveChanged`. */
  reportPossibleChange(): void {
    this.#events?.dimensionsMayHaveChanged();
  }

  async #untilAllowed(notBefore: number, signal: AbortSignal): Promise<void> {
    const at = Math.max(this.#lastMessageAt + this.#requestIntervalMs, notBefore);
    const wait = at - this.clock.now();
    if (signal.aborted) throw abortReason(signal);
    if (wait > 0) await pause(this.clock, wait, signal);
  }

  async #sendAndWait<T>(exchange: Exchange<T>, signal: AbortSignal): Promise<Answered<T> | undefined> {
    this.#lastMessageAt = this.clock.now();
    this.received.noteSending();
    const sent = this.#noteSending(exchange.message);
    const { promise, resolve, reject } = withResolvers<{ readonly answer: T } | undefined>();
    const abort = (): void => {
      reject(abortReason(signal));
    };
    const waiting: Waiting = {
      matchStart: exchange.matchStart ?? matchDigestAnswer,
      cancelTimer: () => undefined,
      isOverdue: false,
      isBroken: false,
      offer: (body, isInStep) => {
        const answer = exchange.accept(body, isInStep);
        if (answer !== undefined) resolve({ answer });
        return answer !== undefined;
      },
      giveUp: () => {
        resolve(undefined);
      },
    };
    this.#waiting = waiting;
    // The connection may end before the write has resolved, while the answer is not awaited yet.
    promise.catch(() => undefined);
    signal.addEventListener('abort', abort, { once: true });
    try {
      exchange.sending?.();
      await this.#transport.write(exchange.message);
      const sentAt = this.clock.now();
      const timeoutMs = this.#responseTimeout.answerMs(exchange.answerTimeoutMs ?? 0, sent.unanswered);
      waiting.cancelTimer = this.clock.after(timeoutMs, () => {
        this.#overdue(waiting);
      });
      const answered = await promise;
      if (!answered) {
        // A damaged answer says nothing about response times.
        if (waiting.isBroken) this.#sent = undefined;
        else sent.unanswered++;
        this.#mayBringLateAnswers = true;
        this.received.noteUnanswered(exchange.answerBytes);
        return undefined;
      }
      this.#flood.reset();
      this.#responseTimeout.note(this.clock.now() - sent.at);
      return { ...answered, tookMs: this.clock.now() - sentAt };
    } finally {
      waiting.cancelTimer();
      signal.removeEventListener('abort', abort);
      this.#waiting = undefined;
    }
  }

  /** A late answer may belong to the first transmission, so response time is measured from that one. */
  #noteSending(message: Uint8Array): { readonly at: number; unanswered: number } {
    if (this.#sent?.message !== message) this.#sent = { message, at: this.clock.now(), unanswered: 0 };
    return this.#sent;
  }

  /** An answer that began in time may continue to its last byte, to a gap, or for the time of the longest answer. */
  #overdue(waiting: Waiting): void {
    if (!this.#cancelGap || waiting.isOverdue) {
      waiting.giveUp();
      return;
    }
    waiting.isOverdue = true;
    waiting.cancelTimer = this.clock.after(this.#maxAnswerMs, () => {
      waiting.giveUp();
    });
  }

  #newDecoder(): FrameDecoder {
    return new FrameDecoder(
      {
        message: (body, isInStep) => this.#waiting?.offer(body, isInStep) ?? false,
        alert: () => {
          this.counters.alerts++;
          this.report({ kind: 'alert' });
          this.received.noteAlert();
          this.#events?.alert();
        },
      },
      (bytes, start, end) => (this.#waiting?.matchStart ?? matchDigestAnswer)(bytes, start, end),
    );
  }

  #receive(bytes: Uint8Array): void {
    if (this.#flood.note(bytes.length)) {
      this.#endFlooded();
      return;
    }
    this.received.noteBytes(bytes);
    this.#decode(() => {
      this.#decoder.push(bytes);
    });
    this.#cancelGap?.();
    this.#cancelGap = this.#decoder.isWaiting
      ? this.clock.after(this.#gapMs(), () => {
          this.#gap();
        })
      : undefined;
  }

  #endFlooded(): void {
    const error = lineFlooded(this.description);
    void this.#transport.close();
    this.#hangUp(error);
    this.#events?.closed(error);
  }

  #gapMs(): number {
    const { holdsAlert, missingBytes } = this.#decoder;
    const mayGoOn = this.#waiting !== undefined && !holdsAlert && this.#tailWait.isWorthWaiting(missingBytes);
    return mayGoOn ? this.#maxGapMs : Math.min(this.#maxGapMs, MAX_OTHER_GAP_MS);
  }

  #gap(): void {
    this.#cancelGap = undefined;
    const { missingBytes, shortfall } = this.#decoder;
    if (shortfall && this.#waiting) this.received.noteShortfall(shortfall);
    const isBroken = missingBytes !== undefined;
    this.#tailWait.noteBroken(missingBytes);
    this.#decode(() => {
      this.#decoder.gap();
    });
    const waiting = this.#waiting;
    if (!waiting) return;
    waiting.isBroken ||= isBroken;
    // A timeout that adapts to a network may be long: a broken answer ends the wait at once.
    if (waiting.isOverdue || (isBroken && this.#responseTimeout.isAdaptive)) waiting.giveUp();
  }

  #decode(step: () => void): void {
    const before = this.#decoder.discardedBytes;
    step();
    this.counters.discardedBytes += this.#decoder.discardedBytes - before;
  }

  #hangUp(error: MeterError): void {
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    this.#connection.abort(error);
  }
}

interface Resolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

function withResolvers<T>(): Resolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

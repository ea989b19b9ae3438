/**
 * One conversation with a MEP port: one request at a time, numbered, signed, repeated when the line lost it, and
 * answered only by what verifies. [MEP p.10-13, p.15-21]
 */
import { toHex } from '../bytes/hex.js';
import { type RoundTrip, RoundTripMeasurement } from '../c1218/round-trip.js';
import { decodeAnswer, encodeRequest, isWrite, RESPONSE_CODES, refusal, type TableRequest } from '../c1218/services.js';
import { noCounters, type RequestOptions, type TableLink, type TableLinkEvents } from '../c1218/table-link.js';
import { type Clock, systemClock } from '../clock.js';
import {
  cancelled,
  type MeterError,
  ProtocolError,
  SecurityError,
  TransportError,
  throwIfCancelled,
} from '../errors.js';
import type { Transport } from '../transport/transport.js';
import { FrameDecoder } from './frame-decoder.js';
import { MAX_READ_BYTES, nextSequence } from './message.js';
import type { MepSecurity, SealedRequest } from './security.js';

export interface MepSessionOptions {
  readonly transport: Transport;
  readonly security: MepSecurity;
  readonly clock?: Clock;
  /** Silence after a request before it is sent again; default 500 ms. [MEP p.21] A slow bridge may need more. */
  readonly answerTimeoutMs?: number;
  /** Times an unanswered request is sent again; default 3. */
  readonly retries?: number;
  /** Quiet after which an unfinished answer is given up; default 150 ms. The meter itself pauses 25 ms. [MEP p.21] */
  readonly maxGapMs?: number;
  /** What the longest answer takes on the line; default 2000 ms, enough for 476 bytes at 2400 baud. */
  readonly longestAnswerMs?: number;
  /** From one request to the next; default 100 ms, which is all a meter takes. [MEP p.21] */
  readonly requestIntervalMs?: number;
}

/** New numbers a meter may ask for during one request before that is an error. */
const MAX_SEQUENCE_CORRECTIONS = 3;
/** Repetitions of a request that a meter refused as wrongly signed, when the key has worked before. */
const MAX_REFUSAL_RETRIES = 3;
const FIRST_REFUSAL_PAUSE_MS = 1_000;
const LONGEST_REFUSAL_PAUSE_MS = 300_000;
/** Long enough to hear an alert: one a second, held off for a second after a request. [MEP p.17, p.21] */
const ALERT_WATCH_MS = 2_200;
/** A port whose ENABLE line is down for a second begins anew. */
const REVIVAL_DOWN_MS = 1_000;
/** Received bytes kept for the error text when nothing readable came. */
const HEARD_SAMPLE_BYTES = 64;

type Outcome = { readonly answer: Uint8Array } | 'refused' | 'timeout';

/** What is waited for at this moment. */
interface Waiting {
  readonly request: SealedRequest;
  cancelTimer: () => void;
  isOverdue: boolean;
  settle(outcome: Outcome): void;
  fail(error: MeterError): void;
}

/** A MEP port as a `TableLink`. */
export class MepSession implements TableLink {
  readonly protocol = 'mep';
  readonly maxReadBytes = MAX_READ_BYTES;
  readonly counters = noCounters();

  readonly #roundTrips = new RoundTripMeasurement();
  readonly #transport: Transport;
  readonly #security: MepSecurity;
  readonly #clock: Clock;
  readonly #answerTimeoutMs: number;
  readonly #retries: number;
  readonly #maxGapMs: number;
  readonly #longestAnswerMs: number;
  readonly #requestIntervalMs: number;

  #events: TableLinkEvents | undefined;
  #decoder = this.#newDecoder();
  #waiting: Waiting | undefined;
  #cancelGap: (() => void) | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** The request under way; aborted with the reason why it cannot be answered any more. */
  #turn: AbortController | undefined;
  #hungUpBy: MeterError | undefined = notOpen();
  #lastRequestAt = Number.NEGATIVE_INFINITY;
  #sequence = 1;
  #lastSealed: number | undefined;
  #isSequenceKnown = false;
  #hasKeyWorked = false;
  #isKeyRejected = false;
  #refusalsInARow = 0;
  #lastRefusalAt = Number.NEGATIVE_INFINITY;
  #heard: number[] = [];
  #alertsHeard = 0;
  /** The port asked for a session. Nothing signs that answer: it is believed when no better one comes. */
  #sessionWanted: ProtocolError | undefined;

  constructor(options: MepSessionOptions) {
    this.#transport = options.transport;
    this.#security = options.security;
    this.#clock = options.clock ?? systemClock;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? 500;
    this.#retries = options.retries ?? 3;
    this.#maxGapMs = options.maxGapMs ?? 150;
    this.#longestAnswerMs = options.longestAnswerMs ?? 2_000;
    this.#requestIntervalMs = options.requestIntervalMs ?? 100;
  }

  get description(): string {
    return this.#transport.description;
  }

  get roundTrip(): RoundTrip {
    return this.#roundTrips.times;
  }

  async open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    this.#decoder = this.#newDecoder();
    // Whoever had the port before may have asked just now.
    this.#lastRequestAt = this.#clock.now();
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
    this.#hungUpBy = undefined;
  }

  async close(): Promise<void> {
    this.#events = undefined;
    this.#hangUp(notOpen());
    await this.#transport.close();
  }

  async revive(): Promise<void> {
    await this.#transport.cyclePower?.(REVIVAL_DOWN_MS);
  }

  async read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.#ask({ service: 'partial-read', table, offset, count }, options);
  }

  async write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.#ask({ service: 'partial-write', table, offset, data }, options);
  }

  #ask(request: TableRequest, options: RequestOptions): Promise<Uint8Array> {
    const turn = this.#queue.then(() => this.#perform(request, options.signal));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #perform(request: TableRequest, caller: AbortSignal | undefined): Promise<Uint8Array> {
    throwIfCancelled(caller, 'The request');
    if (this.#hungUpBy) throw this.#hungUpBy;
    const turn = new AbortController();
    const cancel = (): void => {
      turn.abort(cancelled('The request'));
    };
    caller?.addEventListener('abort', cancel, { once: true });
    this.#turn = turn;
    this.counters.requests++;
    try {
      return await this.#readOnce(request, turn.signal);
    } finally {
      this.#turn = undefined;
      caller?.removeEventListener('abort', cancel);
    }
  }

  async #readOnce(request: TableRequest, signal: AbortSignal): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      try {
        return decodeAnswer(request, await this.#exchange(request, signal)).data;
      } catch (error) {
        const mayAskAgain = error instanceof ProtocolError && error.code === 'inconsistent-answer' && !isWrite(request);
        if (!mayAskAgain || attempt >= this.#retries) throw error;
        this.counters.rejectedAnswers++;
      }
    }
  }

  /** Sends until a verified answer other than "wrong number" or "wrong digest" is there. */
  async #exchange(request: TableRequest, signal: AbortSignal): Promise<Uint8Array> {
    const plain = encodeRequest(request);
    let corrections = 0;
    let refusals = 0;
    let sealed = this.#sealNext(plain);
    this.#heard = [];
    this.#alertsHeard = 0;
    this.#sessionWanted = undefined;
    for (let silences = 0; ;) {
      await this.#untilAllowed(signal);
      const outcome = await this.#sendAndWait(sealed, signal);
      if (outcome === 'timeout') {
        this.counters.timeouts++;
        // A key that was refused once is not sent again and again into silence: each may be one more refusal.
        const isOnTrial = this.#refusalsInARow > 0 && !this.#hasKeyWorked;
        if (isOnTrial || silences++ >= this.#retries) throw await this.#unanswered(signal);
        this.counters.retries++;
      } else if (outcome === 'refused') {
        this.#noteRefusal(++refusals);
        this.counters.retries++;
        sealed = this.#sealNext(plain);
      } else if (outcome.answer[0] === RESPONSE_CODES.invalidSequenceNumber) {
        // The number was used up by a transmission whose answer was lost, or the meter jumped ahead. A write may have been done.
        if (isWrite(request) && silences > 0) throw outcomeUnknown(outcome.answer);
        if (corrections++ >= MAX_SEQUENCE_CORRECTIONS) throw sequenceRejected(outcome.answer);
        this.#correctSequence(outcome.answer);
        sealed = this.#sealNext(plain);
      } else {
        return outcome.answer;
      }
    }
  }

  /**
   * Numbers are given out when a request is sent: one queued behind a correction must not carry a stale one. A number
   * that went out and was not answered may be used up; the meter takes the next one as well. [MEP p.11]
   */
  #sealNext(plain: Uint8Array): SealedRequest {
    if (this.#sequence === this.#lastSealed) this.#sequence = nextSequence(this.#sequence);
    this.#lastSealed = this.#sequence;
    return this.#security.seal(plain, this.#sequence);
  }

  /** The meter takes a request each 100 ms; and a port that refused our key gets growing pauses. */
  async #untilAllowed(signal: AbortSignal): Promise<void> {
    if (this.#isKeyRejected) throw keyRejected();
    const afterRefusal =
      this.#refusalsInARow === 0
        ? 0
        : Math.min(FIRST_REFUSAL_PAUSE_MS * 2 ** (this.#refusalsInARow - 1), LONGEST_REFUSAL_PAUSE_MS);
    const at = Math.max(this.#lastRequestAt + this.#requestIntervalMs, this.#lastRefusalAt + afterRefusal);
    const pause = at - this.#clock.now();
    if (signal.aborted) throw signal.reason;
    if (pause > 0) await this.#sleep(pause, signal);
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancelTimer();
        reject(signal.reason as MeterError);
      };
      const cancelTimer = this.#clock.after(delayMs, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  async #sendAndWait(request: SealedRequest, signal: AbortSignal): Promise<Outcome> {
    this.#lastRequestAt = this.#clock.now();
    let abort = (): void => undefined;
    const answered = new Promise<Outcome>((resolve, reject) => {
      this.#waiting = { request, cancelTimer: () => undefined, isOverdue: false, settle: resolve, fail: reject };
      abort = () => {
        reject(signal.reason as MeterError);
      };
    });
    // The line may break before the write has resolved, when nobody awaits the answer yet.
    answered.catch(() => undefined);
    const waiting = this.#waiting;
    signal.addEventListener('abort', abort, { once: true });
    try {
      await this.#transport.write(request.message);
      const sentAt = this.#clock.now();
      if (waiting)
        waiting.cancelTimer = this.#clock.after(this.#answerTimeoutMs, () => {
          this.#overdue(waiting);
        });
      const outcome = await answered;
      if (typeof outcome === 'object') this.#roundTrips.add(this.#clock.now() - sentAt);
      return outcome;
    } finally {
      waiting?.cancelTimer();
      signal.removeEventListener('abort', abort);
      this.#waiting = undefined;
    }
  }

  /** An answer that has begun in time may go on to its last byte, to a gap, or for as long as the longest one takes. */
  #overdue(waiting: Waiting): void {
    if (!this.#cancelGap || waiting.isOverdue) {
      waiting.settle('timeout');
      return;
    }
    waiting.isOverdue = true;
    waiting.cancelTimer = this.#clock.after(this.#longestAnswerMs, () => {
      waiting.settle('timeout');
    });
  }

  #newDecoder(): FrameDecoder {
    return new FrameDecoder({
      message: (body) => this.#accept(body),
      alert: () => {
        this.counters.alerts++;
        this.#alertsHeard++;
        this.#events?.alert();
      },
    });
  }

  #receive(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && this.#heard.length < HEARD_SAMPLE_BYTES; i++)
      this.#heard.push(bytes[i] as number);
    this.#decode(() => {
      this.#decoder.push(bytes);
    });
    this.#cancelGap?.();
    this.#cancelGap = this.#decoder.isWaiting
      ? this.#clock.after(this.#maxGapMs, () => {
          this.#gap();
        })
      : undefined;
  }

  #gap(): void {
    this.#cancelGap = undefined;
    this.#decode(() => {
      this.#decoder.gap();
    });
    if (this.#waiting?.isOverdue) this.#waiting.settle('timeout');
  }

  #decode(step: () => void): void {
    const before = this.#decoder.discardedBytes;
    step();
    this.counters.discardedBytes += this.#decoder.discardedBytes - before;
  }

  /** Whether a message is the answer that is waited for. Nothing else is ever used. */
  #accept(body: Uint8Array): boolean {
    const waiting = this.#waiting;
    if (!waiting) return false;
    const answer = waiting.request.open(body);
    if (answer) this.#heard = [];
    if (answer && answer[0] !== RESPONSE_CODES.authenticationFailure) {
      this.#noteVerified(answer);
      waiting.settle({ answer });
      return true;
    }
    // With which key a refused signature is answered the guide does not say: it counts as a failure, never as data.
    if (body[0] === RESPONSE_CODES.authenticationFailure) {
      this.#heard = [];
      waiting.settle('refused');
      return true;
    }
    if (body[0] === RESPONSE_CODES.invalidServiceSequence) {
      this.#sessionWanted = refusal(body[0], body.slice());
      waiting.settle('timeout');
      return true;
    }
    this.counters.rejectedAnswers++;
    return false;
  }

  #noteVerified(answer: Uint8Array): void {
    this.#hasKeyWorked = true;
    this.#refusalsInARow = 0;
    if (answer[0] === RESPONSE_CODES.invalidSequenceNumber) return;
    this.#sequence = nextSequence(this.#sequence);
    this.#isSequenceKnown = true;
  }

  /** @throws SecurityError once there is no sense in trying again: wrong keys can lock the port and raise an alarm. */
  #noteRefusal(refusals: number): void {
    this.#refusalsInARow++;
    this.#lastRefusalAt = this.#clock.now();
    if (this.#hasKeyWorked) {
      if (refusals > MAX_REFUSAL_RETRIES || this.#refusalsInARow > MAX_REFUSAL_RETRIES + 1) throw requestRefused();
    } else if (this.#refusalsInARow > 1) {
      this.#isKeyRejected = true;
      throw keyRejected();
    }
  }

  #correctSequence(answer: Uint8Array): void {
    this.counters.sequenceCorrections++;
    const wanted = new DataView(answer.buffer, answer.byteOffset).getUint32(1);
    const ahead = nextSequence(wanted, -this.#sequence);
    const wasUsedUp = ahead <= 1;
    if (this.#isSequenceKnown && !wasUsedUp) this.#events?.sequenceJumped();
    this.#isSequenceKnown = true;
    this.#sequence = nextSequence(wanted);
  }

  /**
   * Why there was no answer. A meter holds its alerts off for a second after each request [MEP p.21], so a line that
   * never brought an answer is listened to for a while: alerts alone tell that it works in one direction.
   */
  async #unanswered(signal: AbortSignal): Promise<ProtocolError> {
    const isSilent = this.#heard.length === 0 && !this.#sessionWanted;
    if (!this.#hasKeyWorked && isSilent) await this.#sleep(ALERT_WATCH_MS, signal);
    if (this.#sessionWanted) return this.#sessionWanted;
    const raw = Uint8Array.from(this.#heard);
    const alertBytes = 2 * this.#alertsHeard;
    if (raw.length > Math.min(alertBytes, HEARD_SAMPLE_BYTES)) {
      return new ProtocolError('unreadable-answer', `Only unreadable bytes came back: ${toHex(raw)}`, { raw });
    }
    if (this.#alertsHeard > 0) return new ProtocolError('only-alerts', 'The meter sends alerts but no answer');
    return new ProtocolError('no-answer', `No answer from the meter at ${this.description}`);
  }

  #hangUp(error: MeterError): void {
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    this.#hungUpBy = error;
    this.#turn?.abort(error);
  }
}

function notOpen(): TransportError {
  return new TransportError('connection-closed', 'The connection is closed');
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

function sequenceRejected(raw: Uint8Array): ProtocolError {
  return new ProtocolError('sequence-rejected', 'The meter keeps asking for another sequence number', {
    raw,
    status: RESPONSE_CODES.invalidSequenceNumber,
  });
}

function outcomeUnknown(raw: Uint8Array): ProtocolError {
  return new ProtocolError('write-outcome-unknown', 'The answer to a write was lost: whether it was done is unknown', {
    raw,
  });
}

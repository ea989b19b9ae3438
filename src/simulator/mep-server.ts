/**
 * The meter's side of a MEP line: finds requests in the received bytes, paces the answers, sends alerts.
 * [MEP p.17, p.21]
 */
import { uint16At } from '../bytes/byte-at.js';
import type { Clock } from '../clock.js';
import { frameMessage, LENGTH_BYTES, MAX_MESSAGE_BYTES } from '../mep/message.js';
import type { FaultInjector } from './faults.js';
import { LineOutput, Timers } from './line-output.js';

/** Timing of a meter. */
export interface LineTiming {
  /** A longer pause within a request drops the request. */
  readonly interByteMs: number;
  /** Minimum from one request to the next; an earlier one is delayed. */
  readonly requestIntervalMs: number;
  /** From the last byte of a request to the first byte of its answer. */
  readonly answerDelayMs: number;
  /** Pause after each segment of an answer. */
  readonly segmentGapMs: number;
  /** Bits a second, ten to a byte; 0 for a line that takes no time. */
  readonly baudRate: number;
}

/** The timing of the guide, on a line without transmission time. */
export const METER_TIMING: LineTiming = {
  interByteMs: 50,
  requestIntervalMs: 100,
  answerDelayMs: 15,
  segmentGapMs: 25,
  baudRate: 0,
};
/** For tests that do not depend on timing. */
export const NO_TIMING: LineTiming = {
  interByteMs: 50,
  requestIntervalMs: 0,
  answerDelayMs: 0,
  segmentGapMs: 0,
  baudRate: 0,
};

const SEGMENT_BYTES = 117;
const ALERT_INTERVAL_MS = 1_000;
/** Interval at which a meter samples its delta data sources. [MEP p.34] */
const WATCH_INTERVAL_MS = 1_000;
const ALERT = new Uint8Array(LENGTH_BYTES);
/** Requests that a meter can queue. */
const MAX_QUEUED = 4;

/** What the line needs of a meter. */
export interface LineMeter {
  /** False without power, or while the port is stuck: nothing is received or sent. */
  readonly isListening: boolean;
  readonly isAlertRaised: boolean;
  /** True if measured values can raise the alert: it is then checked once a second. */
  readonly isWatching: boolean;
  /** The body of the answer to the body of a request. */
  answer(body: Uint8Array): Uint8Array;
  /** Advances the expected sequence number. */
  jumpSequence(step: number): void;
  /** Calls `listener` when `isAlertRaised` has changed; returns a function that removes it. */
  onAlertChange(listener: () => void): () => void;
}

export interface MepServerOptions {
  readonly meter: LineMeter;
  readonly clock: Clock;
  readonly timing: LineTiming;
  readonly faults: FaultInjector;
  /** Sends bytes to the client. */
  send(bytes: Uint8Array): void;
}

/** One connection to a simulated meter. `stop` ends it and all its timers. */
export class MepServer {
  readonly #options: MepServerOptions;
  readonly #timers: Timers;
  readonly #output: LineOutput;
  readonly #received = new Uint8Array(LENGTH_BYTES + MAX_MESSAGE_BYTES);
  readonly #endAlertWatch: () => void;
  #length = 0;
  #isLost = false;
  #lastByteAt = Number.NEGATIVE_INFINITY;
  #nextRequestAt = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #cancelAlert: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;

  constructor(options: MepServerOptions) {
    this.#options = options;
    this.#timers = new Timers(options.clock);
    this.#output = new LineOutput({
      clock: options.clock,
      baudRate: options.timing.baudRate,
      send: (bytes) => {
        this.#send(bytes);
      },
    });
    this.#endAlertWatch = options.meter.onAlertChange(() => {
      this.#watchAlert();
    });
    this.#watchAlert();
  }

  /** Receives bytes from the client. */
  receive(bytes: Uint8Array): void {
    const { faults, clock } = this.#options;
    for (const chunk of faults.onRequest(bytes, clock.now())) this.#take(chunk);
  }

  /** Ends the connection. */
  stop(): void {
    this.#endAlertWatch();
    this.#cancelAlert?.();
    this.#cancelAlert = undefined;
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    this.#timers.clear();
    this.#output.stop();
  }

  #take(bytes: Uint8Array): void {
    const now = this.#options.clock.now();
    if (!this.#options.meter.isListening) return;
    if (now - this.#lastByteAt > this.#options.timing.interByteMs) {
      this.#length = 0;
      this.#isLost = false;
    }
    this.#lastByteAt = now;
    for (const byte of bytes) this.#takeByte(byte);
  }

  #takeByte(byte: number): void {
    if (this.#isLost) return;
    this.#received[this.#length++] = byte;
    if (this.#length < LENGTH_BYTES) return;
    const length = uint16At(this.#received, 0);
    if (length === 0 || length > MAX_MESSAGE_BYTES) {
      // The length is invalid: only a pause shows where the next request begins.
      this.#length = 0;
      this.#isLost = true;
      return;
    }
    if (this.#length < LENGTH_BYTES + length) return;
    this.#queue(this.#received.slice(LENGTH_BYTES, this.#length));
    this.#length = 0;
  }

  #queue(body: Uint8Array): void {
    const { clock, timing } = this.#options;
    const now = clock.now();
    this.#lastFrameAt = now;
    if (this.#waiting >= MAX_QUEUED) return;
    const at = Math.max(now, this.#nextRequestAt);
    this.#nextRequestAt = at + timing.requestIntervalMs;
    this.#waiting++;
    this.#timers.after(at - now + timing.answerDelayMs, () => {
      this.#waiting--;
      this.#answer(body);
    });
  }

  #answer(body: Uint8Array): void {
    const { meter, faults } = this.#options;
    if (!meter.isListening) return;
    const jump = faults.sequenceJump();
    if (jump > 0) meter.jumpSequence(jump);
    for (const { delayMs, bytes } of faults.onAnswer(frameMessage(meter.answer(body)))) this.#emit(bytes, delayMs);
  }

  /** Sends an answer in segments. [MEP p.21] */
  #emit(bytes: Uint8Array, delayMs: number): void {
    const { segmentGapMs } = this.#options.timing;
    for (let start = 0; start < bytes.length; start += SEGMENT_BYTES) {
      const isLast = start + SEGMENT_BYTES >= bytes.length;
      const segment = bytes.subarray(start, start + SEGMENT_BYTES);
      this.#output.put(segment, start === 0 ? delayMs : 0, isLast ? 0 : segmentGapMs);
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.meter.isListening) this.#options.send(bytes);
  }

  #watchAlert(): void {
    const { meter, clock } = this.#options;
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (!meter.isAlertRaised) {
      this.#cancelAlert?.();
      this.#cancelAlert = undefined;
      if (!meter.isWatching) return;
      this.#cancelWatch = clock.after(WATCH_INTERVAL_MS, () => {
        this.#watchAlert();
      });
    } else if (!this.#cancelAlert) {
      this.#scheduleAlert(0);
    }
  }

  /** A request suppresses the alert for a second. [MEP p.21] */
  #scheduleAlert(delayMs: number): void {
    const { clock } = this.#options;
    const now = clock.now();
    const at = Math.max(now + delayMs, this.#lastFrameAt + ALERT_INTERVAL_MS, this.#output.freeAt);
    this.#cancelAlert = clock.after(at - now, () => {
      if (clock.now() >= Math.max(this.#lastFrameAt + ALERT_INTERVAL_MS, this.#output.freeAt)) {
        this.#send(ALERT);
        this.#scheduleAlert(ALERT_INTERVAL_MS);
      } else {
        this.#scheduleAlert(0);
      }
    });
  }
}

/**
 * The meter's end of a MEP line: finds requests in the bytes that come in, paces what goes out, raises alerts.
 * [MEP p.17, p.21]
 */
import type { Clock } from '../clock.js';
import { frameMessage, LENGTH_BYTES, MAX_MESSAGE_BYTES } from '../mep/message.js';
import type { FaultInjector } from './faults.js';
import { LineOutput, Timers } from './line-output.js';

/** How a meter takes its time. */
export interface LineTiming {
  /** A request is given up when its next byte takes longer. */
  readonly interByteMs: number;
  /** From one request to the next; one that comes earlier waits. */
  readonly requestIntervalMs: number;
  /** From the last byte of a request to the first of its answer. */
  readonly answerDelayMs: number;
  /** Pause after each segment of an answer. */
  readonly segmentGapMs: number;
  /** Bits a second, ten to a byte; 0 for a line that takes no time. */
  readonly baudRate: number;
}

/** As the guide describes it, on a line that takes no time of its own. */
export const METER_TIMING: LineTiming = {
  interByteMs: 50,
  requestIntervalMs: 100,
  answerDelayMs: 15,
  segmentGapMs: 25,
  baudRate: 0,
};
/** For tests that are not about time. */
export const NO_TIMING: LineTiming = {
  interByteMs: 50,
  requestIntervalMs: 0,
  answerDelayMs: 0,
  segmentGapMs: 0,
  baudRate: 0,
};

const SEGMENT_BYTES = 117;
const ALERT_INTERVAL_MS = 1_000;
/** How often a meter samples the sources that it watches. [MEP p.34] */
const WATCH_INTERVAL_MS = 1_000;
const ALERT = new Uint8Array(LENGTH_BYTES);
/** Requests that wait for their turn; a meter has room for few. */
const MOST_WAITING = 4;

/** The meter as its line sees it. */
export interface LineMeter {
  /** A meter without power, or one that is stuck, takes nothing in and sends nothing. */
  readonly isListening: boolean;
  readonly isAlertRaised: boolean;
  /** Whether the alert may be raised by what the meter measures: then it is looked at once a second. */
  readonly isWatching: boolean;
  /** The body of the answer to a request's body. */
  answer(body: Uint8Array): Uint8Array;
  /** Moves the expected sequence number on. */
  jumpSequence(step: number): void;
  /** Called when `isAlertRaised` has changed; returns how to end that. */
  onAlertChange(listener: () => void): () => void;
}

export interface MepServerOptions {
  readonly meter: LineMeter;
  readonly clock: Clock;
  readonly timing: LineTiming;
  readonly faults: FaultInjector;
  /** Where the meter's bytes go. */
  send(bytes: Uint8Array): void;
}

/** One connection to a simulated meter. Ends with `stop`; leaves no timer behind. */
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

  /** Takes in bytes as they come over the line. */
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
    const length = (this.#received[0] ?? 0) * 256 + (this.#received[1] ?? 0);
    if (length === 0 || length > MAX_MESSAGE_BYTES) {
      // Where the next request begins only a pause can tell.
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
    if (this.#waiting >= MOST_WAITING) return;
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

  /** Sends in segments. [MEP p.21] */
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

  /** A frame holds an alert off for a second. [MEP p.21] */
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

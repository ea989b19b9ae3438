/**
 * The meter's end of a MEP line: finds requests in the bytes that come in, paces what goes out, raises alerts.
 * [MEP p.17, p.21]
 */
import type { Clock } from '../clock.js';
import { frameMessage, LENGTH_BYTES, MAX_MESSAGE_BYTES } from '../mep/message.js';
import type { FaultInjector } from './faults.js';

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
const ALERT = new Uint8Array(LENGTH_BYTES);
const BITS_A_BYTE = 10;
/** Requests that wait for their turn; a meter has room for few. */
const MOST_WAITING = 4;

/** The meter as its line sees it. */
export interface LineMeter {
  /** A meter without power, or one that is stuck, takes nothing in and sends nothing. */
  readonly isListening: boolean;
  readonly isAlertRaised: boolean;
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

/** What a byte count takes on the line. */
export function lineTime(bytes: number, baudRate: number): number {
  return baudRate === 0 ? 0 : (bytes * BITS_A_BYTE * 1000) / baudRate;
}

/** One connection to a simulated meter. Ends with `stop`; leaves no timer behind. */
export class MepServer {
  readonly #options: MepServerOptions;
  readonly #timers = new Set<() => void>();
  readonly #received = new Uint8Array(LENGTH_BYTES + MAX_MESSAGE_BYTES);
  readonly #endAlertWatch: () => void;
  #length = 0;
  #isLost = false;
  #lastByteAt = Number.NEGATIVE_INFINITY;
  #nextRequestAt = Number.NEGATIVE_INFINITY;
  #waiting = 0;
  readonly #output: Uint8Array[] = [];
  #outputFreeAt = Number.NEGATIVE_INFINITY;
  #lastFrameAt = Number.NEGATIVE_INFINITY;
  #cancelAlert: (() => void) | undefined;

  constructor(options: MepServerOptions) {
    this.#options = options;
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
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
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
    this.#after(at - now + timing.answerDelayMs, () => {
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

  /** Sends in segments, each when its last bit would be over the line. */
  #emit(bytes: Uint8Array, delayMs: number): void {
    const { clock, timing } = this.#options;
    const now = clock.now();
    let at = Math.max(now, this.#outputFreeAt) + delayMs;
    for (let start = 0; start < bytes.length; start += SEGMENT_BYTES) {
      const segment = bytes.subarray(start, start + SEGMENT_BYTES);
      at += lineTime(segment.length, timing.baudRate);
      this.#output.push(segment);
      // Timers of about the same time may fire in either order: each sends what is due next.
      this.#after(at - now, () => {
        const due = this.#output.shift();
        if (due) this.#send(due);
      });
      this.#outputFreeAt = at;
      at += timing.segmentGapMs;
    }
  }

  #send(bytes: Uint8Array): void {
    if (this.#options.meter.isListening) this.#options.send(bytes.slice());
  }

  #watchAlert(): void {
    if (!this.#options.meter.isAlertRaised) {
      this.#cancelAlert?.();
      this.#cancelAlert = undefined;
    } else if (!this.#cancelAlert) {
      this.#scheduleAlert(0);
    }
  }

  /** A frame holds an alert off for a second. [MEP p.21] */
  #scheduleAlert(delayMs: number): void {
    const { clock } = this.#options;
    const now = clock.now();
    const at = Math.max(now + delayMs, this.#lastFrameAt + ALERT_INTERVAL_MS, this.#outputFreeAt);
    this.#cancelAlert = clock.after(at - now, () => {
      if (clock.now() >= Math.max(this.#lastFrameAt + ALERT_INTERVAL_MS, this.#outputFreeAt)) {
        this.#send(ALERT);
        this.#scheduleAlert(ALERT_INTERVAL_MS);
      } else {
        this.#scheduleAlert(0);
      }
    });
  }

  #after(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      callback();
    });
    this.#timers.add(cancel);
  }
}

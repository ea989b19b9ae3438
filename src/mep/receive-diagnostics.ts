import { toHex } from '../bytes/hex.js';
import { areFew, type Shortfall, ShortfallWatch } from '../c1218/shortfall.js';
import { ProtocolError } from '../errors.js';

/** Received bytes kept for the error text when nothing readable came. */
const SAMPLE_BYTES = 64;
const ALERT_BYTES = 2;

/** Records what was received since a request began, to explain afterwards why it was not answered. */
export class ReceiveDiagnostics {
  #sample: number[] = [];
  #alerts = 0;
  readonly #shortfalls = new ShortfallWatch();
  /** Since the last message was sent: received bytes, and whether an answer was too short. */
  #sinceSent = { bytes: 0, hasShortfall: false };

  get isNothing(): boolean {
    return this.#sample.length === 0;
  }

  /** A new request begins. */
  restart(): void {
    this.#sample = [];
    this.#alerts = 0;
    this.#shortfalls.restart();
  }

  noteBytes(bytes: Uint8Array): void {
    this.#shortfalls.noteBytes(bytes);
    this.#sinceSent.bytes += bytes.length;
    const room = SAMPLE_BYTES - this.#sample.length;
    this.#sample.push(...bytes.subarray(0, room));
  }

  /** An answer began and was not completed. */
  noteShortfall(shortfall: Shortfall): void {
    this.#shortfalls.note(shortfall);
    this.#sinceSent.hasShortfall = true;
  }

  /** A message leaves. */
  noteSending(): void {
    this.#sinceSent = { bytes: 0, hasShortfall: false };
  }

  /**
   * The answer was not received.
   * @param expected length of the answer, where it is known
   */
  noteUnanswered(expected: number | undefined): void {
    const { bytes: received, hasShortfall } = this.#sinceSent;
    if (expected === undefined || hasShortfall || received === 0 || received >= expected) return;
    if (areFew({ expected, received })) this.noteShortfall({ expected, received });
  }

  noteAlert(): void {
    this.#alerts++;
  }

  /** The bytes received so far were understood and explain no failure. */
  noteUnderstood(): void {
    this.#sample = [];
  }

  /** The cause that shortened each answer to a request, where it is evident. */
  get shortfallError(): ProtocolError | undefined {
    return this.#shortfalls.error;
  }

  /** The error of an unanswered request. */
  error(description: string): ProtocolError {
    if (this.shortfallError) return this.shortfallError;
    const raw = Uint8Array.from(this.#sample);
    if (raw.length > Math.min(ALERT_BYTES * this.#alerts, SAMPLE_BYTES)) {
      return new ProtocolError('unreadable-answer', `Only unreadable bytes came back: ${toHex(raw)}`, { raw });
    }
    if (this.#alerts > 0) return new ProtocolError('only-alerts', 'The meter sends alerts but no answer');
    return new ProtocolError('no-answer', `No answer from the meter at ${description}`);
  }
}

import { toHex } from '../bytes/hex.js';
import { areFew, type Shortfall, ShortfallWatch } from '../c1218/shortfall.js';
import { ProtocolError } from '../errors.js';

/** Received bytes kept for the error text when nothing readable came. */
const SAMPLE_BYTES = 64;
const ALERT_BYTES = 2;

/** What came over the line since a request was begun, to tell afterwards why it was not answered. */
export class ReceiveDiagnostics {
  #sample: number[] = [];
  #alerts = 0;
  readonly #shortfalls = new ShortfallWatch();
  /** Of the message sent last: bytes that came since, and whether an answer among them fell short. */
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

  /** An answer began and did not go on. */
  noteShortfall(shortfall: Shortfall): void {
    this.#shortfalls.note(shortfall);
    this.#sinceSent.hasShortfall = true;
  }

  /** A message leaves. */
  noteSending(): void {
    this.#sinceSent = { bytes: 0, hasShortfall: false };
  }

  /**
   * Nothing that came was the answer.
   * @param expected bytes of the answer, where that is known: where those of its length are missing, none has begun
   */
  noteUnanswered(expected: number | undefined): void {
    const { bytes: received, hasShortfall } = this.#sinceSent;
    if (expected === undefined || hasShortfall || received === 0 || received >= expected) return;
    if (areFew({ expected, received })) this.noteShortfall({ expected, received });
  }

  noteAlert(): void {
    this.#alerts++;
  }

  /** What was received up to now was understood: it is no reason for a failure. */
  noteUnderstood(): void {
    this.#sample = [];
  }

  /** What shortened each answer to a request, where that is plain. */
  get shortfallError(): ProtocolError | undefined {
    return this.#shortfalls.error;
  }

  /** The error of a request that nothing answered. */
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

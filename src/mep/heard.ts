import { toHex } from '../bytes/hex.js';
import { ProtocolError } from '../errors.js';

/** Received bytes kept for the error text when nothing readable came. */
const SAMPLE_BYTES = 64;
const ALERT_BYTES = 2;

/** What came over the line since a request was begun, to tell afterwards why it was not answered. */
export class Heard {
  #sample: number[] = [];
  #alerts = 0;

  get isNothing(): boolean {
    return this.#sample.length === 0;
  }

  /** A new request begins. */
  restart(): void {
    this.#sample = [];
    this.#alerts = 0;
  }

  noteBytes(bytes: Uint8Array): void {
    const room = SAMPLE_BYTES - this.#sample.length;
    this.#sample.push(...bytes.subarray(0, room));
  }

  noteAlert(): void {
    this.#alerts++;
  }

  /** What was heard up to now was understood: it is no reason for a failure. */
  noteUnderstood(): void {
    this.#sample = [];
  }

  /** The error of a request that nothing answered. */
  error(description: string): ProtocolError {
    const raw = Uint8Array.from(this.#sample);
    if (raw.length > Math.min(ALERT_BYTES * this.#alerts, SAMPLE_BYTES)) {
      return new ProtocolError('unreadable-answer', `Only unreadable bytes came back: ${toHex(raw)}`, { raw });
    }
    if (this.#alerts > 0) return new ProtocolError('only-alerts', 'The meter sends alerts but no answer');
    return new ProtocolError('no-answer', `No answer from the meter at ${description}`);
  }
}

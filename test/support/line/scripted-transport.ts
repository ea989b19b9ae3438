import { concatBytes } from '../../../src/bytes/hex.js';
import { TransportError } from '../../../src/errors.js';
import { Digest } from '../../../src/mep/digest.js';
import { frameMessage, sequenceBytes } from '../../../src/mep/message.js';
import type { Transport, TransportEvents } from '../../../src/transport/transport.js';

/** A port on which a test acts as the meter: each request is passed to `reply`. */
export class ScriptedTransport implements Transport {
  readonly description = 'a scripted port';
  readonly written: Uint8Array[] = [];
  reply: (message: Uint8Array, port: ScriptedTransport) => void = () => undefined;
  #events: TransportEvents | undefined;

  get isOpen(): boolean {
    return this.#events !== undefined;
  }

  open(events: TransportEvents): Promise<void> {
    this.#events = events;
    return Promise.resolve();
  }

  write(bytes: Uint8Array): Promise<void> {
    if (!this.#events) return Promise.reject(new TransportError('connection-closed', 'not open'));
    this.written.push(bytes);
    this.reply(bytes, this);
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#events = undefined;
    return Promise.resolve();
  }

  /** Sends bytes from the far end. */
  send(...parts: Uint8Array[]): void {
    this.#events?.data(concatBytes(...parts));
  }

  /** Disconnects the far end. */
  lose(): void {
    const events = this.#events;
    this.#events = undefined;
    events?.closed(new TransportError('connection-lost', 'unplugged'));
  }
}

/** The sequence number of a request. */
export function sequenceOf(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getUint32(message.length - 12);
}

/** A correct answer to a request: `body` from the response code on, signed with the request's digest state. */
export function answerTo(message: Uint8Array, key: Uint8Array, body: Uint8Array): Uint8Array {
  const digest = new Digest(key).update(message.subarray(2, -8)).update(body).finish();
  return frameMessage(concatBytes(body, digest));
}

/** The body of a good answer to a read. */
export function readAnswer(data: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, data.length >> 8, data.length & 0xff), data);
}

/** The body of an answer that requires another sequence number. */
export function wrongSequence(sequence: number): Uint8Array {
  return concatBytes(Uint8Array.of(0x0c), sequenceBytes(sequence));
}

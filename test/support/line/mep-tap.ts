import type { Transport } from '../../../src/transport/index.js';

/** A transport that shows and changes the traffic. */
export class MepTap implements Transport {
  readonly #inner: Transport;
  /** The code of each request: the first byte of its body. */
  readonly codes: number[] = [];
  /** Changes a request; undefined: it is lost. */
  onRequest: (message: Uint8Array) => Uint8Array | undefined = (message) => message;
  /** Changes an answer. */
  onAnswer: (bytes: Uint8Array) => Uint8Array | undefined = (bytes) => bytes;

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  get description(): string {
    return this.#inner.description;
  }

  open(listener: Parameters<Transport['open']>[0]): Promise<void> {
    return this.#inner.open({
      ...listener,
      data: (bytes) => {
        const passed = this.onAnswer(bytes);
        if (passed) listener.data(passed);
      },
    });
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.codes.push(bytes[2]!);
    const passed = this.onRequest(bytes);
    if (passed) await this.#inner.write(passed);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

import type { Clock } from '../../../src/clock.js';
import type { Transport } from '../../../src/transport/index.js';

/** A transport over a slow network: all bytes arrive late, in each direction. */
export class DelayedTransport implements Transport {
  readonly isNetwork = true;
  /** One way, in ms. */
  delayMs = 0;
  readonly #inner: Transport;
  readonly #clock: Clock;
  #connection = 0;
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(inner: Transport, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
  }

  /** When the far end sent its last bytes, ms since 1970. */
  get sentAt(): number {
    return this.#sentAt;
  }

  get description(): string {
    return this.#inner.description;
  }

  open(listener: Parameters<Transport['open']>[0]): Promise<void> {
    this.#connection++;
    return this.#inner.open({
      ...listener,
      data: (bytes) => {
        this.#sentAt = this.#clock.date().getTime();
        const copy = bytes.slice();
        this.#later(() => {
          listener.data(copy);
        });
      },
    });
  }

  write(bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    this.#later(() => {
      void this.#inner.write(copy);
    });
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#connection++;
    return this.#inner.close();
  }

  #later(pass: () => void): void {
    const connection = this.#connection;
    this.#clock.after(this.delayMs, () => {
      if (connection === this.#connection) pass();
    });
  }
}

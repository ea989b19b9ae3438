import { cancelled, throwIfCancelled, type MeterError, TransportError } from '../errors.js';
import { Mutex } from '../mutex.js';
import type { TransportEvents } from './transport.js';

/**
 * One opened port, from the call of `open` to its end. It guarantees what every transport promises: no event after the end,
 * `closed` once and only for an unsolicited end, and no call left pending.
 */
export class PortHandle {
  readonly #events: TransportEvents;
  readonly #waiting = new Set<(error: MeterError) => void>();
  readonly #whenOver = new Set<() => void>();
  #isOpen = false;
  #end: MeterError | undefined;
  #resolveOpened!: () => void;
  /** Resolves when the port is open and never rejects; wait for it with `whileItLasts`. */
  readonly whenOpened: Promise<void>;

  constructor(events: TransportEvents) {
    this.#events = events;
    this.whenOpened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
  }

  /** True between the opening and the end. */
  get isOpen(): boolean {
    return this.#isOpen && this.#end === undefined;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** The port is open: from now on an unsolicited close is reported through `events.closed`. */
  opened(): void {
    if (this.#end !== undefined) return;
    this.#isOpen = true;
    this.#resolveOpened();
  }

  /** Passes received bytes on; the array then belongs to the receiver. */
  data(bytes: Uint8Array): void {
    if (this.isOpen && bytes.length > 0) this.#events.data(bytes);
  }

  /** An end that was asked for: pending calls are rejected with `error`, and `closed` is not called. */
  end(error: MeterError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    for (const callback of this.#whenOver) callback();
    this.#whenOver.clear();
  }

  /** The connection broke: as `end`, and `closed` is called if the port had been open. Does nothing after the end. */
  lose(error: TransportError): void {
    const wasOpen = this.isOpen;
    this.end(error);
    if (wasOpen) this.#events.closed(error);
  }

  /** Calls `callback` at the end, or at once after it; the function returned removes the callback. */
  onOver(callback: () => void): () => void {
    if (this.isOver) callback();
    else this.#whenOver.add(callback);
    return () => {
      this.#whenOver.delete(callback);
    };
  }

  /** The outcome of `work`, or the error that ended the connection if that comes first. */
  whileItLasts<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject: (error: Error) => void) => {
      work.then(
        (value) => {
          this.#waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#waiting.delete(reject);
          reject(error as Error);
        },
      );
      if (this.#end === undefined) this.#waiting.add(reject);
      else reject(this.#end);
    });
  }
}

/**
 * Owns one connection: opens the port, calls `handle.opened()`, waits for `handle.onOver`, and resolves when everything is
 * released. Failures go to `handle.lose`; it never rejects.
 */
export type PortOwner = (handle: PortHandle) => Promise<void>;

/** The `open` and `close` of a transport: one connection at a time, the next one after the last has released the port. */
export class PortHolder {
  readonly #description: string;
  #handle: PortHandle | undefined;
  readonly #mutex = new Mutex();

  constructor(description: string) {
    this.#description = description;
  }

  /** @throws the error given to `lose`; TransportError `port-busy`, `connection-closed`; UsageError `cancelled` */
  async open(owner: PortOwner, events: TransportEvents, signal?: AbortSignal): Promise<void> {
    const what = `Opening ${this.#description}`;
    throwIfCancelled(signal, what);
    if (this.#handle !== undefined && !this.#handle.isOver) {
      throw new TransportError('port-busy', `${this.#description} is open already`, {
        values: { port: this.#description },
      });
    }
    const handle = new PortHandle(events);
    this.#handle = handle;
    void this.#mutex.run(() => (handle.isOver ? Promise.resolve() : owner(handle)));
    const abort = (): void => {
      handle.end(cancelled(what));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await handle.whileItLasts(handle.whenOpened);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * Runs `work` on the open port.
   * @throws what `work` throws; TransportError `connection-closed` when the port is not open; the error that ended it meanwhile
   */
  async use<T>(work: (handle: PortHandle) => Promise<T>): Promise<T> {
    if (this.#handle?.isOpen !== true) throw this.#closedError();
    return this.#handle.whileItLasts(work(this.#handle));
  }

  /** Ends the connection if there is one; resolves when the port is free again. */
  close(): Promise<void> {
    this.#handle?.end(this.#closedError());
    return this.#mutex.whenIdle();
  }

  #closedError(): TransportError {
    return new TransportError('connection-closed', `${this.#description} is not open`, {
      values: { port: this.#description },
    });
  }
}

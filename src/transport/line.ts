import { cancelled, throwIfCancelled, type MeterError, TransportError } from '../errors.js';
import { Mutex } from '../mutex.js';
import type { TransportEvents } from './transport.js';

/**
 * One connection from the call of `open` to its end. Keeps what every transport owes its user: no event after the end,
 * `closed` once and only for an end that was not asked for, and no call left waiting when the line is gone.
 */
export class Line {
  readonly #events: TransportEvents;
  readonly #waiting = new Set<(error: MeterError) => void>();
  readonly #whenOver = new Set<() => void>();
  #isOpen = false;
  #end: MeterError | undefined;
  #resolveOpened!: () => void;
  /** Settles only when the line opens; wait for it with `whileItLasts`. */
  readonly whenOpened: Promise<void>;

  constructor(events: TransportEvents) {
    this.#events = events;
    this.whenOpened = new Promise((resolve) => {
      this.#resolveOpened = resolve;
    });
  }

  /** Whether bytes can go to and fro: opened and not over. */
  get isOpen(): boolean {
    return this.#isOpen && this.#end === undefined;
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** The port is open: from now on an unasked end is told by `events.closed`. */
  opened(): void {
    if (this.#end !== undefined) return;
    this.#isOpen = true;
    this.#resolveOpened();
  }

  /** Hands received bytes on; the caller gives the array away. */
  data(bytes: Uint8Array): void {
    if (this.isOpen && bytes.length > 0) this.#events.data(bytes);
  }

  /** Our own end: calls under way are rejected with `error`, the user of the transport hears nothing. */
  end(error: MeterError): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    for (const callback of this.#whenOver) callback();
    this.#whenOver.clear();
  }

  /** The line broke: as `end`, and the user is told if the line had been open. Does nothing after the end. */
  lose(error: TransportError): void {
    const wasOpen = this.isOpen;
    this.end(error);
    if (wasOpen) this.#events.closed(error);
  }

  /** Calls `callback` when the line is over, at once if it is; the function returned takes that back. */
  onOver(callback: () => void): () => void {
    if (this.isOver) callback();
    else this.#whenOver.add(callback);
    return () => {
      this.#whenOver.delete(callback);
    };
  }

  /** The outcome of `work`, or the error of the line's end if that comes first. */
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
 * Owns one connection: opens the port, calls `line.opened()`, waits for `line.onOver`, and resolves when nothing of the
 * connection is left. Failures are told by `line.lose`; it never rejects.
 */
export type LineOwner = (line: Line) => Promise<void>;

/** The `open` and `close` of a transport: one line at a time, and the next one only after the last has let go of the port. */
export class LineHolder {
  readonly #description: string;
  #line: Line | undefined;
  readonly #mutex = new Mutex();

  constructor(description: string) {
    this.#description = description;
  }

  /** @throws what the owner lost the line with; TransportError `port-busy`, `connection-closed`; UsageError `cancelled`. */
  async open(owner: LineOwner, events: TransportEvents, signal?: AbortSignal): Promise<void> {
    const what = `Opening ${this.#description}`;
    throwIfCancelled(signal, what);
    if (this.#line !== undefined && !this.#line.isOver) {
      throw new TransportError('port-busy', `${this.#description} is open already`, {
        values: { port: this.#description },
      });
    }
    const line = new Line(events);
    this.#line = line;
    void this.#mutex.run(() => (line.isOver ? Promise.resolve() : owner(line)));
    const abort = (): void => {
      line.end(cancelled(what));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await line.whileItLasts(line.whenOpened);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /**
   * What `work` does with the open line.
   * @throws what `work` throws; TransportError `connection-closed` when the line is not open, or what ended it meanwhile.
   */
  async use<T>(work: (line: Line) => Promise<T>): Promise<T> {
    if (this.#line?.isOpen !== true) throw this.#closedError();
    return this.#line.whileItLasts(work(this.#line));
  }

  /** Ends the line if there is one; resolves when the port is free again. */
  close(): Promise<void> {
    this.#line?.end(this.#closedError());
    return this.#mutex.whenIdle();
  }

  #closedError(): TransportError {
    return new TransportError('connection-closed', `${this.#description} is not open`, {
      values: { port: this.#description },
    });
  }
}

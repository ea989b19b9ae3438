import type { Clock } from '../clock.js';
import { TransportError } from '../errors.js';
import { type Line, LineHolder } from './line.js';
import type { Transport, TransportEvents } from './transport.js';

export interface MemoryPairOptions {
  /** How the bytes of one write arrive; default: in one piece. Empty pieces are left out. */
  readonly chunk?: (bytes: Uint8Array) => Iterable<Uint8Array>;
  /** From one piece to the next, by the clock; default 0. */
  readonly delayMs?: number;
}

type Delivery = Uint8Array | 'hang-up';

/**
 * Two transports wired to each other. Bytes arrive later, never within the call of `write`, in order and as copies;
 * those written while the other end is not open are lost, as on a real line. Closing one end closes the other with
 * `connection-lost`, after the bytes sent before. Both may be opened again.
 * @param clock delivers by its timers; without one, in the event loop's next turns.
 */
export function memoryPair(clock?: Clock, options: MemoryPairOptions = {}): [Transport, Transport] {
  const left = new MemoryEnd('memory, left end', clock, options);
  const right = new MemoryEnd('memory, right end', clock, options);
  left.connect(right);
  right.connect(left);
  return [left, right];
}

class MemoryEnd implements Transport {
  readonly description: string;
  readonly #clock: Clock | undefined;
  readonly #options: MemoryPairOptions;
  readonly #holder: LineHolder;
  readonly #inbox: Delivery[] = [];
  #line: Line | undefined;
  #cancelDelivery: (() => void) | undefined;
  #peer: MemoryEnd | undefined;

  constructor(description: string, clock: Clock | undefined, options: MemoryPairOptions) {
    this.description = description;
    this.#clock = clock;
    this.#options = options;
    this.#holder = new LineHolder(description);
  }

  connect(peer: MemoryEnd): void {
    this.#peer = peer;
  }

  open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    return this.#holder.open((line) => this.#own(line), events, signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#holder.use(() => {
      for (const piece of this.#options.chunk?.(bytes) ?? [bytes]) {
        if (piece.length > 0) this.#peer?.receive(piece.slice());
      }
      return Promise.resolve();
    });
  }

  close(): Promise<void> {
    if (this.#line?.isOpen) this.#peer?.receive('hang-up');
    return this.#holder.close();
  }

  receive(delivery: Delivery): void {
    if (this.#line?.isOpen !== true) return;
    this.#inbox.push(delivery);
    if (this.#cancelDelivery === undefined) this.#scheduleDelivery();
  }

  async #own(line: Line): Promise<void> {
    this.#line = line;
    line.opened();
    await new Promise<void>((resolve) => line.onOver(resolve));
    this.#line = undefined;
    this.#inbox.length = 0;
    this.#cancelDelivery?.();
    this.#cancelDelivery = undefined;
  }

  #scheduleDelivery(): void {
    const deliver = (): void => {
      this.#cancelDelivery = undefined;
      const delivery = this.#inbox.shift();
      if (this.#inbox.length > 0) this.#scheduleDelivery();
      if (delivery === 'hang-up') {
        this.#line?.lose(new TransportError('connection-lost', `The far end of ${this.description} was closed`));
      } else if (delivery !== undefined) {
        this.#line?.data(delivery);
      }
    };
    if (this.#clock) {
      this.#cancelDelivery = this.#clock.after(this.#options.delayMs ?? 0, deliver);
    } else {
      const immediate = setImmediate(deliver);
      this.#cancelDelivery = () => {
        clearImmediate(immediate);
      };
    }
  }
}

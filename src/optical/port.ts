import { ShortfallWatch } from '../c1218/shortfall.js';
import type { LinkCounters } from '../c1218/table-link.js';
import { type Clock, pause } from '../clock.js';
import { abortReason, type MeterError, type ProtocolError } from '../errors.js';
import { FloodWatch, lineFlooded } from '../transport/flood-watch.js';
import { TailWait } from '../transport/tail-wait.js';
import type { Transport } from '../transport/transport.js';
import { PacketDecoder } from './packet-decoder.js';
import type { Packet } from './packet.js';
import type { OpticalTiming } from './timing.js';

/** A received packet with its CRC, an acknowledgement, or the end of damaged bytes. */
export type PortEvent =
  | { readonly kind: 'packet'; readonly packet: Packet; readonly crc: number }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' }
  | { readonly kind: 'damaged' };

export interface OpticalPortOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly timing: OpticalTiming;
  readonly counters: LinkCounters;
}

/** Received bytes kept for the error text when nothing readable came. */
const RECEIVED_SAMPLE_BYTES = 64;
/** Limit of events kept between requests: a line that is never quiet must not fill the memory. */
const MAX_WAITING_EVENTS = 32;

/** Turns the bytes of an optical head into events, and keeps the pauses that heads need. */
export class OpticalPort {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #timing: OpticalTiming;
  readonly #counters: LinkCounters;
  readonly #decoder: PacketDecoder;
  readonly #tailWait = new TailWait();
  readonly #flood: FloodWatch;
  readonly #events: PortEvent[] = [];
  #waiting: ((event: PortEvent) => void) | undefined;
  #cancelQuiet: (() => void) | undefined;
  #isDamaged = false;
  #lastActivityAt = Number.NEGATIVE_INFINITY;
  #turnaroundMs: number;
  #received: number[] = [];
  #hasBeenRefused = false;
  #discardedBefore = 0;
  readonly #shortfalls = new ShortfallWatch();

  constructor(options: OpticalPortOptions) {
    this.#transport = options.transport;
    this.#clock = options.clock;
    this.#timing = options.timing;
    this.#turnaroundMs = options.timing.turnaroundsMs[0];
    this.#counters = options.counters;
    this.#flood = new FloodWatch(this.#clock);
    this.#decoder = new PacketDecoder({
      packet: (packet, crc) => {
        this.#isDamaged = false;
        this.#emit({ kind: 'packet', packet, crc });
      },
      acknowledged: () => {
        this.#emit({ kind: 'ack' });
      },
      refused: () => {
        this.#hasBeenRefused = true;
        this.#emit({ kind: 'nak' });
      },
      damaged: () => {
        this.#isDamaged = true;
      },
    });
  }

  get description(): string {
    return this.#transport.description;
  }

  get isNetwork(): boolean {
    return this.#transport.isNetwork === true;
  }

  /** Whether a bridge may change bytes on their way. */
  get isTelnet(): boolean {
    return this.#transport.isTelnet === true;
  }

  /** The first bytes received since `clearReceived`. */
  get received(): Uint8Array {
    return Uint8Array.from(this.#received);
  }

  /** Whether bytes outside packets, or a NAK, were received since `clearReceived`. */
  get hasReceivedNoise(): boolean {
    return this.#hasBeenRefused || this.#decoder.discardedBytes > this.#discardedBefore;
  }

  /** The cause that shortened each packet since `clearReceived`, where it is evident. */
  get shortfallError(): ProtocolError | undefined {
    return this.#shortfalls.error;
  }

  clearReceived(): void {
    this.#received = [];
    this.#shortfalls.restart();
    this.#hasBeenRefused = false;
    this.#discardedBefore = this.#decoder.discardedBytes;
  }

  /** The received bytes were an answer. */
  noteUnderstood(): void {
    this.#flood.reset();
  }

  /** Sets the size of the largest packet that may come. */
  expectPackets(packetSize: number): void {
    this.#decoder.expectPackets(packetSize);
  }

  /** @throws TransportError, UsageError `cancelled` */
  async open(closed: (error: MeterError) => void, signal?: AbortSignal): Promise<void> {
    this.#forget();
    this.#flood.reset();
    const data = (bytes: Uint8Array): void => {
      if (!this.#flood.note(bytes.length)) {
        this.#receive(bytes);
        return;
      }
      this.#forget();
      void this.#transport.close();
      closed(lineFlooded(this.description));
    };
    await this.#transport.open({ data, closed }, signal);
  }

  /** Restarts a head that is fed by the port's modem lines. */
  async cyclePower(downMs: number): Promise<void> {
    await this.#transport.cyclePower?.(downMs);
  }

  async close(): Promise<void> {
    this.#forget();
    await this.#transport.close();
  }

  /**
   * Sends, after the pause that the head needs.
   * @throws TransportError, or what the signal was aborted with
   */
  async send(bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const wait = this.#lastActivityAt + this.#turnaroundMs - this.#clock.now();
    if (wait > 0) await pause(this.#clock, wait, signal);
    if (signal.aborted) throw abortReason(signal);
    await this.#transport.write(bytes);
    this.#lastActivityAt = this.#clock.now();
  }

  /** Lengthens the turnaround pause: the last packet may have come too early for the head. */
  slowDown(): void {
    const { turnaroundsMs } = this.#timing;
    this.#turnaroundMs = turnaroundsMs.find((turnaroundMs) => turnaroundMs > this.#turnaroundMs) ?? this.#turnaroundMs;
  }

  /** Takes the events that no call awaited. */
  takeEvents(): PortEvent[] {
    return this.#events.splice(0);
  }

  /**
   * Waits for the next event; a packet that has begun in time is still received.
   * @returns undefined after the timeout
   * @throws what the signal was aborted with
   */
  next(timeoutMs: number, signal: AbortSignal): Promise<PortEvent | undefined> {
    const event = this.#events.shift();
    if (event) return Promise.resolve(event);
    return new Promise((resolve, reject) => {
      let cancelTimer = (): void => undefined;
      const finish = (): void => {
        cancelTimer();
        signal.removeEventListener('abort', abort);
        this.#waiting = undefined;
      };
      const settle = (found: PortEvent | undefined): void => {
        finish();
        resolve(found);
      };
      const abort = (): void => {
        finish();
        reject(abortReason(signal));
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting = settle;
      cancelTimer = this.#clock.after(Math.max(0, timeoutMs), () => {
        if (!this.#decoder.isWaiting) settle(undefined);
        else {
          cancelTimer = this.#clock.after(this.#timing.maxPacketMs, () => {
            settle(undefined);
          });
        }
      });
    });
  }

  #emit(event: PortEvent): void {
    if (this.#waiting) {
      this.#waiting(event);
      return;
    }
    this.#events.push(event);
    if (this.#events.length > MAX_WAITING_EVENTS) this.#events.shift();
  }

  #receive(bytes: Uint8Array): void {
    this.#lastActivityAt = this.#clock.now();
    this.#shortfalls.noteBytes(bytes);
    this.#received.push(...bytes.subarray(0, RECEIVED_SAMPLE_BYTES - this.#received.length));
    this.#decode(() => {
      this.#decoder.push(bytes);
    });
    this.#watchForQuiet();
  }

  #watchForQuiet(): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = undefined;
    if (!this.#decoder.isWaiting && !this.#isDamaged) return;
    this.#cancelQuiet = this.#clock.after(this.#quietMs(), () => {
      this.#cancelQuiet = undefined;
      this.#tailWait.noteBroken(this.#decoder.missingBytes);
      const { shortfall } = this.#decoder;
      if (shortfall) this.#shortfalls.note(shortfall);
      this.#decode(() => {
        this.#decoder.gap();
      });
      const isDamaged = this.#isDamaged;
      this.#isDamaged = false;
      if (isDamaged) this.#emit({ kind: 'damaged' });
    });
  }

  /** The gap that ends a packet. */
  #quietMs(): number {
    const { interCharacterMs, lastCharactersMs, quietMs } = this.#timing;
    if (!this.#decoder.isWaiting) return quietMs;
    return this.#tailWait.isWorthWaiting(this.#decoder.missingBytes) ? interCharacterMs : lastCharactersMs;
  }

  #decode(step: () => void): void {
    const before = this.#decoder.discardedBytes;
    step();
    this.#counters.discardedBytes += this.#decoder.discardedBytes - before;
  }

  #forget(): void {
    this.#cancelQuiet?.();
    this.#cancelQuiet = undefined;
    this.#decoder.reset();
    this.#events.length = 0;
    this.#isDamaged = false;
    this.clearReceived();
  }
}

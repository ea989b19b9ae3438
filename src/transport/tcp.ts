import { connect, type Socket } from 'node:net';
import { type Clock, systemClock } from '../clock.js';
import { TransportError, type TransportErrorDetails, UsageError } from '../errors.js';
import { type PortHandle, PortHolder } from './port-handle.js';
import { TelnetDetector } from './telnet.js';
import type { Transport, TransportEvents } from './transport.js';

export interface TcpOptions {
  /** Name, IPv4 or IPv6 address (with or without brackets) of the bridge. */
  readonly host: string;
  readonly port: number;
  /** How long the host may take to accept; default 5000 ms. */
  readonly connectTimeoutMs?: number;
  /** Longest silence of a connection that is written to; default 20,000 ms, 0 = unlimited. See `SilenceWatch`. */
  readonly halfOpenAfterMs?: number;
  readonly clock?: Clock;
}

const CONNECT_TIMEOUT_MS = 5_000;
const HALF_OPEN_AFTER_MS = 20_000;
/** Idle time before TCP keep-alive probes; the operating system then sends ten of them, one a second. */
const KEEP_ALIVE_AFTER_MS = 10_000;
/** For each address of a name that has several; the 250 ms that Node takes are too short for a bridge on Wi-Fi. */
const ADDRESS_TIMEOUT_MS = 2_000;

/**
 * Raw bytes over TCP, as ser2net (`accepter: tcp`, no telnet) and esp-link carry a serial port.
 *
 * A host that vanishes without closing (power cut, Wi-Fi gone) is detected on an idle connection by TCP's keep-alive, after
 * about 20 s, and during requests by `SilenceWatch`: unacknowledged bytes suspend the keep-alive, and the operating system
 * would retransmit them for a quarter of an hour.
 * @throws UsageError `bad-setting` when the host is empty or the port is no port number.
 */
export function tcpTransport(options: TcpOptions): Transport {
  return new TcpTransport(options);
}

class TcpTransport implements Transport {
  readonly description: string;
  readonly isNetwork = true;
  readonly #host: string;
  readonly #port: number;
  readonly #connectTimeoutMs: number;
  readonly #clock: Clock;
  readonly #holder: PortHolder;
  readonly #silence: SilenceWatch;
  #socket: Socket | undefined;
  #telnet = new TelnetDetector();

  constructor({ host, port, connectTimeoutMs, halfOpenAfterMs, clock = systemClock }: TcpOptions) {
    this.#host = host.trim().replace(/^\[(.*)\]$/, '$1');
    if (this.#host === '') throw new UsageError('bad-setting', 'No host was given', { values: { setting: 'host' } });
    if (!Number.isInteger(port) || port < 1 || port > 0xffff) {
      throw new UsageError('bad-setting', `${port} is no TCP port number`, { values: { setting: 'tcpPort' } });
    }
    this.#port = port;
    this.#connectTimeoutMs = connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
    this.#clock = clock;
    this.description = `${this.#host.includes(':') ? `[${this.#host}]` : this.#host}:${port}`;
    this.#holder = new PortHolder(this.description);
    this.#silence = new SilenceWatch(clock, halfOpenAfterMs ?? HALF_OPEN_AFTER_MS);
  }

  get isTelnet(): boolean {
    return this.#telnet.isTelnet;
  }

  open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    return this.#holder.open((handle) => this.#own(handle), events, signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#holder.use(
      (handle) =>
        new Promise((resolve, reject) => {
          this.#silence.noteWritten();
          this.#socket?.write(bytes, (cause) => {
            if (!cause) {
              resolve();
              return;
            }
            const error = this.#lost(cause.message, { cause, isEndedByPeer: isReset(cause) });
            handle.lose(error);
            reject(error);
          });
        }),
    );
  }

  close(): Promise<void> {
    return this.#holder.close();
  }

  async #own(handle: PortHandle): Promise<void> {
    const socket = connect({
      host: this.#host,
      port: this.#port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    });
    this.#socket = socket;
    this.#telnet = new TelnetDetector();
    const cancelTimeout = this.#clock.after(this.#connectTimeoutMs, () => {
      handle.lose(this.#unreachable(`no answer within ${this.#connectTimeoutMs} ms`));
    });
    socket.on('connect', () => {
      cancelTimeout();
      handle.opened();
      this.#silence.start((silentMs) => {
        handle.lose(this.#lost(`nothing came back for ${Math.round(silentMs / 1000)} s`));
      });
    });
    socket.on('data', (bytes) => {
      this.#silence.noteReceived();
      this.#telnet.push(bytes);
      handle.data(new Uint8Array(bytes));
    });
    socket.on('end', () => {
      handle.lose(this.#lost('the other side hung up', { isEndedByPeer: true }));
    });
    socket.on('error', (cause: NodeJS.ErrnoException) => {
      const details = { cause, isEndedByPeer: isReset(cause) };
      handle.lose(handle.isOpen ? this.#lost(cause.message, details) : this.#notOpened(cause));
    });
    const closed = new Promise<void>((resolve) =>
      socket.once('close', () => {
        resolve();
      }),
    );
    await new Promise<void>((resolve) => handle.onOver(resolve));
    cancelTimeout();
    this.#silence.stop();
    this.#socket = undefined;
    socket.destroy();
    await closed;
  }

  #lost(why: string, details: TransportErrorDetails = {}): TransportError {
    return new TransportError('connection-lost', `The connection to ${this.description} was lost: ${why}`, {
      values: { port: this.description },
      ...details,
    });
  }

  #unreachable(why: string, cause?: Error): TransportError {
    return new TransportError('host-unreachable', `${this.description} cannot be reached: ${why}`, {
      values: { host: this.#host, port: this.#port },
      cause,
    });
  }

  #notOpened(cause: NodeJS.ErrnoException): TransportError {
    const errors: readonly NodeJS.ErrnoException[] = cause instanceof AggregateError ? cause.errors : [cause];
    // One address that refuses proves that the host is there, even if another does not respond.
    if (!errors.some(({ code }) => code === 'ECONNREFUSED')) {
      return this.#unreachable(cause.code ?? cause.message, cause);
    }
    return new TransportError('host-refused', `${this.#host} is there, but refuses connections on port ${this.#port}`, {
      values: { host: this.#host, port: this.#port },
      cause,
    });
  }
}

/** Whether the far end reset the connection. */
function isReset({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Unanswered writes that make silence suspicious; one or two may be lost on the serial side. */
const SUSPICIOUS_WRITES = 3;
/** Limit of the growth of the timeout while the silence outlasts new connections. */
const MAX_TIMEOUT_FACTOR = 8;

/**
 * Detects a half-open connection: several writes, and nothing received for `timeoutMs` since the first of them. A silent
 * meter behind a living bridge looks the same. Dropping the connection is right for both, since a new one shows which it
 * is: a dead host does not accept it, a living one does. In that case the timeout doubles (up to eight times) until
 * something is received, so that a silent meter does not cause one reconnect after another.
 */
class SilenceWatch {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #factor = 1;
  #unansweredWrites = 0;
  #since = 0;
  #cancelTimer: (() => void) | undefined;
  #onSilence: ((silentMs: number) => void) | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  start(onSilence: (silentMs: number) => void): void {
    this.stop();
    this.#onSilence = onSilence;
  }

  noteWritten(): void {
    if (this.#timeoutMs === 0) return;
    if (this.#unansweredWrites === 0) this.#since = this.#clock.now();
    this.#unansweredWrites += 1;
    if (this.#unansweredWrites === SUSPICIOUS_WRITES) {
      const timeoutMs = this.#timeoutMs * this.#factor;
      const leftMs = Math.max(0, this.#since + timeoutMs - this.#clock.now());
      this.#cancelTimer = this.#clock.after(leftMs, () => {
        this.#factor = Math.min(2 * this.#factor, MAX_TIMEOUT_FACTOR);
        this.#onSilence?.(this.#clock.now() - this.#since);
      });
    }
  }

  noteReceived(): void {
    this.#factor = 1;
    this.#unansweredWrites = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  stop(): void {
    this.#unansweredWrites = 0;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#onSilence = undefined;
  }
}

import type * as serialport from 'serialport';
import { type Clock, systemClock } from '../clock.js';
import { TransportError, type TransportErrorCode, UsageError } from '../errors.js';
import { Mutex } from '../mutex.js';
import { type PortHandle, PortHolder } from './port-handle.js';
import { isNoDevice } from './device.js';
import type { Transport, TransportEvents } from './transport.js';

/**
 * The state of DTR or RTS. `leave` keeps the state that the operating system sets when the port is opened (Linux, macOS:
 * raised).
 */
export type ModemLineSetting = 'on' | 'off' | 'leave';
export const MODEM_LINE_SETTINGS: readonly ModemLineSetting[] = ['on', 'off', 'leave'];

export interface SerialOptions {
  /** `/dev/serial/by-id/...`, `/dev/ttyUSB0`, `COM3` */
  readonly path: string;
  /** Default 9600, the MEP port's own. */
  readonly baudRate?: number;
  /** Default `on`: a MEP adapter takes its ENABLE voltage from DTR or RTS, an optical head often its supply. */
  readonly dtr?: ModemLineSetting;
  /** Default `on`. */
  readonly rts?: ModemLineSetting;
  /** Whether the modem lines drop when the port is closed, so that a closed port feeds no adapter; default true. */
  readonly hupcl?: boolean;
  readonly clock?: Clock;
  /** The operating system's ports; default: those of serialport, loaded at the first `open`. */
  readonly binding?: SerialBinding;
  /** Loads the default binding. */
  readonly loadBinding?: () => Promise<SerialBinding>;
}

/** The part of serialport's binding that is used. Its stream class is not used: it hides which write failed, and why. */
export interface SerialBinding {
  open(options: {
    path: string;
    baudRate: number;
    dataBits: 8;
    parity: 'none';
    stopBits: 1;
    lock: boolean;
    hupcl: boolean;
  }): Promise<SerialBindingPort>;
}

export interface SerialBindingPort {
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }>;
  write(buffer: Buffer): Promise<void>;
  /** Resolves when all bytes have left the machine. */
  drain(): Promise<void>;
  /** Sets all modem lines at once; one that is left out is dropped. */
  set(lines: { dtr: boolean; rts: boolean; lowLatency: boolean }): Promise<void>;
  close(): Promise<void>;
}

const BAUD_RATE = 9600;
const READ_BUFFER_BYTES = 1024;
/**
 * Interval of the checks whether an open port still exists. A read does not notice a port that vanishes between two reads:
 * serialport 13 reads zero bytes and retries without end, at full load of the processor.
 */
const CHECK_INTERVAL_MS = 2_000;
/**
 * A closed port stays locked until the last call on it has returned, such as a read in another thread: for so long a port
 * that this transport has closed itself is not taken for busy.
 */
const RELEASE_MS = 1_000;
const RELEASE_POLL_MS = 20;

/**
 * A serial port at 8N1.
 *
 * On Linux and macOS the operating system raises DTR and RTS for a moment on opening, whatever the settings.
 * @throws UsageError `bad-setting` when path or baud rate cannot be right.
 */
export function serialTransport(options: SerialOptions): Transport {
  return new SerialTransport(options);
}

class SerialTransport implements Transport {
  readonly description: string;
  readonly #path: string;
  readonly #baudRate: number;
  readonly #modemLines: { readonly dtr: ModemLineSetting; readonly rts: ModemLineSetting };
  readonly #hupcl: boolean;
  readonly #clock: Clock;
  readonly #loadBinding: () => Promise<SerialBinding>;
  readonly #holder: PortHolder;
  #port: SerialBindingPort | undefined;
  #hasModemLines = false;
  #closedAt = Number.NEGATIVE_INFINITY;
  /** The binding takes one write at a time. A new port gets a new mutex: a write may still hang on the previous one. */
  #mutex = new Mutex();

  constructor(options: SerialOptions) {
    const { path, baudRate = BAUD_RATE, dtr = 'on', rts = 'on', hupcl = true, clock, binding } = options;
    this.#path = path.trim();
    if (this.#path === '') {
      throw new UsageError('bad-setting', 'No serial port was given', { values: { setting: 'port' } });
    }
    if (!Number.isInteger(baudRate) || baudRate <= 0) {
      throw new UsageError('bad-setting', `${baudRate} is no baud rate`, { values: { setting: 'baudRate' } });
    }
    this.#baudRate = baudRate;
    this.#modemLines = { dtr, rts };
    this.#hupcl = hupcl;
    this.#clock = clock ?? systemClock;
    const loadDefault = async (): Promise<SerialBinding> => binding ?? (await loadSerialPort()).binding;
    this.#loadBinding = options.loadBinding ?? loadDefault;
    this.description = `${this.#path} (${baudRate} baud)`;
    this.#holder = new PortHolder(this.description);
  }

  open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    return this.#holder.open((handle) => this.#own(handle), events, signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    const buffer = Buffer.from(bytes);
    return this.#holder.use((handle) =>
      this.#exclusive(handle, async (port) => {
        await port.write(buffer);
        await port.drain();
      }),
    );
  }

  /**
   * Drops the modem lines that are set to `on` and raises them again; does nothing without such lines.
   * @throws TransportError `connection-closed`, `connection-lost`
   */
  cyclePower(downMs: number): Promise<void> {
    return this.#holder.use((handle) =>
      this.#exclusive(handle, async (port) => {
        if (!this.#hasModemLines || (this.#modemLines.dtr !== 'on' && this.#modemLines.rts !== 'on')) return;
        await port.set(this.#wanted(false));
        await this.#pause(downMs, handle);
        if (handle.isOpen) await port.set(this.#wanted(true));
      }),
    );
  }

  close(): Promise<void> {
    return this.#holder.close();
  }

  async #own(handle: PortHandle): Promise<void> {
    let port: SerialBindingPort;
    try {
      if (isNoDevice(this.#path)) throw this.#notSerial();
      port = await this.#openPort(await this.#loadBinding(), handle);
    } catch (cause) {
      handle.lose(this.#notOpened(cause));
      return;
    }
    try {
      if (!handle.isOver) this.#hasModemLines = await this.#raiseModemLines(port);
      this.#port = port;
      this.#mutex = new Mutex();
      handle.opened();
      void this.#readAll(port, handle);
      this.#keepChecking(port, handle);
    } catch (cause) {
      handle.lose(this.#notOpened(cause));
    }
    await new Promise<void>((resolve) => handle.onOver(resolve));
    this.#port = undefined;
    // Closing an unplugged port may fail; its handle is released all the same.
    await port.close().catch(() => undefined);
    this.#closedAt = this.#clock.now();
  }

  async #openPort(binding: SerialBinding, handle: PortHandle): Promise<SerialBindingPort> {
    for (;;) {
      try {
        return await binding.open({
          path: this.#path,
          baudRate: this.#baudRate,
          dataBits: 8,
          parity: 'none',
          stopBits: 1,
          lock: true,
          hupcl: this.#hupcl,
        });
      } catch (cause) {
        const isReleased = this.#clock.now() - this.#closedAt > RELEASE_MS;
        if (isReleased || handle.isOver || openErrorCode(cause) !== 'port-busy') throw cause;
      }
      await this.#pause(RELEASE_POLL_MS, handle);
    }
  }

  async #readAll(port: SerialBindingPort, handle: PortHandle): Promise<void> {
    const buffer = Buffer.alloc(READ_BUFFER_BYTES);
    while (!handle.isOver) {
      let bytesRead: number;
      try {
        ({ bytesRead } = await port.read(buffer, 0, buffer.length));
      } catch (cause) {
        handle.lose(this.#lost(cause));
        return;
      }
      handle.data(new Uint8Array(buffer.subarray(0, bytesRead)));
    }
  }

  #keepChecking(port: SerialBindingPort, handle: PortHandle): void {
    const cancelTimer = this.#clock.after(CHECK_INTERVAL_MS, () => {
      forgetTimer();
      port.drain().then(
        () => {
          if (!handle.isOver) this.#keepChecking(port, handle);
        },
        (cause: unknown) => {
          handle.lose(this.#lost(cause));
        },
      );
    });
    const forgetTimer = handle.onOver(cancelTimer);
  }

  /** Runs `work` after all work before it. A failure ends the connection. */
  #exclusive(handle: PortHandle, work: (port: SerialBindingPort) => Promise<void>): Promise<void> {
    return this.#mutex.run(async () => {
      const port = this.#port;
      if (!port || handle.isOver) return;
      try {
        await work(port);
      } catch (cause) {
        handle.lose(this.#lost(cause));
      }
    });
  }

  #pause(delayMs: number, handle: PortHandle): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.after(delayMs, () => {
        forget();
        resolve();
      });
      const forget = handle.onOver(() => {
        cancelTimer();
        resolve();
      });
    });
  }

  /** @returns whether the port has modem lines that can be set */
  async #raiseModemLines(port: SerialBindingPort): Promise<boolean> {
    if (this.#modemLines.dtr === 'leave' && this.#modemLines.rts === 'leave') return false;
    try {
      await port.set(this.#wanted(true));
      return true;
    } catch (cause) {
      if (NO_MODEM_LINES.test(causeText(cause))) return false;
      throw cause;
    }
  }

  /** Modem lines can only be set together: with `leave`, one is set to the state it has had since the opening. */
  #wanted(isOn: boolean): { dtr: boolean; rts: boolean; lowLatency: boolean } {
    const { dtr, rts } = this.#modemLines;
    const isWindows = process.platform === 'win32';
    return {
      dtr: dtr === 'leave' ? !isWindows || this.#hupcl : dtr === 'on' && isOn,
      rts: rts === 'leave' ? !isWindows : rts === 'on' && isOn,
      // FTDI adapters otherwise hold the end of every answer back for 16 ms.
      lowLatency: true,
    };
  }

  #notSerial(): TransportError {
    return new TransportError('port-not-serial', `${this.#path} is not a serial port`, {
      values: { port: this.#path },
    });
  }

  #lost(cause: unknown): TransportError {
    return new TransportError('connection-lost', `${this.#path} is gone: ${causeText(cause)}`, {
      values: { port: this.#path },
      cause,
    });
  }

  #notOpened(cause: unknown): TransportError {
    if (cause instanceof TransportError) return cause;
    const message = `${this.#path} cannot be opened: ${causeText(cause)}`;
    return new TransportError(openErrorCode(cause), message, { values: { port: this.#path }, cause });
  }
}

/** Pseudo-terminals and some drivers: "Inappropriate ioctl for device", "Not a tty" (musl), "Invalid argument". */
const NO_MODEM_LINES = /inappropriate ioctl|not a tty|invalid argument|not supported|not implemented/i;

/** Error texts of the operating systems, since serialport passes no codes. On Windows a busy port gives "Access denied". */
const OPEN_ERRORS: readonly (readonly [TransportErrorCode, RegExp])[] = [
  ['port-busy', /cannot lock port|resource (temporarily unavailable|busy)|access denied/i],
  ['port-missing', /no such (file|device)|file not found|not a directory|ENOENT|ENXIO|ENODEV/i],
  ['port-denied', /permission denied|operation not permitted|EACCES|EPERM/i],
];

function openErrorCode(cause: unknown): TransportErrorCode {
  const text = causeText(cause);
  return OPEN_ERRORS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'port-failed';
}

function causeText(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/^Error:? /, '');
}

type SerialPortModule = Pick<typeof serialport, 'SerialPort'>;

/**
 * Loads serialport, whose native part may be missing or unusable: no build for this processor or C library, a container
 * copied from another kind of machine, a read-only installation.
 * @param load default: the module itself
 * @throws TransportError `serial-unavailable`
 */
export async function loadSerialPort(
  load: () => Promise<SerialPortModule> = () => import('serialport'),
): Promise<typeof serialport.SerialPort> {
  try {
    return (await load()).SerialPort;
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new TransportError('serial-unavailable', `Serial ports cannot be used on this system: ${reason}`, { cause });
  }
}

/**
 * Whether serial ports can be used at all.
 * @param load as for `loadSerialPort`
 * @returns undefined if they can; the reason otherwise
 */
export async function serialUnavailable(load?: () => Promise<SerialPortModule>): Promise<TransportError | undefined> {
  try {
    await loadSerialPort(load);
    return undefined;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

import type { TransportError } from '../errors.js';

/** The events of a transport. Each function is called between `open` and the call of `closed`, never after it. */
export interface TransportEvents {
  /** Bytes as they came in: any chunking, never an empty chunk. The array belongs to the receiver. */
  data(bytes: Uint8Array): void;
  /** The far end or the port is gone (unplugged, half-open, hung up). Not called for our own `close`. */
  closed(error: TransportError): void;
}

/** Bytes to and from a port, whatever their meaning. One user at a time. */
export interface Transport {
  /** For people: `/dev/ttyUSB0 (9600 baud)`, `192.168.1.5:2000`. Holds no secret. */
  readonly description: string;
  /** Whether this is a network connection, which the far end may close when idle; a new one then replaces it. */
  readonly isNetwork?: boolean;
  /** Whether the far end began the present connection as telnet, and may change bytes. */
  readonly isTelnet?: boolean;
  /**
   * Opens the port. May be called again after `close` or after `events.closed`.
   * @throws TransportError with a code for each cause; UsageError `cancelled` when the signal fired.
   */
  open(events: TransportEvents, signal?: AbortSignal): Promise<void>;
  /**
   * Writes bytes to the port; resolves when the operating system has sent them.
   * @throws TransportError `connection-closed` when the port is not open, `connection-lost` when it broke.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Revives a stuck MEP port: drops the modem lines that feed its ENABLE pin for `downMs` and raises them again.
   * Does nothing where a transport has none.
   */
  cyclePower?(downMs: number): Promise<void>;
  /** Closes the port; never fails, may be called at any time and more than once. */
  close(): Promise<void>;
}

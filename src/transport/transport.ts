import type { TransportError } from '../errors.js';

/** What a transport tells its user. Each function is called between `open` and the call of `closed`, never after it. */
export interface TransportEvents {
  /** Bytes as they came in: any chunking, never an empty chunk. The array belongs to the receiver. */
  data(bytes: Uint8Array): void;
  /** The far end or the port is gone (unplugged, half-open, hung up). Not called for our own `close`. */
  closed(error: TransportError): void;
}

/** Bytes to and from a port; knows nothing of what they mean. One user at a time. */
export interface Transport {
  /** For people: `/dev/ttyUSB0 (9600 baud)`, `192.168.1.5:2000`. Holds no secret. */
  readonly description: string;
  /** Whether this is a network connection, which the far end may end when it is not used; the next one takes its place. */
  readonly isNetwork?: boolean;
  /** Whether the far end of the present connection has begun it as telnet, and may change bytes on their way. */
  readonly isTelnet?: boolean;
  /**
   * Opens the port. May be called again after `close` or after `events.closed`.
   * @throws TransportError with the code that tells the causes apart; UsageError `cancelled` when the signal fired.
   */
  open(events: TransportEvents, signal?: AbortSignal): Promise<void>;
  /**
   * Hands the bytes to the port; resolves when the operating system has sent them on.
   * @throws TransportError `connection-closed` when the port is not open, `connection-lost` when it broke.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Revives a stuck MEP port: drops the lines that feed its ENABLE pin for `downMs` and raises them again.
   * Does nothing where a transport has no such lines.
   */
  cyclePower?(downMs: number): Promise<void>;
  /** Closes the port; never fails, may be called at any time and more than once. */
  close(): Promise<void>;
}

import type { MeterError } from '../errors.js';
import type { RoundTrip } from './round-trip.js';

/** Counters of a link since it was made; for the status of a node and for diagnosis. */
export interface LinkCounters {
  /** Requests that were asked for, each counted once however often it was sent. */
  requests: number;
  /** Times a request was sent again. */
  retries: number;
  /** Answers that carried a wrong digest or checksum. */
  rejectedAnswers: number;
  /** Requests or repetitions that were not answered in time. */
  timeouts: number;
  /** Bytes dropped while looking for the start of an answer. */
  discardedBytes: number;
  /** Times the meter asked for another sequence number. */
  sequenceCorrections: number;
  /** Alert sequences seen. */
  alerts: number;
  /** Echoes: the optical head received its own light. */
  echoes: number;
}

/** Counters of a link that has done nothing yet. */
export function noCounters(): LinkCounters {
  return {
    requests: 0,
    retries: 0,
    rejectedAnswers: 0,
    timeouts: 0,
    discardedBytes: 0,
    sequenceCorrections: 0,
    alerts: 0,
    echoes: 0,
  };
}

/** Unsolicited events of a link. */
export interface TableLinkEvents {
  /** The meter raised an alert (`00 00`). It is stepped over, never answered. [MEP p.17] */
  alert(): void;
  /**
   * The meter may have a new set-up, or be another one: the MEP sequence number jumped although no message was lost
   * [MEP p.55], or a session of TLS or of the optical port was begun again.
   */
  dimensionsMayHaveChanged(): void;
  /** The connection ended; pending requests have been rejected. `open` may be called again. */
  closed(error: MeterError): void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when a packet leaves for the first time, again for each further one. The answer is to the last of them, so its data
   * is no older than that; repetitions of a packet do not count, since the answer may be to its first transmission.
   */
  readonly onSending?: (() => void) | undefined;
  /** Times an unanswered request is sent again, if not as often as usual. Only for links that send plain requests. */
  readonly retries?: number;
}

/** One of the two ways to ask a meter for tables: MEP port or optical port. One request at a time. */
export interface TableLink {
  readonly protocol: 'mep' | 'optical';
  /** For people: where the meter is. Holds no secret. */
  readonly description: string;
  /** Data bytes of one answer at most. `read` accepts more, in several answers. */
  readonly maxReadBytes: number;
  /** Whether bytes beyond the end of a table are read as zeros, without an error. [OPT p.9] */
  readonly padsWithZeros: boolean;
  /** Data bytes of one write at most. */
  readonly maxWriteBytes: number;
  readonly counters: Readonly<LinkCounters>;
  /** Whether the connection is a network connection, which the far end may close when idle. */
  readonly isNetwork?: boolean;
  /** Whether table, offset and count of a request can be read on the line, without a session around them. */
  readonly sendsPlainRequests?: boolean;
  /** Time until a rejected key may be tried once more, in ms; undefined: never, or it was not rejected. */
  readonly keyTrialInMs?: number | undefined;
  /** Times of its answers since it was created. */
  readonly roundTrip: RoundTrip;
  /** @throws TransportError, SecurityError */
  open(events: TableLinkEvents, signal?: AbortSignal): Promise<void>;
  /**
   * Reads `count` bytes of a table from `offset` on; the answer has been verified.
   * @throws TransportError, ProtocolError, SecurityError, UsageError `cancelled`
   */
  read(table: number, offset: number, count: number, options?: RequestOptions): Promise<Uint8Array>;
  /**
   * Writes bytes to a table from `offset` on. Repeated only if the meter cannot have executed it yet.
   * @throws TransportError, SecurityError, UsageError `cancelled`, ProtocolError; `write-outcome-unknown` when the answer
   * was lost and the meter may or may not have executed it
   */
  write(table: number, offset: number, data: Uint8Array, options?: RequestOptions): Promise<void>;
  /**
   * Restarts a port that no longer responds: drops the modem lines that feed it for a second. Does nothing where the
   * transport has none. Call it between requests.
   * @throws TransportError
   */
  revive(): Promise<void>;
  /** Ends the link; requests under way are rejected with `connection-closed`. Never fails. */
  close(): Promise<void>;
}

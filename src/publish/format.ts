import type { HistoryWriter } from './history-writer.js';
import type { MeterSnapshot } from './meter-snapshot.js';
import type { MeterReading } from './reading.js';

/** What a format sends, as the node behind it takes it: `mqtt out`, `tcp out`, `file` ... A format may add properties. */
export interface FormatMessage {
  readonly payload: unknown;
  readonly topic?: string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

/**
 * The part of an HTTP request that a format uses.
 * @inline
 */
export interface FormatRequest {
  readonly method: string;
  /** Without host and query; a path before the format's own one is ignored. */
  readonly path: string;
}

/**
 * An answer to an HTTP request, as `http response` takes it.
 * @inline
 */
export interface FormatAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/**
 * A service as mDNS announces it, so that apps find it.
 * @inline
 */
export interface Announcement {
  /** `hwenergy` for `_hwenergy._tcp`. */
  readonly type: string;
  readonly name: string;
  /** Name of the host without `.local`. */
  readonly host: string;
  readonly txt: Readonly<Record<string, string>>;
}

/**
 * A reading of a meter, and what was known before it.
 * @inline
 */
export interface ReadingEvent<Known extends MeterSnapshot = MeterSnapshot> {
  readonly reading: MeterReading;
  /** Undefined for the first reading of the meter. */
  readonly before: Known | undefined;
  /** The first reading since the start, a deploy or a silence: subscribers need everything. */
  readonly isFirst: boolean;
}

/**
 * A file that the node behind appends to. It is read at the start, so that nothing is written to it twice.
 * @inline
 */
export interface AppendedFile {
  readonly path: string;
  /** The first line of an empty file, without its end. */
  readonly heading: string;
  /** What a history writer would have kept after it had written these lines. */
  readonly keptOf: (lines: readonly string[]) => unknown;
}

/**
 * A format with its settings: from what is known of a meter to messages. Pure; without a hook nothing is sent for that event.
 * `Known` is what the format keeps of each meter, see `MeterModel`; most need no more than its newest values.
 */
export interface Format<Known extends MeterSnapshot = MeterSnapshot, Message extends FormatMessage = FormatMessage> {
  /** Its messages do not name the meter: readings of a second one are refused. */
  readonly isForOneMeter?: boolean;
  /** A reading arrived; `meter` includes it. */
  readonly onReading?: (meter: Known, event: ReadingEvent<Known>) => readonly Message[];
  /**
   * A reading arrived that is older than a reading may be, so it is not the present state: only formats that record readings
   * with their time have a use for it. `meter` includes it.
   */
  readonly onLateReading?: (meter: Known, event: ReadingEvent<Known>) => readonly Message[];
  /** The meter became silent, or is not read any more. */
  readonly onSilence?: (meter: Known) => readonly Message[];
  /** The link works again and the last reading is still valid. */
  readonly onReturn?: (meter: Known) => readonly Message[];
  /**
   * The state of the link to the meter was reported. A format with this hook takes reports of meters without a reading too.
   * @param before what was known before the report; undefined for a meter never seen
   */
  readonly onLinkReport?: (meter: Known, before: Known | undefined) => readonly Message[];
  /**
   * All that a broker retains of a meter, to be sent again: a broker may have lost it.
   * @param withValues whether the values are among it; false while each reading sends them soon enough. A silent meter has none.
   */
  readonly announceAll?: (meter: Known, withValues: boolean) => readonly Message[];
  /** What a broker retains once for all these meters, to be sent again like `announceAll`. */
  readonly announceShared?: (meters: Iterable<Known>) => readonly Message[];
  /** Takes away all that a broker retains of a meter; default: everything that `announceAll` gives, emptied. */
  readonly removal?: (meter: Known) => readonly Message[];
  /** What is sent at an interval while the meter is not silent. */
  readonly repeat?: {
    readonly everyMs: number;
    /**
     * What is sent.
     * @param now the time of day
     */
    readonly messages: (meter: Known, now: Date) => readonly Message[];
  };
  /**
   * Answers an HTTP request.
   * @param meter undefined before the first reading; when it is not `online`, its values must not be given as present ones
   * @param now the time of day
   */
  readonly answer?: (meter: Known | undefined, request: FormatRequest, now: Date) => FormatAnswer;
  /**
   * Takes intervals and billing reads of mep-history. A format without it refuses them.
   * @param kept what a writer kept before, back from wherever it was; undefined: nothing
   * @hidden
   */
  readonly history?: (kept: unknown) => HistoryWriter;
  /** A file that the messages are appended to, where the user named it. */
  readonly file?: AppendedFile;
  /** The mDNS service of what answers. */
  readonly announcement?: (meter: Known) => Announcement;
}

/**
 * Settings as a dialog or an old export gives them: missing, empty, numbers as text.
 * @inline
 */
export type GivenSettings = Readonly<Record<string, unknown>>;

/** An entry of the registry. */
export interface FormatDefinition {
  /** Part of flows; never renamed. */
  readonly name: string;
  /** The settings of its own, and what each is when left empty. */
  readonly defaults: Readonly<Record<string, string>>;
  /** @throws UsageError `bad-setting` */
  readonly create: (given: GivenSettings) => Format;
}

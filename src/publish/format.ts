import type { MeterSnapshot } from './meter-snapshot.js';
import type { Reading } from './reading.js';

/** What a format sends, as the node behind it takes it: `mqtt out`, `tcp out`, `file` ... A format may add properties. */
export interface FormatMessage {
  readonly payload: unknown;
  readonly topic?: string;
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
}

/** What of an HTTP request matters to a format. */
export interface FormatRequest {
  readonly method: string;
  /** Without host and query; whatever stands before the format's own path is ignored. */
  readonly path: string;
}

/** An answer to an HTTP request, as `http response` takes it. */
export interface FormatAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string;
}

/** A service as mDNS announces it, so that apps find it. */
export interface Announcement {
  /** `hwenergy` stands for `_hwenergy._tcp`. */
  readonly type: string;
  readonly name: string;
  /** Name of the host without `.local`. */
  readonly host: string;
  readonly txt: Readonly<Record<string, string>>;
}

/** What led to a message. */
export interface News {
  readonly reading: Reading;
  /** What was known before it; undefined when it is the first of the meter. */
  readonly before: MeterSnapshot | undefined;
  /** The first reading since the start, a deploy, or a silence: whoever listens has to be told everything. */
  readonly isFirst: boolean;
}

/**
 * A format with its settings: from what is known of a meter to messages. Pure; it is never called before the first reading
 * of a meter. What it does not have, it does not do.
 */
export interface Format {
  /** Its messages do not tell one meter from another: readings of a second one are refused. */
  readonly isForOneMeter?: boolean;
  /** A reading came in; it is in `meter` already. */
  readonly onReading?: (meter: MeterSnapshot, news: News) => readonly FormatMessage[];
  /** The meter fell silent, or nobody will read it any more. */
  readonly onSilence?: (meter: MeterSnapshot) => readonly FormatMessage[];
  /** The meter is there again though nothing was read meanwhile: its last reading is not too old yet. */
  readonly onReturn?: (meter: MeterSnapshot) => readonly FormatMessage[];
  /**
   * All that a broker retains of a meter, to be sent again: a broker may have lost it.
   * @param withValues whether the values are among it; false while each reading sends them soon enough. What is silent has none.
   */
  readonly announceAll?: (meter: MeterSnapshot, withValues: boolean) => readonly FormatMessage[];
  /** What is sent again and again while the meter is not silent. */
  readonly repeat?: {
    readonly everyMs: number;
    /**
     * What is sent.
     * @param now the time of day
     */
    readonly messages: (meter: MeterSnapshot, now: Date) => readonly FormatMessage[];
  };
  /**
   * Answers an HTTP request.
   * @param meter undefined before the first reading; look at `online`: what is old must not be told as if it were new
   * @param now the time of day
   */
  readonly answer?: (meter: MeterSnapshot | undefined, request: FormatRequest, now: Date) => FormatAnswer;
  /** How apps find what answers, on the network. */
  readonly announcement?: (meter: MeterSnapshot) => Announcement;
}

/** Settings as a dialog or an old export gives them: missing, empty, numbers as text. */
export type GivenSettings = Readonly<Record<string, unknown>>;

/** An entry of the registry. */
export interface FormatDefinition {
  /** Stands in flows; never renamed. */
  readonly name: string;
  /** The settings of its own, and what each is when left empty. */
  readonly defaults: Readonly<Record<string, string>>;
  /** @throws UsageError `bad-setting` */
  readonly create: (given: GivenSettings) => Format;
}

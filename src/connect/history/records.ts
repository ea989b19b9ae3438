import type { MeterDescription } from '../../meter/index.js';
import { tableNamed } from './source.js';

/** What of the meter's history is read. */
export const HISTORY_KINDS = ['intervals', 'billing', 'events', 'outages', 'mbus'] as const;
export type HistoryKind = (typeof HISTORY_KINDS)[number];

/** A record as a message holds it. */
export interface HistoryRecord {
  readonly topic: 'interval' | 'billing' | 'event' | 'outage' | 'mbus';
  readonly payload: Readonly<Record<string, unknown>>;
  readonly registers?: readonly object[];
  readonly history: { readonly kind: string } & Readonly<Record<string, unknown>>;
  readonly table: HistoryTable;
  readonly meter: Readonly<Record<string, unknown>>;
}

/** Where a record comes from; `readAt` is the time of the record, ISO 8601 in UTC; null where it has none. */
export interface HistoryTable {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly complete: false;
  readonly readAt: string | null;
}

/** What is reported of the history itself. */
export type HistoryNote =
  | { readonly topic: 'profile'; readonly payload: ProfileReport | { readonly reason: NoProfileReason } }
  | { readonly topic: 'news'; readonly payload: HistoryNews };

export interface ProfileReport {
  readonly dataSet: number;
  readonly minutes: number;
  readonly channels: readonly {
    readonly channel: number;
    readonly source: number;
    readonly key: string;
    readonly name: string;
    readonly unit: string | null;
  }[];
  readonly blocks: number;
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly days: number;
}

export type NoProfileReason = 'no-profile' | 'switched-off' | 'not-permitted';

export interface HistoryNews {
  /** `damaged`: a block without a time. */
  readonly reason: 'reconfigured' | 'meter-changed' | 'overtaken' | 'damaged' | 'switched-off' | 'clock-set';
  /** The time whose records are lost, ISO 8601 in UTC; null where it is not known. */
  readonly lost: { readonly from: string; readonly to: string } | null;
}

/** The part of a description that goes with each record: without what decodes its tables. */
export function meterOf(meter: MeterDescription): Readonly<Record<string, unknown>> {
  return { ...meter, dimensions: {} };
}

export function tableOf(id: string, readAt: string | null): HistoryTable {
  const { number, title } = tableNamed(id);
  return { id, number, name: title, complete: false, readAt };
}

const DAY_MS = 86_400_000;
const HUNDREDTHS = 100;

/** Days between two times, in hundredths. */
export function daysBetween(oldest: string | null, newest: string | null): number {
  if (oldest === null || newest === null) return 0;
  return Math.round(((Date.parse(newest) - Date.parse(oldest)) / DAY_MS) * HUNDREDTHS) / HUNDREDTHS;
}

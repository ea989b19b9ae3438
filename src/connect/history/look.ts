import type { HistoryMemory } from './memory.js';
import type { HistoryNote, HistoryRecord } from './records.js';

/** Where the first look at a meter begins. */
export type HistoryStart = 'everything' | 'now' | { readonly days: number };

/** One look at the history of a meter. */
export interface HistoryLook {
  readonly start: HistoryStart;
  /** Only records of this time, ms since 1970; the memory is left as it is. */
  readonly span?: { readonly from: number; readonly to: number } | undefined;
  /** Whether the load profile is reported, also if it is the same as before. */
  readonly isReportDue?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The records of one response, and the memory to keep once they were sent. */
export interface HistoryPart {
  readonly records: readonly HistoryRecord[];
  readonly notes: readonly HistoryNote[];
  readonly memory: HistoryMemory;
}

import { isFields } from '../../readings/index.js';

/** Position in the records of one meter, JSON-safe; its form depends on the kind of records. */
export type HistoryEntry = Readonly<Record<string, unknown>>;

/** What is kept between two looks: the meter that was read last, and the position in each one's records. */
export interface HistoryMemory {
  readonly meter: string | null;
  /** By kind, serial number and data set, the last used one at the end. */
  readonly entries: Readonly<Record<string, HistoryEntry>>;
}

/** Before the first look. */
export const EMPTY_HISTORY: HistoryMemory = { meter: null, entries: {} };

/** Meters and data sets whose positions are kept. */
const MAX_ENTRIES = 16;

/** The memory from what was kept; anything else is an empty one. */
export function recallHistory(kept: unknown): HistoryMemory {
  if (!isFields(kept) || !isFields(kept['entries'])) return EMPTY_HISTORY;
  const { meter } = kept;
  const entries = Object.entries(kept['entries']).filter((entry): entry is [string, HistoryEntry] =>
    isFields(entry[1]),
  );
  return { meter: typeof meter === 'string' ? meter : null, entries: Object.fromEntries(entries) };
}

/** The memory with an entry replaced, and the meter that it belongs to. */
export function withEntry(memory: HistoryMemory, meter: string, key: string, entry: HistoryEntry): HistoryMemory {
  const others = Object.entries(memory.entries).filter(([other]) => other !== key);
  return { meter, entries: Object.fromEntries([...others.slice(1 - MAX_ENTRIES), [key, entry]]) };
}

import type { MeterError } from '../errors.js';
import type { Fields } from '../readings/index.js';
import type { FormatMessage } from './format.js';
import type { HistoryEntry } from './history-entry.js';

/** What a format makes of history. */
export interface Written {
  /** What takes the next entries. */
  readonly writer: HistoryWriter;
  readonly messages: readonly FormatMessage[];
  /** Entries that were left out although they should have been written, reported after the messages were sent. */
  readonly problem?: MeterError;
}

/** A format for history, with what it remembers. Immutable: each step gives the next one. */
export interface HistoryWriter {
  /** What to keep over a restart, JSON-safe; undefined: nothing. */
  readonly kept?: unknown;
  /**
   * Writes entries of one meter.
   * @param now the time of day
   */
  readonly write: (entries: readonly HistoryEntry[], now: Date) => Written;
  /**
   * Takes what a program answered to a message of this format.
   * @returns undefined where the message is no such answer
   */
  readonly reply?: (msg: Fields, now: Date) => Written | undefined;
}

/** A writer that remembers nothing: the same entries always give the same messages. */
export function plainWriter(messagesOf: (entries: readonly HistoryEntry[]) => readonly FormatMessage[]): HistoryWriter {
  const writer: HistoryWriter = { write: (entries) => ({ writer, messages: messagesOf(entries) }) };
  return writer;
}

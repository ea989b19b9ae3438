import type { HistoryLook } from './look.js';
import { type HistoryEntry, type HistoryMemory, withEntry } from './memory.js';
import type { HistoryKind, HistoryNote } from './records.js';

const DAY_MS = 86_400_000;

/** The memory of one look at logs, which belong to a meter. */
export class LogMemory {
  readonly #serial: string;
  readonly #key: string;
  readonly #isMoved: boolean;
  memory: HistoryMemory;
  /** What to report first. */
  readonly notes: readonly HistoryNote[];

  constructor(kind: HistoryKind, memory: HistoryMemory, serial: string | null, { span }: HistoryLook) {
    this.#serial = serial ?? '';
    this.#key = `${kind} ${this.#serial}`;
    this.#isMoved = span === undefined;
    const isOther = memory.meter !== null && memory.meter !== this.#serial;
    this.notes = isOther ? [{ topic: 'news', payload: { reason: 'meter-changed', lost: null } }] : [];
    this.memory = memory.meter === this.#serial ? memory : { ...memory, meter: this.#serial };
  }

  /** undefined before the first look at this meter. */
  get entry(): HistoryEntry | undefined {
    return this.memory.entries[this.#key];
  }

  /** Moves the position; a look at a span of time leaves it. */
  move(entry: HistoryEntry): HistoryMemory {
    if (this.#isMoved && JSON.stringify(entry) !== JSON.stringify(this.entry)) {
      this.memory = withEntry(this.memory, this.#serial, this.#key, entry);
    }
    return this.memory;
  }
}

/**
 * Whether a record is wanted by its time. One without a time is, unless the look is at a span.
 * @param times of all records, ISO 8601; null: not known
 */
export function wantedBy(
  { span, start }: HistoryLook,
  isFirst: boolean,
  times: readonly (string | null)[],
): (time: string | null) => boolean {
  if (span) return (time) => time !== null && Date.parse(time) >= span.from && Date.parse(time) < span.to;
  if (!isFirst || start === 'everything') return () => true;
  if (start === 'now') return () => false;
  const newest = Math.max(...times.map((time) => (time === null ? -Infinity : Date.parse(time))));
  return (time) => time === null || Date.parse(time) > newest - start.days * DAY_MS;
}

import { fieldsOf, isDecodedReading, isFields, systemClock } from '../../src/internal.js';

/** A node that sees more meters and tables than this does not follow their pace. */
const MAX_SOURCES = 256;
/** A status is stale when so many readings in a row are missing. */
const MISSED_READINGS = 2;

/** A status that changes more often could not be read: readings that came faster are expected at this interval. */
const MIN_INTERVAL_MS = 5_000;

/** The readings of one table of one meter. */
interface Source {
  readonly readAt: number;
  /** When the newest arrived, ms of a monotonic clock. */
  readonly arrivedAt: number;
  /** The last two times between arrivals; empty before the second reading. */
  readonly gaps: readonly number[];
}

/**
 * Follows how often readings arrive, and reports when two in a row are missing of every table: what a node shows by then is not
 * the present state. A node does not know the interval of the read node, so it is taken from the arrivals.
 */
export class ReadingPace {
  readonly #sources = new Map<string, Source>();
  readonly #onStale: () => void;
  #cancel: () => void = () => undefined;

  constructor(onStale: () => void) {
    this.#onStale = onStale;
  }

  /** Takes in a message. @returns whether it is a reading that is newer than the last one of its table */
  note(msg: Readonly<Record<string, unknown>>): boolean {
    const table = fieldsOf(msg['table']);
    const readAt = typeof table['readAt'] === 'string' ? Date.parse(table['readAt']) : Number.NaN;
    const isReading = isDecodedReading(msg['payload']) || ArrayBuffer.isView(msg['payload']);
    if (!isReading || Number.isNaN(readAt) || isFields(msg['history'])) return false;
    const name = JSON.stringify([fieldsOf(msg['meter'])['serial'], table['id']]);
    const before = this.#sources.get(name);
    if (before !== undefined && readAt <= before.readAt) return false;
    const arrivedAt = systemClock.now();
    const gaps = before === undefined ? [] : [...before.gaps, arrivedAt - before.arrivedAt].slice(-2);
    if (before !== undefined || this.#sources.size < MAX_SOURCES) this.#sources.set(name, { readAt, arrivedAt, gaps });
    this.#wait(arrivedAt);
    return true;
  }

  /** Ends the waiting. */
  close(): void {
    this.#cancel();
  }

  /** Waits until every table whose pace is known is stale. */
  #wait(now: number): void {
    this.#cancel();
    const due = [...this.#sources.values()]
      .filter(({ gaps }) => gaps.length > 0)
      .map(({ arrivedAt, gaps }) => arrivedAt + MISSED_READINGS * Math.max(MIN_INTERVAL_MS, ...gaps));
    if (due.length === 0) return;
    this.#cancel = systemClock.after(Math.max(...due) - now, this.#onStale);
  }
}

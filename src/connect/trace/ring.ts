import { systemClock } from '../../clock.js';
import type { TraceSink } from './tracer.js';

/** How much of a connection is remembered. */
export const RING_MS = 15 * 60_000;
export const RING_BYTES = 256 * 1_024;

interface Entry {
  readonly line: string;
  readonly at: number;
}

/** The last lines of a trace: those of the last 15 minutes, 256 kB at most. */
export class TraceRing implements TraceSink {
  readonly #maxMs: number;
  readonly #maxBytes: number;
  #entries: Entry[] = [];
  /** Entries before this one have been dropped. */
  #first = 0;
  #bytes = 0;

  constructor(maxBytes = RING_BYTES, maxMs = RING_MS) {
    this.#maxBytes = maxBytes;
    this.#maxMs = maxMs;
  }

  add(line: string, at: number): void {
    this.#entries.push({ line, at });
    this.#bytes += sizeOf(line);
    this.#drop(at);
  }

  /** The lines that are kept, the oldest first. */
  lines(now = systemClock.now()): string[] {
    this.#drop(now);
    return this.#entries.slice(this.#first).map(({ line }) => line);
  }

  #drop(now: number): void {
    for (let entry = this.#entries[this.#first]; entry; entry = this.#entries[this.#first]) {
      if (this.#bytes <= this.#maxBytes && now - entry.at <= this.#maxMs) break;
      this.#bytes -= sizeOf(entry.line);
      this.#first++;
    }
    // Dropping one by one would move the whole array each time.
    if (this.#first > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}

/** Length with the line break. */
const sizeOf = (line: string): number => line.length + 1;

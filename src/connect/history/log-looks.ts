import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import type { HistorySource } from './source.js';

/** Looks at one kind of records in logs whose set-up is found once, and again after it may have changed. */
export abstract class LogLooks<Found> {
  protected readonly source: HistorySource;
  protected readonly hostZone: string;
  #found: Found | undefined;

  /** @param hostZone for local times of a meter that does not give its zone */
  constructor(source: HistorySource, hostZone: string) {
    this.source = source;
    this.hostZone = hostZone;
  }

  async *look(memory: HistoryMemory, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    for (;;) {
      this.#found ??= await this.find(options.signal);
      if (this.#found === undefined) {
        yield noLog(memory);
        return;
      }
      if (yield* this.read(this.#found, memory, options)) return;
      this.#found = undefined;
    }
  }

  /** @returns undefined where the meter has no such log, or does not permit it to be read */
  protected abstract find(signal: AbortSignal | undefined): Promise<Found | undefined>;

  /** @returns false, before any part, where another meter or another set-up may be there */
  protected abstract read(
    found: Found,
    memory: HistoryMemory,
    options: HistoryLook,
  ): AsyncGenerator<HistoryPart, boolean>;
}

export function noLog(memory: HistoryMemory): HistoryPart {
  return { records: [], notes: [{ topic: 'profile', payload: { reason: 'not-permitted' } }], memory };
}

import { BillingLooks } from './billing-look.js';
import { DeviceLooks } from './device-look.js';
import { EventLooks } from './event-look.js';
import { IntervalLooks } from './interval-look.js';
import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import { OutageLooks } from './outage-look.js';
import { ProfileAccess } from './profile-access.js';
import type { DataSetChoice } from './profile-setup.js';
import type { HistoryKind, HistoryNote } from './records.js';
import type { HistorySource } from './source.js';

/** What a reader reads. */
export interface HistoryReaderOptions {
  readonly what: HistoryKind;
  /** For intervals; default: the one that the meter displays. */
  readonly dataSet?: DataSetChoice;
  /** For local times of a meter that does not give its zone; default: that of this computer. */
  readonly timeZone?: string | undefined;
}

/** Reads what a meter remembers, one kind of records, from where the last look ended. */
export class HistoryReader {
  /** Why there was nothing to read, as it was reported last. */
  #reason: string | undefined;
  readonly #looks: { look(memory: HistoryMemory, options: HistoryLook): AsyncGenerator<HistoryPart, void> };

  constructor(source: HistorySource, { what, dataSet = 'auto', timeZone }: HistoryReaderOptions) {
    const zone = timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    switch (what) {
      case 'intervals':
        this.#looks = new IntervalLooks(new ProfileAccess(source, dataSet));
        break;
      case 'billing':
        this.#looks = new BillingLooks(source, zone);
        break;
      case 'events':
        this.#looks = new EventLooks(source, zone);
        break;
      case 'outages':
        this.#looks = new OutageLooks(source, zone);
        break;
      case 'mbus':
        this.#looks = new DeviceLooks(source, zone);
    }
  }

  /**
   * Reads new records, or those of a span of time.
   * @param memory of the last part that was sent; `EMPTY_HISTORY` before
   * @returns parts, each of one response of the meter or of a few records; the caller may stop after any of them
   * @throws what the source throws; DecodeError where the data contradict the set-up
   */
  async *look(memory: HistoryMemory, options: HistoryLook): AsyncGenerator<HistoryPart, void> {
    let former = memory;
    for await (const part of this.#looks.look(memory, options)) {
      const notes = part.notes.filter((note) => this.#isNew(note));
      const isEmpty = part.records.length === 0 && notes.length === 0 && part.memory === former;
      former = part.memory;
      if (!isEmpty) yield { ...part, notes };
    }
  }

  /** That there is nothing to read is reported once. */
  #isNew(note: HistoryNote): boolean {
    if (note.topic !== 'profile') return true;
    const reason = 'reason' in note.payload ? note.payload.reason : undefined;
    const isNew = reason === undefined || reason !== this.#reason;
    this.#reason = reason;
    return isNew;
  }
}

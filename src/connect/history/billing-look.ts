import { type BillingRead, readBilling } from '../../history/index.js';
import type { MeterDescription } from '../../meter/index.js';
import { LogMemory, wantedBy } from './entries.js';
import { isSameSetup } from './event-look.js';
import { meterMoments, type MomentsOf } from './local-clock.js';
import { LogLooks } from './log-looks.js';
import type { HistoryLook, HistoryPart } from './look.js';
import type { HistoryMemory } from './memory.js';
import { type HistoryRecord, meterOf, tableOf } from './records.js';
import { follow, readingIfAny } from './source.js';

/** The header of BT26: reading it loads what describes its entries. [MEP p.212] */
const HEADER = { offset: 0, count: 6 };

interface Found {
  readonly meter: MeterDescription;
  readonly momentsOf: MomentsOf;
}

/** Looks for self-reads. */
export class BillingLooks extends LogLooks<Found> {
  protected async *read(
    { meter: known, momentsOf }: Found,
    memory: HistoryMemory,
    options: HistoryLook,
  ): AsyncGenerator<HistoryPart, boolean> {
    const { signal, span } = options;
    const kept = new LogMemory('billing', memory, known.serial, options);
    const last = span ? undefined : kept.entry?.['sequence'];
    const steps = readBilling(known.dimensions, { known: typeof last === 'number' ? last : undefined, momentsOf });
    const { last: step, meter } = await follow(this.source, steps, signal);
    if (!isSameSetup(meter, known)) return false;
    const { reads, lost, newest } = step;
    const isFirst = kept.entry === undefined;
    const isWanted = wantedBy(
      options,
      isFirst,
      reads.map(({ at }) => at),
    );
    const notes = [...kept.notes];
    if (lost > 0) notes.push({ topic: 'news', payload: { reason: 'overtaken', lost: null } });
    for (const read of reads) {
      if (!isWanted(read.at)) continue;
      const moved = kept.move({ sequence: read.sequence });
      yield { records: [billingRecord(read, meter)], notes: notes.splice(0), memory: moved };
    }
    const former = kept.memory;
    const moved = newest === undefined ? former : kept.move({ sequence: newest });
    if (moved !== former || notes.length > 0) yield { records: [], notes: notes.splice(0), memory: moved };
    return true;
  }

  protected async find(signal: AbortSignal | undefined): Promise<Found | undefined> {
    const reading = await readingIfAny(this.source, 'BT26', HEADER, signal);
    if (reading === undefined) return undefined;
    const { momentsOf } = await meterMoments(this.source, this.hostZone, signal);
    return { meter: reading.meter, momentsOf };
  }
}

function billingRecord(
  { payload, registers, sequence, at, local, season }: BillingRead,
  meter: MeterDescription,
): HistoryRecord {
  return {
    topic: 'billing',
    payload,
    registers,
    history: { kind: 'billing', sequence, at, local, season },
    table: tableOf('BT26', at),
    meter: meterOf(meter),
  };
}

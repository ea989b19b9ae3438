import {
  EMPTY_HISTORY,
  type HistoryLook,
  type HistoryMemory,
  type HistoryNote,
  HistoryReader,
  type HistoryReaderOptions,
  type HistoryRecord,
} from '../../../src/connect/index.js';
import type { Meter } from '../../../src/meter/index.js';
import type { SimulatorTransport } from '../../../src/simulator/index.js';
import type { FakeClock } from '../fake-clock.js';

/** Parts of a stage with a simulated meter. */
export interface HistoryStageParts {
  readonly clock: FakeClock;
  readonly transport: SimulatorTransport;
  readonly meter: Meter;
}

/** What one look found. */
export interface HistoryLookResult {
  readonly records: readonly HistoryRecord[];
  readonly notes: readonly HistoryNote[];
  /** Requests that the meter answered with data: table, offset and number of bytes. */
  readonly reads: readonly (readonly [table: number, offset: number, bytes: number])[];
}

/** Reads the history of a simulated meter; the memory goes through JSON, as in a context store. */
export class HistoryStage {
  readonly made: HistoryStageParts;
  readonly #reader: HistoryReader;
  readonly #reads: [number, number, number][] = [];
  readonly services = new Set<string>();
  memory: HistoryMemory = EMPTY_HISTORY;

  constructor(made: HistoryStageParts, options: Partial<HistoryReaderOptions> = {}) {
    this.made = made;
    this.#reader = new HistoryReader(made.meter, { what: 'intervals', ...options });
    const note = ({ request, data }: { request?: object | undefined; data?: Uint8Array | undefined }): void => {
      const { service, table, offset = 0 } = (request ?? {}) as { service?: string; table?: number; offset?: number };
      if (service !== undefined) this.services.add(service);
      if (table !== undefined && data) this.#reads.push([table, offset, data.length]);
    };
    made.transport.meter.onExchange(note);
    made.transport.optical.onExchange(note);
  }

  /** Looks with the clock running. */
  look(options: Partial<HistoryLook> = {}): Promise<HistoryLookResult> {
    return this.made.clock.run(this.lookWith(options));
  }

  /** Looks while the caller runs the clock. */
  async lookWith(
    options: Partial<HistoryLook> = {},
    onRecords: (records: readonly HistoryRecord[]) => void = () => undefined,
  ): Promise<HistoryLookResult> {
    this.#reads.length = 0;
    const records: HistoryRecord[] = [];
    const notes: HistoryNote[] = [];
    for await (const part of this.#reader.look(this.memory, { start: 'everything', ...options })) {
      records.push(...part.records);
      notes.push(...part.notes);
      this.memory = JSON.parse(JSON.stringify(part.memory)) as HistoryMemory;
      onRecords(part.records);
    }
    return { records, notes, reads: [...this.#reads] };
  }
}

import assert from 'node:assert/strict';
import type { HistoryRequest } from '../../../src/history/index.js';
import { type Dimensions, encodeTable, findTable, type TableValues } from '../../../src/tables/index.js';

/** An interval as the meter records it. */
export interface ModelInterval {
  readonly isRecorded: boolean;
  /** Bits of the common nibble. */
  readonly common: number;
  readonly statuses: readonly number[];
  readonly values: readonly number[];
}

export interface RingSetup {
  readonly blocks: number;
  readonly intervals: number;
  readonly minutes: number;
  readonly sources: readonly number[];
  /** Sequence number of the first block. */
  readonly firstSequence: number;
  /** ms since 1970 at which the first interval begins. */
  readonly start: number;
}

const MINUTE_MS = 60_000;
const MINUTES_PER_DAY = 1_440;
const ONE_DAY = 84;
const STATUS_BYTES = 13;

/** BT61 and BT62 of one data set, in the place of a data set from 1 on. */
export function profileDimensions({ blocks, intervals, minutes, sources }: RingSetup, dataSet = 1): Dimensions {
  const empty = { numberOfBlocks: 0, numberOfIntervals: 0, numberOfChannels: 0, maximumIntervalTime: 0 };
  const own = {
    numberOfBlocks: blocks,
    numberOfIntervals: intervals,
    numberOfChannels: sources.length,
    maximumIntervalTime: minutes === MINUTES_PER_DAY ? ONE_DAY : minutes,
  };
  const channelSettings = sources.map((intervalSource) => ({ endReading: false, intervalSource, endReadingSource: 0 }));
  const placed = <T>(value: T, other: T): T[] => [1, 2, 3, 4].map((one) => (one === dataSet ? value : other));
  return {
    BT61: { dataSets: placed<TableValues>(own, empty), endReadingSupported: false },
    BT62: { dataSets: placed<TableValues>({ channelSettings, format: 32 }, { channelSettings: [], format: 32 }) },
  };
}

/** A data set of a load profile that is encoded by the schema of its tables and advances with time. */
export class RingModel {
  readonly setup: RingSetup;
  readonly history: readonly ModelInterval[];
  /** Number of intervals that have ended. */
  now: number;
  readonly requests: HistoryRequest[] = [];
  readonly #dims: Dimensions;
  readonly #encoded = new Map<string, Uint8Array>();

  constructor(setup: RingSetup, history: readonly ModelInterval[], now = history.length) {
    this.setup = setup;
    this.history = history;
    this.now = now;
    this.#dims = profileDimensions({ ...setup, blocks: 1 });
  }

  get dims(): Dimensions {
    return profileDimensions(this.setup);
  }

  /** Answers a request with at most `maxBytes` bytes. */
  answer(request: HistoryRequest, maxBytes: number): Uint8Array {
    this.requests.push(request);
    const { offset, count } = request;
    const taken = Math.min(count, maxBytes);
    if (request.table !== 'BT63') return this.#data(offset, count).slice(0, taken);
    return this.#status().slice(offset, offset + taken);
  }

  /** Numbers of the recorded intervals that the meter still has. */
  kept(): number[] {
    const { intervals } = this.setup;
    const first = (this.#newest() - this.#valid() + 1) * intervals;
    return this.history.flatMap(({ isRecorded }, at) => (isRecorded && at >= first && at < this.now ? at : []));
  }

  /** End of an interval, ms since 1970. */
  endOf(at: number): number {
    return this.setup.start + (at + 1) * this.setup.minutes * MINUTE_MS;
  }

  #newest(): number {
    return Math.floor((this.now - 1) / this.setup.intervals);
  }

  #valid(): number {
    return this.now === 0 ? 0 : Math.min(this.setup.blocks, this.#newest() + 1);
  }

  #status(): Uint8Array {
    const { blocks, intervals, firstSequence } = this.setup;
    const bytes = new Uint8Array(4 * STATUS_BYTES);
    const view = new DataView(bytes.buffer);
    const isEmpty = this.now === 0;
    const newest = this.#newest();
    view.setUint8(0, 0x24);
    view.setUint16(1, this.#valid(), true);
    view.setUint16(3, isEmpty ? 0 : newest % blocks, true);
    view.setUint32(5, isEmpty ? firstSequence : firstSequence + newest, true);
    const recorded = this.history.slice(newest * intervals, this.now).filter(({ isRecorded }) => isRecorded);
    view.setUint16(11, isEmpty ? 0 : recorded.length, true);
    return bytes;
  }

  /** Bytes of the table; only the blocks that contain them are encoded. */
  #data(offset: number, count: number): Uint8Array {
    const { blocks } = this.setup;
    const newest = this.#newest();
    const size = this.#block(0, 0).length;
    assert.ok(offset >= 0 && count > 0 && offset + count <= blocks * size, `${offset} ${count}`);
    const first = Math.floor(offset / size);
    const bytes = new Uint8Array(size * (Math.ceil((offset + count) / size) - first));
    for (let index = first; index * size < offset + count; index++) {
      const block = newest - ((((newest - index) % blocks) + blocks) % blocks);
      bytes.set(block < 0 ? this.#block(0, 0) : this.#block(block, this.now), (index - first) * size);
    }
    return bytes.slice(offset - first * size, offset - first * size + count);
  }

  /** Intervals of a block that are not recorded yet still contain old data. */
  #block(block: number, now: number): Uint8Array {
    const { intervals, blocks, sources } = this.setup;
    const key = `${block} ${Math.min(now, (block + 1) * intervals)}`;
    const known = this.#encoded.get(key);
    if (known) return known;
    const numbers = Array.from({ length: intervals }, (_, i) => block * intervals + i);
    const recorded = numbers.filter((at) => at < now && this.history[at]?.isRecorded === true);
    const table = findTable('BT64');
    assert.ok(table);
    const newest = recorded.at(-1);
    const bytes = encodeTable(
      table,
      {
        blockData: [
          {
            endTime: newest === undefined ? null : new Date(this.endOf(newest)).toISOString().slice(0, 16),
            simpleStatus: recorded.map((at) => at % intervals),
            intervals: numbers.map((at) => {
              const own = recorded.includes(at) ? this.history[at] : this.history[at - blocks * intervals];
              return fieldsOf(own ?? { common: 0, statuses: sources.map(() => 0), values: sources.map(() => 0) });
            }),
          },
        ],
      },
      this.#dims,
    );
    this.#encoded.set(key, bytes);
    return bytes;
  }
}

function fieldsOf({ common, statuses, values }: Omit<ModelInterval, 'isRecorded'>): TableValues {
  return {
    daylightSavingTime: (common & 1) !== 0,
    powerFail: (common & 2) !== 0,
    clockResetForward: (common & 4) !== 0,
    clockResetBackward: (common & 8) !== 0,
    extendedStatus: [...statuses],
    channelValues: [...values],
  };
}

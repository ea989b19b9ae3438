/** A recorded data set of the load profile: its blocks, as values and as bytes. */
import {
  type Begin,
  blockMs,
  type Break,
  type Era,
  erasOf,
  intervalMs,
  intervalsOf,
  newestSequence,
  type PlacedInterval,
} from './eras.js';
import {
  blockBytes,
  type DataSetSetup,
  END_TIME_BYTES,
  headerBytes,
  intervalBytes,
  statusBytes,
  VALUE_BYTES,
} from './setup.js';
import { stimeDate } from '../stime-date.js';

/** An interval as the meter has recorded it. */
export interface RecordedInterval {
  /** Sequence number of the block. */
  readonly block: number;
  /** Number in the block. */
  readonly interval: number;
  /** By the meter's clock, ms since 1970. */
  readonly end: number;
  /** True time of the end. */
  readonly trueEnd: number;
  /** Bits of the common status. */
  readonly common: number;
  readonly statuses: readonly number[];
  /** Register values of the channels, as they are recorded. */
  readonly values: readonly number[];
}

/** What an interval recorded, apart from its place. */
export type Content = Pick<RecordedInterval, 'common' | 'statuses' | 'values'>;

/** Where a data set has its content from. */
export interface Recorder {
  readonly breaks: readonly Break[];
  /** The meter's clock now. */
  readonly now: number;
  /** undefined where the interval is not recorded. */
  contentOf(interval: PlacedInterval): Content | undefined;
  isRecorded(interval: PlacedInterval): boolean;
}

/** Progress of the recording. */
export interface Progress {
  readonly validBlocks: number;
  /** Sequence number of the newest block. */
  readonly sequence: number;
  /** Recorded intervals of the newest block. */
  readonly intervals: number;
  /** Number of the newest interval in its block. */
  readonly lastInterval: number;
  /** Its end, by the meter's clock. */
  readonly end: number;
}

interface ComputedBlock {
  readonly intervals: number;
  readonly bytes: Uint8Array;
  readonly isComplete: boolean;
}

export class RecordedDataSet {
  readonly setup: DataSetSetup;
  readonly #begin: Begin;
  readonly #recorder: () => Recorder;
  readonly #blocks = new Map<number, ComputedBlock>();
  #eras: { readonly breaks: number; readonly list: readonly Era[] } | undefined;

  constructor(setup: DataSetSetup, begin: Begin, recorder: () => Recorder) {
    this.setup = setup;
    this.#begin = begin;
    this.#recorder = recorder;
  }

  /** Drops computed blocks: what was recorded is another than before. */
  invalidate(): void {
    this.#blocks.clear();
    this.#eras = undefined;
  }

  /** undefined where nothing has been recorded. */
  get progress(): Progress | undefined {
    const newest = newestSequence(this.#list, this.#recorder().now, this.setup);
    if (newest === undefined) return undefined;
    const first = this.#list[0]?.firstSequence ?? newest;
    const oldest = Math.max(first, newest - this.setup.blocks + 1);
    for (let sequence = newest; sequence >= oldest; sequence--) {
      const recorded = this.#recordedIn(sequence);
      const last = recorded.at(-1);
      if (!last) continue;
      const validBlocks = sequence - Math.max(first, sequence - this.setup.blocks + 1) + 1;
      return { validBlocks, sequence, intervals: recorded.length, lastInterval: last.number, end: last.end };
    }
    return undefined;
  }

  /** The intervals that the table still has, oldest first. */
  get recorded(): RecordedInterval[] {
    const { progress } = this;
    if (!progress) return [];
    const first = progress.sequence - progress.validBlocks + 1;
    return Array.from({ length: progress.validBlocks }, (_, i) => this.#contents(first + i)).flat();
  }

  /** The whole table BT64 to BT67. */
  get image(): Uint8Array {
    const size = blockBytes(this.setup);
    const image = new Uint8Array(this.setup.blocks * size);
    const { progress } = this;
    if (!progress) return image;
    for (let back = 0; back < progress.validBlocks; back++) {
      const sequence = progress.sequence - back;
      image.set(this.#block(sequence, back > 0), this.indexOf(sequence) * size);
    }
    for (const sequence of this.#blocks.keys()) {
      if (sequence <= progress.sequence - this.setup.blocks) this.#blocks.delete(sequence);
    }
    return image;
  }

  /** Place of a block in the table. */
  indexOf(sequence: number): number {
    return sequence % this.setup.blocks;
  }

  /** Begin of the block with the newest interval, by the meter's clock. */
  blockStart({ lastInterval, end }: Progress): number {
    return end - (lastInterval + 1) * intervalMs(this.setup);
  }

  /** How long the data set reaches back, ms. */
  get depth(): number {
    return this.setup.blocks * blockMs(this.setup);
  }

  get #list(): readonly Era[] {
    const { breaks } = this.#recorder();
    if (this.#eras?.breaks !== breaks.length) {
      this.#eras = { breaks: breaks.length, list: erasOf(this.setup, this.#begin, breaks) };
      this.#blocks.clear();
    }
    return this.#eras.list;
  }

  #recordedIn(sequence: number): PlacedInterval[] {
    const recorder = this.#recorder();
    return intervalsOf(sequence, this.#list, recorder.now, this.setup).filter((one) => recorder.isRecorded(one));
  }

  #contents(sequence: number): RecordedInterval[] {
    const recorder = this.#recorder();
    return this.#recordedIn(sequence).flatMap((interval) => {
      const content = recorder.contentOf(interval);
      const { number, end, era } = interval;
      return content ? { block: sequence, interval: number, end, trueEnd: end - era.offset, ...content } : [];
    });
  }

  /** @param isComplete no further interval will be recorded in the block */
  #block(sequence: number, isComplete: boolean): Uint8Array {
    const known = this.#blocks.get(sequence);
    if (known?.isComplete === true) return known.bytes;
    const { length: intervals } = this.#recordedIn(sequence);
    const bytes = known?.intervals === intervals ? known.bytes : this.#encoded(this.#contents(sequence));
    this.#blocks.set(sequence, { intervals, bytes, isComplete });
    return bytes;
  }

  #encoded(recorded: readonly RecordedInterval[]): Uint8Array {
    const bytes = new Uint8Array(blockBytes(this.setup));
    const last = recorded.at(-1);
    if (!last) return bytes;
    bytes.set(stimeDate(last.end));
    const byNumber = new Map(recorded.map((one) => [one.interval, one]));
    const size = intervalBytes(this.setup);
    for (let number = 0; number < this.setup.intervals; number++) {
      const own = byNumber.get(number);
      if (own) {
        const at = END_TIME_BYTES + (number >> 3);
        bytes[at] = (bytes[at] ?? 0) | (1 << (number & 7));
      }
      // An interval that was not recorded "may contain non-zero data". [MEP p.239]
      const content = own ?? { common: 0, statuses: last.statuses.map(() => 0), values: last.values };
      bytes.set(this.#interval(content), headerBytes(this.setup) + number * size);
    }
    return bytes;
  }

  /** High half of the first byte: the common status; then a half byte for each channel. */
  #interval({ common, statuses, values }: Content): Uint8Array {
    const bytes = new Uint8Array(intervalBytes(this.setup));
    for (const [place, nibble] of [common, ...statuses].entries()) {
      bytes[place >> 1] = (bytes[place >> 1] ?? 0) | (place % 2 === 0 ? nibble << 4 : nibble);
    }
    const view = new DataView(bytes.buffer);
    for (const [channel, value] of values.entries()) {
      view.setInt32(statusBytes(this.setup) + VALUE_BYTES * channel, value, true);
    }
    return bytes;
  }
}

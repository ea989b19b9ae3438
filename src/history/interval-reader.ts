import { type ByteRange, endOf } from '../bytes/byte-range.js';
import { type BlockHeader, headerOf, rawIntervalOf } from './block.js';
import { type IntervalPlace, intervalRecord, type IntervalRecord, type LastTotals } from './intervals.js';
import type { LoadProfile } from './load-profile.js';
import { offsetOfBlock, oldestOf, type RingState, ringStateOf, statusRange } from './ring.js';
import { type HistoryRequest, ReadAhead, type Steps } from './steps.js';

/** Position up to which a data set was read; JSON-safe. */
export interface IntervalCursor {
  /** Block and number of the last interval that was returned; -1: none. */
  readonly block: number;
  readonly interval: number;
  /** State in BT63 when all of its intervals had been returned; null before. */
  readonly seen: { readonly sequence: number; readonly intervals: number } | null;
  readonly last: LastTotals;
}

/** Sequence numbers of blocks whose intervals are not returned. */
export interface LostBlocks {
  /**
   * `overtaken`: overwritten before they were read; `damaged`: without a time; `reset`: the numbers restarted lower.
   */
  readonly reason: 'overtaken' | 'damaged' | 'reset';
  readonly from: number;
  readonly to: number;
}

/** A record, and the largest number of records that may follow; 0 for the last one. */
export type NextInterval = IntervalRecord & { readonly more: number };

/** Records of the last response, and the next request. */
export interface IntervalStep {
  readonly records: readonly NextInterval[];
  readonly lost: readonly LostBlocks[];
  /** Position after the records of this step. */
  readonly cursor: IntervalCursor;
  /** undefined on the last step. */
  readonly request: HistoryRequest | undefined;
}

export interface IntervalReaderOptions {
  /** Position to continue from; undefined: from the oldest interval. */
  readonly cursor?: IntervalCursor | undefined;
  /** Only intervals that begin no earlier, ms since 1970. */
  readonly from?: number | undefined;
  /** Only intervals that end no later, ms since 1970. */
  readonly to?: number | undefined;
  /** In place of `from`: ms before the end of the newest interval. */
  readonly back?: number | undefined;
}

const MINUTE_MS = 60_000;
/** BT63 changes once or twice while a data set is read. What is newer after this many times is left to the next look. */
const MAX_ROUNDS = 8;
/** The oldest blocks are returned only after BT63, read again, shows that the meter has not overwritten them. */
const BLOCKS_AT_RISK = 2;
/** Reading this many bytes between two ranges costs less than a separate request. */
const MAX_SKIPPED_BYTES = 16;

const NO_CURSOR: IntervalCursor = { block: -1, interval: -1, seen: null, last: {} };

/**
 * Reads a data set of the load profile from the cursor on, each interval once and in order.
 * @returns steps, the last of which has no request
 * @throws DecodeError `value-out-of-range` where BT63 contradicts the dimensions of the data set
 */
export function readIntervals(profile: LoadProfile, options: IntervalReaderOptions = {}): Steps<IntervalStep, void> {
  return new IntervalRun(profile, options).steps();
}

/** A decoded interval; without a record where it is outside the requested time. */
interface Found {
  readonly record: IntervalRecord | undefined;
  readonly later: number;
  readonly position: Position;
}

/** Position up to which intervals were decoded, ahead of the cursor. */
type Position = Pick<IntervalCursor, 'block' | 'interval' | 'last'>;

class IntervalRun {
  readonly #profile: LoadProfile;
  readonly #to: number;
  readonly #back: number | undefined;
  readonly #ahead = new ReadAhead();
  #from: number;
  #cursor: IntervalCursor;
  #position: Position;
  /** Intervals for the next step. */
  #ready: Found[] = [];
  /** Intervals that wait until BT63 shows that their blocks were not overwritten meanwhile. */
  #held: Found[] = [];
  #lost: LostBlocks[] = [];
  #isAtEnd = false;
  /** Recorded intervals of the newest block. */
  #newestCount = 0;

  constructor(profile: LoadProfile, { cursor = NO_CURSOR, from, to, back }: IntervalReaderOptions) {
    this.#profile = profile;
    this.#from = from ?? Number.NEGATIVE_INFINITY;
    this.#to = to ?? Number.POSITIVE_INFINITY;
    this.#back = back;
    this.#cursor = cursor;
    this.#position = cursor;
  }

  *steps(): Steps<IntervalStep, void> {
    yield this.#lastStep(yield* this.#read());
  }

  /** @returns the state whose intervals were all read; undefined where the meter always had newer ones */
  *#read(): Steps<IntervalStep, RingState | undefined> {
    let state = yield* this.#status();
    if (this.#isSeen(state) || state.validBlocks === 0) return state;
    if (this.#cursor.block > state.sequence) {
      this.#lost.push({ reason: 'reset', from: state.sequence, to: this.#cursor.block });
      this.#cursor = NO_CURSOR;
      this.#position = NO_CURSOR;
    }
    const first = yield* this.#located(state);
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const blocks = yield* this.#blocks(first, state);
      // BT63 is read again for intervals that were recorded meanwhile; a single block takes too little time for that.
      if (blocks <= 1 && this.#held.length === 0) return state;
      const now = yield* this.#status();
      const isWhole = this.#release(now);
      if (isWhole && (this.#isAtEnd || isSame(state, now))) return state;
      state = now;
    }
    return undefined;
  }

  #isSeen(state: RingState): boolean {
    const { seen } = this.#cursor;
    return seen?.sequence === state.sequence && seen.intervals === state.validIntervals;
  }

  *#status(): Steps<IntervalStep, RingState> {
    const { table, ...range } = statusRange(this.#profile);
    return ringStateOf(yield this.#step({ table, ...range }), this.#profile);
  }

  /** The first requested block, searched backwards from the newest one by the end times in the headers. */
  *#located(state: RingState): Steps<IntervalStep, number> {
    const oldest = oldestOf(state);
    if (this.#from === Number.NEGATIVE_INFINITY && this.#back === undefined) return oldest;
    const { intervals, minutes } = this.#profile;
    for (let sequence = state.sequence; ;) {
      const { endTime, recorded } = yield* this.#header(sequence, state);
      if (endTime === null) return oldest;
      if (sequence === state.sequence && this.#back !== undefined) this.#from = endTime - this.#back;
      const begin = endTime - ((recorded.at(-1) ?? 0) + 1) * minutes * MINUTE_MS;
      const distance = Math.min((begin - this.#from) / (intervals * minutes * MINUTE_MS), sequence - oldest);
      if (distance <= 0) return sequence;
      sequence -= Math.max(1, Math.floor(distance));
    }
  }

  *#header(sequence: number, state: RingState): Steps<IntervalStep, BlockHeader> {
    const offset = offsetOfBlock(sequence, state, this.#profile);
    const count = this.#profile.headerBytes;
    return headerOf(yield* this.#bytes({ offset, count }, offset + count), this.#profile);
  }

  /** @returns the number of blocks that were read */
  *#blocks(first: number, state: RingState): Steps<IntervalStep, number> {
    const { block } = this.#position;
    const oldest = oldestOf(state);
    const isBlockDone = this.#position.interval === this.#profile.intervals - 1;
    const next = isBlockDone ? block + 1 : block;
    if (block >= 0 && next < oldest) this.#lost.push({ reason: 'overtaken', from: next, to: oldest - 1 });
    const begin = Math.max(first, oldest, next);
    this.#ahead.clear();
    for (let sequence = begin; sequence <= state.sequence && !this.#isAtEnd; sequence++) {
      const isToVerify = this.#held.length > 0 && !this.#isAtRisk(sequence, state);
      if (isToVerify && !this.#release(yield* this.#status())) break;
      yield* this.#block(sequence, state);
    }
    return state.sequence - begin + 1;
  }

  *#block(sequence: number, state: RingState): Steps<IntervalStep, void> {
    const { headerBytes, intervalBytes, intervals, minutes } = this.#profile;
    const start = offsetOfBlock(sequence, state, this.#profile);
    const next = sequence === this.#position.block ? this.#position.interval + 1 : 0;
    const upTo = next * intervalBytes > MAX_SKIPPED_BYTES ? 0 : this.#runEnd(start, state);
    const { endTime, recorded } = headerOf(
      yield* this.#bytes({ offset: start, count: headerBytes }, upTo),
      this.#profile,
    );
    const newest = recorded.at(-1);
    if (sequence === state.sequence) this.#newestCount = recorded.length;
    if (endTime === null || newest === undefined) {
      this.#lost.push({ reason: 'damaged', from: sequence, to: sequence });
      return;
    }
    for (const [index, interval] of recorded.entries()) {
      if (interval < next) continue;
      const offset = start + headerBytes + interval * intervalBytes;
      const bytes = yield* this.#bytes({ offset, count: intervalBytes }, this.#runEnd(start, state));
      const end = endTime - (newest - interval) * minutes * MINUTE_MS;
      if (end > this.#to) this.#isAtEnd = true;
      if (this.#isAtEnd) return;
      const later = recorded.length - 1 - index + (state.sequence - sequence) * intervals;
      this.#note(bytes, { block: sequence, interval, end }, later, state);
    }
  }

  /** End of the contiguous blocks from one on, as far as the meter has recorded them. */
  #runEnd(start: number, state: RingState): number {
    const { blocks, blockBytes, headerBytes, intervalBytes } = this.#profile;
    const newest = state.lastBlock * blockBytes;
    return start > newest ? blocks * blockBytes : newest + headerBytes + state.validIntervals * intervalBytes;
  }

  /** @param upTo end of the bytes that may be read ahead in the same request */
  *#bytes(range: ByteRange, upTo: number): Steps<IntervalStep, Uint8Array> {
    const { table } = this.#profile;
    for (;;) {
      const offset = this.#ahead.missing(range);
      if (offset === undefined) return this.#ahead.take(range);
      const count = Math.max(upTo, endOf(range)) - offset;
      this.#ahead.add(offset, yield this.#step({ table, offset, count }));
    }
  }

  #note(bytes: Uint8Array, place: IntervalPlace, later: number, state: RingState): void {
    const { record, last } = intervalRecord(
      rawIntervalOf(bytes, this.#profile),
      place,
      this.#profile,
      this.#position.last,
    );
    const { block, interval } = place;
    this.#position = { block, interval, last };
    const isWanted = place.end - this.#profile.minutes * MINUTE_MS >= this.#from;
    const found = { record: isWanted ? record : undefined, later, position: this.#position };
    (this.#held.length > 0 || this.#isAtRisk(block, state) ? this.#held : this.#ready).push(found);
  }

  #isAtRisk(sequence: number, state: RingState): boolean {
    return sequence <= state.sequence + BLOCKS_AT_RISK - this.#profile.blocks;
  }

  /**
   * Returns the intervals that were held, unless the meter has begun to overwrite their blocks: then they are dropped.
   * @param now BT63, read after it
   */
  #release(now: RingState): boolean {
    const [first] = this.#held;
    const held = this.#held;
    this.#held = [];
    const isOvertaken = first !== undefined && first.position.block < oldestOf(now);
    if (!isOvertaken) {
      this.#ready.push(...held);
      return true;
    }
    this.#lost.push({ reason: 'overtaken', from: first.position.block, to: oldestOf(now) - 1 });
    this.#position = { ...(this.#ready.at(-1)?.position ?? this.#cursor), block: oldestOf(now), interval: -1 };
    return false;
  }

  /** The last record is held until the next step, so that the final record can be marked as such. */
  #step(request: HistoryRequest): IntervalStep {
    const found = this.#ready.splice(0, this.#ready.length - 1);
    return { ...this.#handOut(found), request };
  }

  #lastStep(state: RingState | undefined): IntervalStep {
    const { records, lost, cursor } = this.#handOut(this.#ready.splice(0));
    const newest = records.at(-1);
    if (newest !== undefined) Object.assign(newest, { more: 0 });
    if (state === undefined) return { records, lost, cursor, request: undefined };
    const isAll = this.#to === Number.POSITIVE_INFINITY && this.#newestCount >= state.validIntervals;
    const seen = isAll ? { sequence: state.sequence, intervals: state.validIntervals } : null;
    return { records, lost, cursor: this.#isSeen(state) ? cursor : { ...cursor, seen }, request: undefined };
  }

  #handOut(found: readonly Found[]): Omit<IntervalStep, 'request'> {
    const newest = found.at(-1);
    if (newest !== undefined) this.#cursor = { ...newest.position, seen: null };
    const records = found.flatMap(({ record, later }) => (record ? { ...record, more: Math.max(1, later) } : []));
    return { records, lost: this.#lost.splice(0), cursor: this.#cursor };
  }
}

function isSame(left: RingState, right: RingState): boolean {
  return left.sequence === right.sequence && left.validIntervals === right.validIntervals;
}

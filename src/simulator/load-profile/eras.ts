/**
 * The blocks of a data set over the times at which its recording was interrupted or the meter's clock was set. Between
 * two of these, in an era, the intervals follow each other without a gap.
 */
import { MINUTE_MS } from '../day-plan.js';
import { type DataSetSetup, MINUTES_A_DAY } from './setup.js';

/** An interruption of the recording; true times in ms since 1970, offsets are meter's clock minus true time. */
export interface Break {
  readonly end: number;
  readonly offsetBefore: number;
  /** Where recording resumes; undefined where it has not yet. */
  readonly begin: number | undefined;
  readonly offsetAfter: number;
}

/** Times in ms since 1970 by the meter's own clock. */
export interface Era {
  readonly from: number;
  /** undefined of an era that has not ended. */
  readonly to: number | undefined;
  /** Meter's clock minus true time. */
  readonly offset: number;
  /** Sequence number of the block in which the era begins. */
  readonly firstSequence: number;
  /** How the clock was set at the begin of the era. */
  readonly change: 'forward' | 'back' | 'none';
}

/** The begin of a recording. */
export interface Begin {
  /** ms since 1970 by the meter's clock. */
  readonly from: number;
  readonly offset: number;
  /** Sequence number of the first block; undefined: blocks are counted from 1970. */
  readonly sequence: number | undefined;
}

/** The newest interval that was recorded. */
interface Last {
  readonly sequence: number;
  readonly block: number | undefined;
  readonly end: number;
}

export function intervalMs({ minutes }: DataSetSetup): number {
  return minutes * MINUTE_MS;
}

export function blockMs(set: DataSetSetup): number {
  return set.intervals * intervalMs(set);
}

/** The eras from the begin of the recording on, oldest first. */
export function erasOf(set: DataSetSetup, { from, offset, sequence }: Begin, breaks: readonly Break[]): Era[] {
  const firstSequence = sequence ?? blockAt(from, set);
  let last: Last = { sequence: firstSequence - 1, block: undefined, end: from };
  let era: Era = { from, to: undefined, offset, firstSequence, change: 'none' };
  const eras: Era[] = [];
  for (const { end, offsetBefore, begin, offsetAfter } of breaks) {
    const to = end + offsetBefore;
    eras.push({ ...era, to });
    last = lastOf(era, to, set) ?? last;
    if (begin === undefined) return eras;
    const start = begin + offsetAfter;
    // Recorded intervals are never replaced: a clock set back beyond the running interval begins a new block.
    const goesOn = blockAt(start, set) === last.block && endOfInterval(start, set) > last.end;
    era = {
      from: start,
      to: undefined,
      offset: offsetAfter,
      firstSequence: goesOn ? last.sequence : last.sequence + 1,
      change: offsetAfter === offsetBefore ? 'none' : offsetAfter > offsetBefore ? 'forward' : 'back',
    };
  }
  return [...eras, era];
}

/** Sequence number of the newest block up to `now`; undefined where no interval has ended. */
export function newestSequence(eras: readonly Era[], now: number, set: DataSetSetup): number | undefined {
  for (const era of [...eras].reverse()) {
    const last = lastOf(era, era.to ?? now, set);
    if (last) return last.sequence;
  }
  return undefined;
}

/** An interval of a block. */
export interface PlacedInterval {
  readonly number: number;
  /** By the meter's clock. */
  readonly end: number;
  readonly era: Era;
  /** The first of its era: the clock was set, or the recording resumed, in it. */
  readonly isFirst: boolean;
}

/** The intervals of a block that ended up to `now`, ascending. */
export function intervalsOf(sequence: number, eras: readonly Era[], now: number, set: DataSetSetup): PlacedInterval[] {
  const length = intervalMs(set);
  return eras.flatMap((era) => {
    const begin = beginOfBlock(blockAt(era.from, set) + sequence - era.firstSequence, set);
    const until = era.to ?? now;
    if (sequence < era.firstSequence || begin >= until) return [];
    return Array.from({ length: set.intervals }, (_, number) => ({ number, end: begin + (number + 1) * length }))
      .filter(({ end }) => end > era.from && end <= until)
      .map((interval) => ({ ...interval, era, isFirst: interval.end - length < era.from }));
  });
}

function lastOf(era: Era, until: number, set: DataSetSetup): Last | undefined {
  const end = endOfInterval(until, set) - intervalMs(set);
  if (end <= era.from) return undefined;
  const block = blockAt(end - 1, set);
  return { sequence: era.firstSequence + block - blockAt(era.from, set), block, end };
}

/** Number of the block, counted from 1970, in which a time lies. */
function blockAt(time: number, set: DataSetSetup): number {
  return Math.floor((time - startMs(set)) / blockMs(set));
}

function beginOfBlock(block: number, set: DataSetSetup): number {
  return startMs(set) + block * blockMs(set);
}

function endOfInterval(time: number, set: DataSetSetup): number {
  const length = intervalMs(set);
  return startMs(set) + (Math.floor((time - startMs(set)) / length) + 1) * length;
}

function startMs({ startMinute = 0 }: DataSetSetup): number {
  return (startMinute % MINUTES_A_DAY) * MINUTE_MS;
}

import type { EnergySample } from './sample.js';

/** State of the clocks from which the time of a reading is determined. */
export interface KnownClocks {
  readonly last: EnergySample;
  /**
   * Accepted time minus monotonic time, ms; null where no reading had both. The monotonic clock restarts with the
   * process, so a stored offset gives times before the last reading, which are ignored.
   */
  readonly offset: number | null;
  /** A wall clock that jumped although the monotonic clock did not. */
  readonly doubt: Doubt | null;
}

/** A wall clock that disagrees with the other clocks. */
export interface Doubt {
  /** When the disagreement began, by the monotonic clock, ms. */
  readonly since: number;
  /** How far the wall clock is ahead of the accepted time, ms. */
  readonly ahead: number;
  /** The first reading of the disagreement, with the time of the wall clock. */
  readonly first: EnergySample;
}

/** The determined time of a reading. */
export interface Reckoning {
  /** ms since 1970. */
  readonly at: number;
  /** True where two clocks agree on this time. */
  readonly isSure: boolean;
  /** After a wall clock was accepted that had disagreed: the first reading with its time. */
  readonly first: EnergySample | undefined;
  /** The time by the monotonic clock; undefined where it cannot give one. */
  readonly reckonedAt: number | undefined;
  /** The clocks after this reading. */
  readonly clocks: Pick<KnownClocks, 'offset' | 'doubt'>;
}

/** The arrival of a reading. */
export interface Arrival {
  /** ms of the monotonic clock, which restarts with the process. */
  readonly now: number;
  /** Age of the reading at its arrival, ms, by the computer's wall clock. */
  readonly age: number;
}

/** A wall clock that disagrees for this long was set on purpose, and is accepted. */
export const DOUBT_MS = 15 * 60_000;
/** Two clocks agree if they differ by no more than this. */
const TOLERANCE_MS = 5 * 60_000;
/**
 * Times before this come from a clock that was not set: a computer without a real-time clock starts at an earlier date.
 */
const UNSET_BEFORE = Date.UTC(2020, 0, 1);

/** Whether a time comes from a clock that was never set. */
export function isUnset(at: number): boolean {
  return at < UNSET_BEFORE;
}

function agree(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && Math.abs(one - other) <= TOLERANCE_MS;
}

/**
 * Monotonic time at which a reading was taken; null where the reading was stored on its way, or was timed by the clock
 * of another computer.
 * @param isLive whether the reading before was neither
 */
function takenAt({ now, age }: Arrival, isLive: boolean): number | null {
  if (age > TOLERANCE_MS) return null;
  // The reading is in the future: its clock or the computer's is wrong. If both were right before, it was taken now.
  if (age < -TOLERANCE_MS) return isLive ? now : null;
  return now - Math.max(0, age);
}

/**
 * Determines the time of a reading, so that no single clock that was set, lost or is wrong moves it to another day: the
 * wall clock is accepted where the meter's clock, or the monotonic time since the last reading, agrees with it.
 */
export function reckon(known: KnownClocks, sample: EnergySample, arrival: Arrival): Reckoning {
  const { last, offset, doubt } = known;
  const { at, meterAt } = sample;
  const taken = takenAt(arrival, offset !== null);
  const counted = taken === null || offset === null ? undefined : taken + offset;
  // The monotonic clock restarts with the process.
  const reckonedAt = counted !== undefined && counted >= last.at - TOLERANCE_MS ? counted : undefined;
  const byMeter = meterAt === undefined || last.meterAt === undefined ? undefined : last.at + meterAt - last.meterAt;
  const unchanged = { isSure: true, first: undefined, reckonedAt, clocks: { offset, doubt: null } };
  const believed = (time: number, isSure: boolean): Reckoning => {
    return { ...unchanged, at: time, isSure, clocks: { offset: taken === null ? null : time - taken, doubt: null } };
  };

  if (agree(at, meterAt) || agree(at, reckonedAt)) return believed(at, true);
  if (isUnset(last.at) && !isUnset(at)) return believed(at, true);
  if (reckonedAt === undefined) {
    const time = withoutCount(last, at, meterAt, byMeter);
    if (time === undefined) return { ...unchanged, at: last.at, clocks: { offset: null, doubt: null } };
    return believed(time, agree(time, byMeter) || agree(time, meterAt));
  }
  if (agree(at, byMeter)) return believed(at, true);
  if (agree(reckonedAt, meterAt)) return { ...unchanged, at: reckonedAt };
  const ahead = at - reckonedAt;
  const isSame = doubt !== null && agree(doubt.ahead, ahead) && arrival.now >= doubt.since;
  const present = isSame ? doubt : { since: arrival.now, ahead, first: sample };
  const isContradicted =
    isUnset(at) || (meterAt !== undefined && Math.abs(meterAt - reckonedAt) < Math.abs(meterAt - at));
  if (!isContradicted && arrival.now - present.since >= DOUBT_MS) {
    return { ...believed(at, false), first: present.first };
  }
  return { ...unchanged, at: reckonedAt, clocks: { offset, doubt: present } };
}

/**
 * The time of the first reading after a restart, by the clock that has advanced less among those that have advanced.
 * @returns undefined where the wall clock is not set yet and the meter gives no time
 */
function withoutCount(
  last: EnergySample,
  at: number,
  meterAt: number | undefined,
  byMeter: number | undefined,
): number | undefined {
  const times = [at, byMeter].filter((time) => time !== undefined && time >= last.at);
  if (times.length > 0) return Math.min(...(times as number[]));
  if (!isUnset(at) || isUnset(last.at)) return at;
  return meterAt !== undefined && meterAt >= last.at ? meterAt : undefined;
}

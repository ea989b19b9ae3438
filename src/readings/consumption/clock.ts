import type { EnergySample } from './sample.js';

/** State of the clocks that time readings. */
export interface KnownClocks {
  readonly last: EnergySample;
  /**
   * What is believed of the time, minus the count of ms that only grows; null where the two were not seen together. After a
   * restart it gives times before the last reading, which count as none.
   */
  readonly offset: number | null;
  /** A clock that jumped while the count of ms did not. */
  readonly doubt: Doubt | null;
}

/** A wall clock that disagrees with the other clocks. */
export interface Doubt {
  /** Since when, by the count of ms. */
  readonly since: number;
  /** By how much it is ahead of what is believed, ms. */
  readonly ahead: number;
  /** The first reading with it, by its time. */
  readonly first: EnergySample;
}

/** When a reading was taken. */
export interface Reckoning {
  /** ms since 1970. */
  readonly at: number;
  /** Two clocks agree. */
  readonly isSure: boolean;
  /** The first reading with a clock that is believed after it was doubted. */
  readonly first: EnergySample | undefined;
  /** The time by the count of ms; undefined where that gives none. */
  readonly reckonedAt: number | undefined;
  /** What is known of the clocks from now on. */
  readonly clocks: Pick<KnownClocks, 'offset' | 'doubt'>;
}

/** When a reading arrived. */
export interface Arrival {
  /** In ms of a clock that only grows and begins anew with each start. */
  readonly now: number;
  /** How long ago the reading was taken then, ms, by the computer's wall clock. */
  readonly age: number;
}

/** For so long a clock that contradicts what was believed is doubted. After that it was set. */
export const DOUBT_MS = 15 * 60_000;
/** Clocks that differ by less agree. */
const TOLERANCE_MS = 5 * 60_000;
/** Before this was written; a computer without a clock of its own starts there, in 1970 or when its system was made. */
const UNSET_BEFORE = Date.UTC(2020, 0, 1);

/** Whether a time is one of a clock that was never set. */
export function isUnset(at: number): boolean {
  return at < UNSET_BEFORE;
}

function agree(one: number | undefined, other: number | undefined): boolean {
  return one !== undefined && other !== undefined && Math.abs(one - other) <= TOLERANCE_MS;
}

/**
 * The count of ms when a reading was taken; null where it was kept on its way, or its clock is not that of the computer.
 * @param isLive whether the reading before was not
 */
function takenAt({ now, age }: Arrival, isLive: boolean): number | null {
  if (age > TOLERANCE_MS) return null;
  // A reading from the future: its clock is wrong, or the computer's. Where both were right before, it was taken now.
  if (age < -TOLERANCE_MS) return isLive ? now : null;
  return now - Math.max(0, age);
}

/**
 * When a reading was taken, so that no single clock that was set, lost or is wrong moves it to another day: the wall clock
 * counts where the meter's clock, or the count of ms since the last reading, agrees.
 */
export function reckon(known: KnownClocks, sample: EnergySample, arrival: Arrival): Reckoning {
  const { last, offset, doubt } = known;
  const { at, meterAt } = sample;
  const taken = takenAt(arrival, offset !== null);
  const counted = taken === null || offset === null ? undefined : taken + offset;
  // After a restart the count has begun anew.
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
 * The time of the first reading after a restart: that of the clock that has gone on by less, if it has gone on at all.
 * @returns undefined where the wall clock was not set yet, and the meter gives no time
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

/**
 * Decides by its time whether a message of another reader is new, because a message may be delivered more than once.
 */

import { isInStep, isRight } from '../clock-agreement.js';

/** Earlier times come from clocks that were never set, which start in 1970 or 2000. */
const FIRST_POSSIBLE_TIME = Date.UTC(2010, 0);

/** The time in a message. */
export interface StatedTime {
  /** ms since 1970; null where the clock is not set, or where the message has only a counter or a time of day. */
  readonly time: number | null;
  /** All time fields of the message, unchanged. */
  readonly text: string;
  /** The measured values, as text. */
  readonly values: string;
}

/** The clock of a source as it was last seen; JSON-safe. */
export interface SourceClock extends StatedTime {
  /** Arrival of the first message with this time, ms since 1970. */
  readonly since: number;
  /** Arrival of the last message, ms since 1970. */
  readonly seenAt: number;
  /** Whether the clock was ever right. Once it was, a time that differs from ours means an old message. */
  readonly wasRight: boolean;
}

/** `unchanged`: the same time again, as by a stopped clock; `old`: the time of a message that was stored on its way. */
export type StaleReason = 'unchanged' | 'old';

/**
 * Freshness of a message by its time, ms since 1970. `readAt` is never later than the arrival. `since` is the first
 * arrival of a repeated time, or the time of an old message.
 */
export type Freshness =
  | { readonly isNew: true; readonly readAt: number }
  | { readonly isNew: false; readonly why: StaleReason; readonly since: number };

/** The time in a text or number, ms since 1970; null where no message can have been sent at that time. */
export function statedTime(value: unknown): number | null {
  const time = typeof value === 'string' && !/^\d+$/.test(value.trim()) ? Date.parse(value) : Number(value) * 1000;
  return time >= FIRST_POSSIBLE_TIME ? time : null;
}

/**
 * Compares the time of a message with the clock of its source.
 * @param known the clock of its source; undefined for a new source
 * @param stated undefined where the message has no time, so that its arrival counts
 * @param now ms since 1970
 */
export function checkTime(
  known: SourceClock | undefined,
  stated: StatedTime | undefined,
  now: number,
): { readonly clock: SourceClock | undefined; readonly freshness: Freshness } {
  if (stated === undefined) return { clock: known, freshness: { isNew: true, readAt: now } };
  const freshness = freshnessOf(known, stated, now);
  const isSame = known !== undefined && isSameTime(known, stated);
  const clock = {
    time: stated.time,
    text: stated.text,
    values: stated.values,
    since: isSame ? known.since : now,
    seenAt: now,
    wasRight: isSame ? known.wasRight : hasRightClock(known, stated, freshness, now),
  };
  return { clock, freshness };
}

/**
 * A message delivered late does not show whether the clock is right; a new message whose time differs from ours does.
 */
function hasRightClock(
  known: SourceClock | undefined,
  { time }: StatedTime,
  freshness: Freshness,
  now: number,
): boolean {
  if (time === null) return false;
  return isRight(time, now) || (known?.wasRight === true && !freshness.isNew);
}

/** Without a valid time, a message is a repetition if all its fields are the same. */
function isSameTime(known: SourceClock, stated: StatedTime): boolean {
  if (stated.time !== null) return known.time === stated.time;
  return known.text === stated.text && known.values === stated.values;
}

function freshnessOf(known: SourceClock | undefined, stated: StatedTime, now: number): Freshness {
  const { time } = stated;
  if (known !== undefined && isSameTime(known, stated)) return { isNew: false, why: 'unchanged', since: known.since };
  if (time === null) return { isNew: true, readAt: now };
  const before = known?.time ?? null;
  if (before !== null && time < before) return { isNew: false, why: 'old', since: time };
  if (isRight(time, now)) return { isNew: true, readAt: Math.min(time, now) };
  // A first time in the past means a stored message or a wrong clock, which only a later message distinguishes. A first
  // time in the future always means a wrong clock.
  const isLive = known === undefined || before === null ? time > now : isInStep(time - before, now - known.since);
  return isLive ? { isNew: true, readAt: now } : { isNew: false, why: 'old', since: time };
}

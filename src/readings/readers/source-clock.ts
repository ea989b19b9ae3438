/** Whether a message of another reader is a new reading, by its own time: arrival alone does not make it one. */

import { isInStep, isRight } from '../clock-agreement.js';

/** No message was sent before; clocks that were never set begin in 1970 or 2000. */
const FIRST_POSSIBLE_TIME = Date.UTC(2010, 0);

/** The time in a message. */
export interface StatedTime {
  /** Milliseconds since 1970; null where its clock is not set, or nothing but a counter or a time of the hour is given. */
  readonly time: number | null;
  /** All time fields of the message, as they are written. */
  readonly text: string;
  /** What was measured, as text. */
  readonly values: string;
}

/** The clock of a source as it was last seen; JSON-safe. */
export interface SourceClock extends StatedTime {
  /** When this time was first seen, ms since 1970. */
  readonly since: number;
  /** When a message last came, ms since 1970. */
  readonly seenAt: number;
  /** Whether its time was ever about ours: then a time that is not is that of an old message. */
  readonly wasRight: boolean;
}

/** Either the same time again (a stopped clock), or the time of a message that was stored somewhere. */
export type StaleReason = 'standing' | 'old';

/**
 * Freshness of a message by its time, ms since 1970: `readAt` is never after its arrival, `since` is when a repeated time
 * was first seen, or that of an old message.
 */
export type Freshness =
  | { readonly isNew: true; readonly readAt: number }
  | { readonly isNew: false; readonly why: StaleReason; readonly since: number };

/** The time that a text or number gives, ms since 1970; null where it is none that a message could have been sent at. */
export function statedTime(value: unknown): number | null {
  const time = typeof value === 'string' && !/^\d+$/.test(value.trim()) ? Date.parse(value) : Number(value) * 1000;
  return time >= FIRST_POSSIBLE_TIME ? time : null;
}

/**
 * Compares the time of a message with the clock of its source.
 * @param known the clock of its source; undefined for one not seen before
 * @param stated undefined where the message has no time: its arrival counts
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

/** A late message does not show whether the clock is right; a new one with another time than ours does. */
function hasRightClock(
  known: SourceClock | undefined,
  { time }: StatedTime,
  freshness: Freshness,
  now: number,
): boolean {
  if (time === null) return false;
  return isRight(time, now) || (known?.wasRight === true && !freshness.isNew);
}

/** Without a valid time a message repeats another one where all its fields are the same. */
function isSameTime(known: SourceClock, stated: StatedTime): boolean {
  if (stated.time !== null) return known.time === stated.time;
  return known.text === stated.text && known.values === stated.values;
}

function freshnessOf(known: SourceClock | undefined, stated: StatedTime, now: number): Freshness {
  const { time } = stated;
  if (known !== undefined && isSameTime(known, stated)) return { isNew: false, why: 'standing', since: known.since };
  if (time === null) return { isNew: true, readAt: now };
  const before = known?.time ?? null;
  if (before !== null && time < before) return { isNew: false, why: 'old', since: time };
  if (isRight(time, now)) return { isNew: true, readAt: Math.min(time, now) };
  // A first time in the past is a kept message or a wrong clock: only a later message shows which. None is kept from the future.
  const isLive = known === undefined || before === null ? time > now : isInStep(time - before, now - known.since);
  return isLive ? { isNew: true, readAt: now } : { isNew: false, why: 'old', since: time };
}

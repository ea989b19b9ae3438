import { fieldsOf, isFields, textOf } from '../message.js';
import { isNumber, isTime } from '../numbers.js';
import type { KnownReader } from './receive.js';
import type { SourceClock } from './source-clock.js';

/**
 * Restores the clocks of a reader, so that a repeated message does not count as new after a deploy. The evidence that
 * the reader has read its meter is not restored.
 * @param kept a stored `KnownReader`, unchecked
 * @returns undefined when the value is no `KnownReader`
 */
export function recallReader(kept: unknown): KnownReader | undefined {
  const { name, serial, hasPhasePower, isLost, clocks } = fieldsOf(kept);
  if (typeof name !== 'string' || typeof hasPhasePower !== 'boolean' || typeof isLost !== 'boolean') return undefined;
  const known = Object.entries(fieldsOf(clocks)).map(([place, clock]) => [place, recalledClock(clock)] as const);
  const usable = known.filter((entry): entry is [string, SourceClock] => entry[1] !== undefined);
  const plain = { values: {}, changes: 0, stale: { received: undefined, clock: undefined } };
  return {
    name,
    serial: textOf(serial),
    hasRead: false,
    hasPhasePower,
    isLost,
    clocks: Object.fromEntries(usable),
    plain,
  };
}

function recalledClock(kept: unknown): SourceClock | undefined {
  if (!isFields(kept)) return undefined;
  const { time, text, values, since, seenAt, wasRight } = kept;
  if (typeof text !== 'string' || typeof values !== 'string' || typeof wasRight !== 'boolean') return undefined;
  if (!isTime(since) || !isTime(seenAt) || !(time === null || isNumber(time))) return undefined;
  return { time, text, values, since, seenAt, wasRight };
}

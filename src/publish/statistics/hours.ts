import { isFields } from '../../readings/index.js';

/** A register total at the end of a full hour. */
export interface Hour {
  /** Begin of the hour, ms since 1970. */
  readonly start: number;
  /** kWh */
  readonly state: number;
  /** Energy in this hour, kWh; null where an interval of it is missing. */
  readonly used: number | null;
}

/** The energy of an hour so far, until its last interval has come. */
export interface PartialHour {
  readonly start: number;
  /** End of the last interval in it, ms since 1970. */
  readonly end: number;
  readonly used: number;
}

/** A value at the end of an interval. */
export interface IntervalTotal {
  readonly end: number;
  readonly minutes: number;
  /** kWh; null where it is not known. */
  readonly total: number | null;
  readonly used: number | null;
}

export const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * Takes in an interval.
 * @returns the hour that it ends, where it ends one and its total is known; and the energy of the hour so far
 */
export function withInterval(
  part: PartialHour | undefined,
  { end, minutes, total, used }: IntervalTotal,
): { part: PartialHour | undefined; hour: Hour | undefined } {
  const start = end - minutes * MINUTE_MS;
  const hourStart = Math.ceil(end / HOUR_MS) * HOUR_MS - HOUR_MS;
  const before = start === hourStart ? 0 : part?.start === hourStart && part.end === start ? part.used : undefined;
  const sum = before === undefined || used === null ? undefined : before + used;
  if (end % HOUR_MS !== 0)
    return { part: sum === undefined ? undefined : { start: hourStart, end, used: sum }, hour: undefined };
  return { part: undefined, hour: total === null ? undefined : { start: hourStart, state: total, used: sum ?? null } };
}

/** Adds an hour; the same one again is replaced. Ascending. */
export function withHour(hours: readonly Hour[], hour: Hour): readonly Hour[] {
  const last = hours.at(-1);
  if (last === undefined || last.start < hour.start) return [...hours, hour];
  return [...hours.filter(({ start }) => start !== hour.start), hour].sort((left, right) => left.start - right.start);
}

/** Whether something kept is an hour. */
export function isHour(value: unknown): value is Hour {
  if (!isFields(value)) return false;
  const { start, state, used } = value;
  return Number.isSafeInteger(start) && Number.isFinite(state) && (used === null || Number.isFinite(used));
}

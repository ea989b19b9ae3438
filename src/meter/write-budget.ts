/**
 * How often a meter's non-volatile memory may be written: "no more than 4 times every hour, so that the average number
 * of table writes per day does not exceed 100, to ensure the preservation of the meter memory device". [MEP p.51, p.259]
 */
import { UsageError } from '../errors.js';

const MOST_WRITES_AN_HOUR = 4;
const MOST_WRITES_A_DAY = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What is left of the budget. */
export interface BudgetLeft {
  readonly hour: number;
  readonly day: number;
}

/** When a meter's memory was written, in ms since 1970, oldest first. */
export type WriteTimes = readonly number[];

/**
 * The writes that still count, from anything that was kept somewhere. One from the future, as a clock that was set back
 * leaves it, counts as one of now.
 */
export function countingWrites(kept: unknown, now: number): number[] {
  if (!Array.isArray(kept)) return [];
  const times = kept.filter((time): time is number => typeof time === 'number' && Number.isFinite(time));
  return times
    .map((time) => Math.min(time, now))
    .filter((time) => time > now - DAY_MS)
    .sort((one, other) => one - other);
}

/** What may still be written now. */
export function budgetLeft(times: WriteTimes, now: number): BudgetLeft {
  const counting = countingWrites(times, now);
  const lastHour = counting.filter((time) => time > now - HOUR_MS).length;
  return {
    hour: Math.max(0, MOST_WRITES_AN_HOUR - lastHour),
    day: Math.max(0, MOST_WRITES_A_DAY - counting.length),
  };
}

/**
 * Takes `writes` off the budget before they are made: one whose answer is lost has been made.
 * @returns the times to keep
 * @throws UsageError `write-budget-spent` when not all of them may be made now
 */
export function spend(times: WriteTimes, writes: number, now: number): number[] {
  const counting = countingWrites(times, now);
  const left = budgetLeft(counting, now);
  if (writes > Math.min(left.hour, left.day)) {
    throw new UsageError(
      'write-budget-spent',
      `${writes} more writes would be more than ${MOST_WRITES_AN_HOUR} an hour or ${MOST_WRITES_A_DAY} a day`,
      { values: { writes, leftThisHour: left.hour, leftToday: left.day } },
    );
  }
  return [...counting, ...Array.from({ length: writes }, () => now)];
}

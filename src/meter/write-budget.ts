/**
 * The budget of writes to a meter's non-volatile memory: "no more than 4 times every hour, so that the average number
 * of table writes per day does not exceed 100, to ensure the preservation of the meter memory device". [MEP p.51, p.259]
 */
import { UsageError } from '../errors.js';

const MAX_WRITES_PER_HOUR = 4;
const MAX_WRITES_PER_DAY = 100;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The remaining budget. */
export interface BudgetLeft {
  readonly hour: number;
  readonly day: number;
}

/**
 * When a meter's memory was written, in ms since 1970.
 * @inline
 */
export type WriteTimes = readonly number[];

/**
 * Times of writes, in ms since 1970, by the serial number of the meter.
 * @inline
 */
export type WritesByMeter = ReadonlyMap<string, WriteTimes> & {
  /** What the manufacturer calls these meters, by the same serial numbers, as far as they give it. */
  readonly manufacturersNames?: ReadonlyMap<string, string>;
};

/**
 * The name of writes to a meter that does not give its serial number. It may be any meter, so they count for every one;
 * and what was written to any meter counts for it.
 */
export const UNKNOWN_METER = '';

/** Puts the manufacturer's names of meters beside the times of their writes; without names, it is the times alone. */
export function withManufacturersNames(
  writes: ReadonlyMap<string, WriteTimes>,
  names: ReadonlyMap<string, string>,
): WritesByMeter {
  return names.size === 0 ? new Map(writes) : Object.assign(new Map(writes), { manufacturersNames: names });
}

/** The writes that still count. One from the future, as a clock that was set back leaves it, counts as one of now. */
export function countingWrites(times: WriteTimes, now: number): number[] {
  return times
    .map((time) => Math.min(time, now))
    .filter((time) => time > now - DAY_MS)
    .sort((one, other) => one - other);
}

/** The remaining budget at `now`. */
export function budgetLeft(times: WriteTimes, now: number): BudgetLeft {
  const counting = countingWrites(times, now);
  const lastHour = counting.filter((time) => time > now - HOUR_MS).length;
  return {
    hour: Math.max(0, MAX_WRITES_PER_HOUR - lastHour),
    day: Math.max(0, MAX_WRITES_PER_DAY - counting.length),
  };
}

/**
 * The writes that count for a meter.
 * @param manufacturersName if known, writes under other serial numbers count too: the utility may have changed the number
 */
export function writesOf(writes: WritesByMeter, meter: string, manufacturersName?: string): number[] {
  const names = writes.manufacturersNames;
  const isSame = (serial: string): boolean =>
    serial === meter || (manufacturersName !== undefined && names?.get(serial) === manufacturersName);
  return [...writes]
    .filter(([serial]) => meter === UNKNOWN_METER || serial === UNKNOWN_METER || isSame(serial))
    .flatMap(([, times]) => [...times]);
}

/**
 * Counts `writes` before they are sent: one whose answer is lost counts too.
 * @returns the times to keep
 * @throws UsageError `write-budget-spent` when not all of them may be made now
 */
export function spend(times: WriteTimes, writes: number, now: number): number[] {
  const counting = countingWrites(times, now);
  const left = budgetLeft(counting, now);
  if (writes > Math.min(left.hour, left.day)) {
    throw new UsageError(
      'write-budget-spent',
      `${writes} more writes would be more than ${MAX_WRITES_PER_HOUR} an hour or ${MAX_WRITES_PER_DAY} a day`,
      { values: { writes, leftThisHour: left.hour, leftToday: left.day } },
    );
  }
  return [...counting, ...Array.from({ length: writes }, () => now)];
}

/** Writes that are about to be made. */
interface Spending {
  readonly writes: number;
  readonly now: number;
  /** They may give the meter another serial number: what it has spent then counts for every meter. */
  readonly isRenaming: boolean;
  /** What the manufacturer calls the meter; undefined where it does not give it. */
  readonly manufacturersName?: string | undefined;
}

/**
 * Takes writes off the budget of one meter among others.
 * @returns the writes to keep
 * @throws UsageError `write-budget-spent`
 */
export function spendFor(
  kept: WritesByMeter,
  meter: string,
  { writes, now, isRenaming, manufacturersName }: Spending,
): WritesByMeter {
  spend(writesOf(kept, meter, manufacturersName), writes, now);
  const spent = new Map([...kept].map(([name, times]) => [name, countingWrites(times, now)]));
  const own = [...(spent.get(meter) ?? []), ...Array.from({ length: writes }, () => now)];
  if (isRenaming && meter !== UNKNOWN_METER) {
    spent.delete(meter);
    spent.set(UNKNOWN_METER, [...(spent.get(UNKNOWN_METER) ?? []), ...own]);
  } else spent.set(meter, own);
  const names = new Map(kept.manufacturersNames ?? []);
  if (manufacturersName !== undefined) names.set(meter, manufacturersName);
  const counting = new Map([...spent].filter(([, times]) => times.length > 0));
  return withManufacturersNames(counting, new Map([...names].filter(([name]) => counting.has(name))));
}

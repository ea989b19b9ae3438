/** The extended status of intervals. [MEP p.240-241] */

/** Channel statuses in ascending precedence. */
const PRECEDENCE: readonly number[] = [0, 12, 5, 9, 3, 2, 10, 11, 8, 1, 4, 15];
/** Statuses with a zero in place of the value. */
const ZEROED: ReadonlySet<number> = new Set([4, 10, 12, 15]);
/** Statuses that ANSI C12.19 does not have, and what is recorded in their place. */
const ANSI: ReadonlyMap<number, number> = new Map([
  [8, 4],
  [11, 4],
  [15, 4],
  [9, 0],
  [10, 0],
]);

/** Bits of the status that all channels share. */
export const COMMON = { daylightSaving: 1, powerFail: 2, clockForward: 4, clockBack: 8 } as const;

/** The status with the highest precedence; one that the guide does not define comes before all others. */
export function strongest(statuses: readonly number[]): number {
  return statuses.reduce((one, other) => (rankOf(other) > rankOf(one) ? other : one), 0);
}

function rankOf(status: number): number {
  const rank = PRECEDENCE.indexOf(status);
  return rank < 0 ? PRECEDENCE.length : rank;
}

export function isZeroed(status: number): boolean {
  return ZEROED.has(status);
}

export function ansiStatus(status: number): number {
  return ANSI.get(status) ?? status;
}

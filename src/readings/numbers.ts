/** Checks of numbers in messages and in stored state, neither of which can be trusted. */

/** Whether a value is a finite number. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Whether a value is a time, in ms since 1970, within the range of `Date`. */
export function isTime(value: unknown): value is number {
  return isNumber(value) && !Number.isNaN(new Date(value).getTime());
}

/** Whether a value is possible for an energy register, kWh, kvarh or kVAh: these count up from zero. */
export function isRegisterValue(value: unknown): value is number {
  return isNumber(value) && value >= 0;
}

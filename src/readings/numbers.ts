/** What a number of a message, or of something that was kept over a restart, may be: either can hold anything. */

/** Whether it is a number that can be calculated with. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/** Whether it is a time, in ms since 1970, that a date can show. */
export function isTime(value: unknown): value is number {
  return isNumber(value) && !Number.isNaN(new Date(value).getTime());
}

/** Whether it is what an energy register can show, kWh, kvarh or kVAh: they count from zero up. */
export function isRegisterValue(value: unknown): value is number {
  return isNumber(value) && value >= 0;
}

/** Values of settings as a dialog or an old export has them: missing, empty, or a number as text. */
import { UsageError } from './errors.js';
import { describeLimits, isWithin, type NumberLimits } from './limits.js';

/** The error of a setting with an impossible value; `allowed` is what it must be. */
export function settingError(setting: string, allowed: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${allowed}`, { values: { setting } });
}

/** Whether nothing was entered. */
export function isEmptySetting(given: unknown): boolean {
  return given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
}

/**
 * A number, given as a number or a text; the default of `limits` where nothing was entered.
 * @throws UsageError `bad-setting` when it is none, or not within `limits`
 */
export function numberSetting(setting: string, given: unknown, limits: NumberLimits): number {
  if (isEmptySetting(given)) return limits.fallback;
  const number = typeof given === 'number' || typeof given === 'string' ? Number(given) : NaN;
  if (isWithin(number, limits)) return number;
  throw settingError(setting, describeLimits(limits));
}

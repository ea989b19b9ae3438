import { UsageError } from '../../errors.js';
import { describeLimits, isWithin, PLAUSIBILITY_LIMITS } from '../../limits.js';

export interface PlausibilitySettings {
  /** Main fuse, A for each phase; at a meter behind current transformers that of the primary side. */
  readonly fuse: number;
  /** 1 to 3. */
  readonly phases: number;
  /** How many times its own current the fuse may carry for hours. */
  readonly margin: number;
  /** How often a value that contradicts the last good one must come again before it is believed. */
  readonly confirmations: number;
  /** For how many seconds at least a register must have counted elsewhere by then; other values at most `SHORT_WAIT_S`. */
  readonly confirmSeconds: number;
  /** Decimal digits of Wh after which energy registers begin again; `auto`: the setting of the meter, else any of 5 to 9. */
  readonly registerDigits: number | 'auto';
}

/** Seconds after which a value is believed that costs little if it turns out to be wrong. */
export const SHORT_WAIT_S = 300;

/** What is set where nothing was entered. */
export const PLAUSIBILITY_DEFAULTS: PlausibilitySettings = {
  fuse: PLAUSIBILITY_LIMITS.fuse.fallback,
  phases: PLAUSIBILITY_LIMITS.phases.fallback,
  margin: PLAUSIBILITY_LIMITS.margin.fallback,
  confirmations: PLAUSIBILITY_LIMITS.confirmations.fallback,
  confirmSeconds: PLAUSIBILITY_LIMITS.confirmSeconds.fallback,
  registerDigits: 'auto',
};

/** Every number of digits after which a meter can be configured to roll over. [MEP p.119] */
export const ROLLOVER_DIGITS: readonly number[] = [5, 6, 7, 8, 9];

function isEmpty(given: unknown): boolean {
  return given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
}

function bad(setting: string, allowed: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${allowed}`, { values: { setting } });
}

function numberIn(setting: keyof typeof PLAUSIBILITY_LIMITS, given: unknown): number {
  const limits = PLAUSIBILITY_LIMITS[setting];
  if (isEmpty(given)) return limits.fallback;
  const number = typeof given === 'number' || typeof given === 'string' ? Number(given) : NaN;
  if (isWithin(number, limits)) return number;
  throw bad(setting, describeLimits(limits));
}

/** 300 was what the dialog proposed for every kind of value; flows hold it where no other time was chosen. */
function confirmSecondsOf(given: unknown): number {
  const seconds = numberIn('confirmSeconds', given);
  return seconds === SHORT_WAIT_S ? PLAUSIBILITY_DEFAULTS.confirmSeconds : seconds;
}

function digitsOf(given: unknown): number | 'auto' {
  if (isEmpty(given) || given === 'auto') return 'auto';
  const digits = Number(given);
  if (isRolloverDigit(digits)) return digits;
  throw bad('registerDigits', `auto, or one of ${ROLLOVER_DIGITS.join(', ')}`);
}

/** Whether it is one of `ROLLOVER_DIGITS`. */
export function isRolloverDigit(digits: unknown): digits is number {
  return ROLLOVER_DIGITS.some((known) => known === digits);
}

/**
 * Settings as a dialog or an old export gives them (missing, empty, numbers as text) made whole.
 * @throws UsageError `bad-setting`
 */
export function plausibilitySettings(
  given: Readonly<Partial<Record<keyof PlausibilitySettings, unknown>>>,
): PlausibilitySettings {
  return {
    fuse: numberIn('fuse', given.fuse),
    phases: numberIn('phases', given.phases),
    margin: numberIn('margin', given.margin),
    confirmations: numberIn('confirmations', given.confirmations),
    confirmSeconds: confirmSecondsOf(given.confirmSeconds),
    registerDigits: digitsOf(given.registerDigits),
  };
}

import { UsageError } from '../../errors.js';

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

/**
 * 63 A is the largest main fuse of ordinary houses: a smaller default would hold back a house that charges a car, and the
 * difference is worth nothing, as an impossible value is usually thousands of kWh off. A fuse carries 1.25 times its
 * current for hours, and grids deliver up to 253 V. Readers that count from zero until they know the register of their
 * meter do so for many minutes: an hour and more is waited.
 */
export const PLAUSIBILITY_DEFAULTS: PlausibilitySettings = {
  fuse: 63,
  phases: 3,
  margin: 1.5,
  confirmations: 3,
  confirmSeconds: 3660,
  registerDigits: 'auto',
};

/** Every number of digits after which a meter can be configured to roll over. [MEP p.119] */
export const ROLLOVER_DIGITS: readonly number[] = [5, 6, 7, 8, 9];

interface Range {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

const RANGES: Readonly<Record<Exclude<keyof PlausibilitySettings, 'registerDigits'>, Range>> = {
  fuse: { least: 1, most: 10_000, isWhole: false },
  phases: { least: 1, most: 3, isWhole: true },
  margin: { least: 1, most: 10, isWhole: false },
  confirmations: { least: 1, most: 100, isWhole: true },
  confirmSeconds: { least: 0, most: 86_400, isWhole: true },
};

function isEmpty(given: unknown): boolean {
  return given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
}

function bad(setting: string, allowed: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${allowed}`, { values: { setting } });
}

function numberIn(setting: keyof typeof RANGES, given: unknown): number {
  if (isEmpty(given)) return PLAUSIBILITY_DEFAULTS[setting];
  const { least, most, isWhole } = RANGES[setting];
  const number = typeof given === 'number' || typeof given === 'string' ? Number(given) : NaN;
  const isRight = number >= least && number <= most && (!isWhole || Number.isInteger(number));
  if (!isRight) throw bad(setting, `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`);
  return number;
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

import { PLAUSIBILITY_LIMITS } from '../../limits.js';
import { isEmptySetting, numberSetting, settingError } from '../../setting-values.js';

export interface PlausibilitySettings {
  /** Main fuse, A for each phase; at a meter behind current transformers that of the primary side. */
  readonly fuse: number;
  /** 1 to 3. */
  readonly phases: number;
  /** Multiple of its rated current that the fuse may carry for hours. */
  readonly margin: number;
  /** Number of confirmations after which a value that contradicts the last good one is accepted. */
  readonly confirmations: number;
  /** Seconds that confirmations of a register must span at least; those of other values need at most `SHORT_WAIT_S`. */
  readonly confirmSeconds: number;
  /**
   * Decimal digits of Wh after which energy registers roll over; `auto`: the setting of the meter, else any of 5 to 9.
   */
  readonly registerDigits: number | 'auto';
}

/** Seconds after which a value is accepted whose error would have little effect. */
export const SHORT_WAIT_S = 300;

/** Whether the user chose a time so short that whatever persists is to be accepted, also where that may be wrong. */
export function acceptsEarly({ confirmSeconds }: PlausibilitySettings): boolean {
  return confirmSeconds < SHORT_WAIT_S;
}

/** The defaults. */
export const PLAUSIBILITY_DEFAULTS: PlausibilitySettings = {
  fuse: PLAUSIBILITY_LIMITS.fuse.fallback,
  phases: PLAUSIBILITY_LIMITS.phases.fallback,
  margin: PLAUSIBILITY_LIMITS.margin.fallback,
  confirmations: PLAUSIBILITY_LIMITS.confirmations.fallback,
  confirmSeconds: PLAUSIBILITY_LIMITS.confirmSeconds.fallback,
  registerDigits: 'auto',
};

/** The numbers of digits that a meter can be configured for. [MEP p.119] */
export const ROLLOVER_DIGITS: readonly number[] = [5, 6, 7, 8, 9];

function numberIn(setting: keyof typeof PLAUSIBILITY_LIMITS, given: unknown): number {
  return numberSetting(setting, given, PLAUSIBILITY_LIMITS[setting]);
}

/** Flows of earlier versions hold the former default of 300 where no other time was chosen: it counts as not set. */
function confirmSecondsOf(given: unknown): number {
  const seconds = numberIn('confirmSeconds', given);
  return seconds === SHORT_WAIT_S ? PLAUSIBILITY_DEFAULTS.confirmSeconds : seconds;
}

function digitsOf(given: unknown): number | 'auto' {
  if (isEmptySetting(given) || given === 'auto') return 'auto';
  const digits = Number(given);
  if (isRolloverDigit(digits)) return digits;
  throw settingError('registerDigits', `auto, or one of ${ROLLOVER_DIGITS.join(', ')}`);
}

/** Whether a value is one of `ROLLOVER_DIGITS`. */
export function isRolloverDigit(digits: unknown): digits is number {
  return ROLLOVER_DIGITS.some((known) => known === digits);
}

/**
 * Completes settings from a dialog or an old export, where values may be missing, empty, or numbers as text.
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

import { UsageError } from '../errors.js';
import { describeLimits, EXPIRY_LIMITS, isWithin, type NumberLimits } from '../limits.js';

/** Brokers hang up on control characters. */
const TOPIC = /^[^+#\p{Cc}\s/]+(?:\/[^+#\p{Cc}\s/]+)*$/u;

/** The error of a setting that cannot be; `what` is what it must be. */
export function settingError(setting: string, what: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${what}`, { values: { setting } });
}

/** A setting's text without blanks around it; `fallback` where nothing was entered. */
export function textSetting(value: unknown, fallback: string): string {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
}

/**
 * The value of one of several choices.
 * @throws UsageError `bad-setting` for anything else
 */
export function choiceSetting<Choice>(
  setting: string,
  value: unknown,
  fallback: string,
  choices: Readonly<Record<string, Choice>>,
): Choice {
  const chosen = Object.entries(choices).find(([name]) => name === textSetting(value, fallback));
  if (chosen !== undefined) return chosen[1];
  throw settingError(setting, `one of ${Object.keys(choices).join(', ')}`);
}

/**
 * An MQTT topic to publish below.
 * @throws UsageError `bad-setting`
 */
export function topicSetting(setting: string, value: unknown, fallback: string): string {
  const text = textSetting(value, fallback);
  if (TOPIC.test(text)) return text;
  throw settingError(setting, 'an MQTT topic without +, #, blanks and empty levels');
}

/**
 * A number, given as a number or a text.
 * @throws UsageError `bad-setting` when it is none, or out of its range
 */
export function numberSetting(setting: string, value: unknown, limits: NumberLimits): number {
  if (value === undefined || value === null || value === '') return limits.fallback;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  if (isWithin(number, limits)) return number;
  throw settingError(setting, describeLimits(limits));
}

/**
 * Seconds without a reading after which a meter counts as silent; 0 = never.
 * @throws UsageError `bad-setting`
 */
export function expirySetting(value: unknown): number {
  return numberSetting('expireAfter', value, EXPIRY_LIMITS);
}

import { UsageError } from '../errors.js';

/** Brokers hang up on control characters. */
const TOPIC = /^[^+#\p{Cc}\s/]+(?:\/[^+#\p{Cc}\s/]+)*$/u;
/** A week; beyond 24 days a timer of Node.js would fire at once. */
const LONGEST_EXPIRY_S = 7 * 24 * 3600;

/** The error of a setting that cannot be; `what` is what it must be. */
export function badSetting(setting: string, what: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${what}`, { values: { setting } });
}

/** A setting's text without blanks around it; `fallback` where nothing was entered. */
export function textSetting(value: unknown, fallback: string): string {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
}

/**
 * What stands for one of several choices.
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
  throw badSetting(setting, `one of ${Object.keys(choices).join(', ')}`);
}

/**
 * An MQTT topic to publish below.
 * @throws UsageError `bad-setting`
 */
export function topicSetting(setting: string, value: unknown, fallback: string): string {
  const text = textSetting(value, fallback);
  if (TOPIC.test(text)) return text;
  throw badSetting(setting, 'an MQTT topic without +, #, blanks and empty levels');
}

/**
 * A whole number, as a number or a text.
 * @throws UsageError `bad-setting` when it is none, or out of its range
 */
export function wholeSetting(
  setting: string,
  value: unknown,
  range: { readonly least: number; readonly most: number; readonly fallback: number },
): number {
  if (value === undefined || value === null || value === '') return range.fallback;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  if (Number.isInteger(number) && number >= range.least && number <= range.most) return number;
  throw badSetting(setting, `a whole number from ${range.least} to ${range.most}`);
}

/**
 * Seconds without a reading after which a meter counts as silent; 0 = never.
 * @throws UsageError `bad-setting`
 */
export function expirySetting(value: unknown, fallback: number): number {
  return wholeSetting('expireAfter', value, { least: 0, most: LONGEST_EXPIRY_S, fallback });
}

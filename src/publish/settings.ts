import { EXPIRY_LIMITS } from '../limits.js';
import { numberSetting, settingError } from '../setting-values.js';

/** Brokers close the connection of a client that sends control characters. */
const TOPIC = /^[^+#\p{Cc}\s/]+(?:\/[^+#\p{Cc}\s/]+)*$/u;

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
 * Seconds without a reading after which a meter counts as silent; 0 = never.
 * @throws UsageError `bad-setting`
 */
export function expirySetting(value: unknown): number {
  return numberSetting('expireAfter', value, EXPIRY_LIMITS);
}

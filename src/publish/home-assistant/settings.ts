import { UsageError } from '../../errors.js';

export interface HomeAssistantSettings {
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  /** First levels of the topics of state and availability. */
  readonly baseTopic: string;
  /** Seconds without a reading after which a meter is offline and its measurements unknown; 0 = never. */
  readonly expireAfter: number;
  /** Serial number for messages that bring none; empty = such messages are refused. */
  readonly serial: string;
}

const TOPIC = /^[^+#\0\s/]+(?:\/[^+#\0\s/]+)*$/;
/** A week; beyond 24 days a timer of Node.js would fire at once. */
const LONGEST_EXPIRY = 7 * 24 * 3600;

/** What the node and its dialog start from. */
export const HOME_ASSISTANT_DEFAULTS: HomeAssistantSettings = {
  prefix: 'homeassistant',
  baseTopic: 'nes-meter',
  expireAfter: 180,
  serial: '',
};

function topic(name: string, value: unknown, fallback: string): string {
  const text = typeof value === 'string' && value.trim() !== '' ? value.trim() : fallback;
  if (TOPIC.test(text)) return text;
  throw new UsageError('bad-setting', `${name} must be an MQTT topic without +, #, blanks and empty levels`, {
    values: { setting: name },
  });
}

/**
 * Settings as a dialog or an old export gives them (missing, empty, numbers as text) made whole.
 * @throws UsageError `bad-setting`
 */
export function homeAssistantSettings(
  given: Readonly<Partial<Record<keyof HomeAssistantSettings, unknown>>>,
): HomeAssistantSettings {
  const defaults = HOME_ASSISTANT_DEFAULTS;
  const seconds = given.expireAfter ?? '';
  const isGiven = typeof seconds === 'number' || typeof seconds === 'string';
  const expireAfter = seconds === '' ? defaults.expireAfter : isGiven ? Number(seconds) : NaN;
  if (!Number.isInteger(expireAfter) || expireAfter < 0 || expireAfter > LONGEST_EXPIRY) {
    throw new UsageError('bad-setting', 'expireAfter must be a whole number of seconds up to a week, or 0 for never', {
      values: { setting: 'expireAfter' },
    });
  }
  return {
    prefix: topic('prefix', given.prefix, defaults.prefix),
    baseTopic: topic('baseTopic', given.baseTopic, defaults.baseTopic),
    expireAfter,
    serial: typeof given.serial === 'string' ? given.serial.trim() : defaults.serial,
  };
}

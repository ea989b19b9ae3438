import { EXPIRY_LIMITS, KEPT_READINGS_LIMITS } from '../../limits.js';
import { numberSetting } from '../../setting-values.js';
import { choiceSetting, expirySetting, topicSetting } from '../settings.js';

/** One message for a device with all its entities, or one for each entity. */
export type DiscoveryLayout = 'device' | 'single';

export interface HomeAssistantSettings {
  /** Home Assistant's discovery prefix. */
  readonly prefix: string;
  readonly discovery: DiscoveryLayout;
  /** First levels of the topics of state and availability. */
  readonly baseTopic: string;
  /** Seconds without a reading after which a meter is offline and its measurements unknown; 0 = never. */
  readonly expireAfter: number;
  /** Serial number for messages that bring none; empty = such messages are refused. */
  readonly serial: string;
  /** Readings that are kept while the broker is away; 0 = none. */
  readonly keepReadings: number;
}

const LAYOUTS = { device: 'device', single: 'single' } as const;

/** What the node and its dialog start from. */
export const HOME_ASSISTANT_DEFAULTS: HomeAssistantSettings = {
  prefix: 'homeassistant',
  discovery: 'device',
  baseTopic: 'nes-meter',
  expireAfter: EXPIRY_LIMITS.fallback,
  serial: '',
  keepReadings: KEPT_READINGS_LIMITS.fallback,
};

/**
 * Settings as a dialog or an old export gives them (missing, empty, numbers as text) made whole.
 * @throws UsageError `bad-setting`
 */
export function homeAssistantSettings(
  given: Readonly<Partial<Record<keyof HomeAssistantSettings, unknown>>>,
): HomeAssistantSettings {
  const defaults = HOME_ASSISTANT_DEFAULTS;
  return {
    prefix: topicSetting('prefix', given.prefix, defaults.prefix),
    discovery: choiceSetting('discovery', given.discovery, defaults.discovery, LAYOUTS),
    baseTopic: topicSetting('baseTopic', given.baseTopic, defaults.baseTopic),
    expireAfter: expirySetting(given.expireAfter),
    serial: typeof given.serial === 'string' ? given.serial.trim() : defaults.serial,
    keepReadings: numberSetting('keepReadings', given.keepReadings, KEPT_READINGS_LIMITS),
  };
}

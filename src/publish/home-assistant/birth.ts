import { badPayload } from '../../readings/index.js';
import { HOME_ASSISTANT_DEFAULTS, type HomeAssistantSettings } from './settings.js';

/**
 * Home Assistant's own status message: `online` when it has started (its birth message), `offline` when it goes.
 * Its topic does not follow the discovery prefix by itself, so the default one counts with any prefix.
 * @returns undefined for a message on another topic
 * @throws UsageError `bad-payload`: the right topic, but neither `online` nor `offline`
 */
export function homeAssistantStatus(
  msg: Readonly<{ topic?: unknown; payload?: unknown }>,
  { prefix }: HomeAssistantSettings,
): 'online' | 'offline' | undefined {
  if (msg.topic !== `${prefix}/status` && msg.topic !== `${HOME_ASSISTANT_DEFAULTS.prefix}/status`) return undefined;
  const { payload } = msg;
  const text = payload instanceof Uint8Array ? new TextDecoder().decode(payload) : payload;
  if (text === 'online' || text === 'offline') return text;
  throw badPayload(`a message on ${msg.topic} must be online or offline`);
}

/**
 * Asks to forget meters: topic `forget`, payload the serial number of one, or nothing for all.
 * @returns the serial number, empty for all; undefined for a message on another topic
 * @throws UsageError `bad-payload`: the right topic, but no serial number
 */
export function forgetRequest(msg: Readonly<{ topic?: unknown; payload?: unknown }>): string | undefined {
  if (msg.topic !== 'forget') return undefined;
  const serial = msg.payload ?? '';
  if (typeof serial === 'string') return serial.trim();
  throw badPayload('a message on forget must have a serial number, or nothing, as its payload');
}

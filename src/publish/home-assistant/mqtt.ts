import { safeId } from './safe-id.js';
import type { HomeAssistantSettings } from './settings.js';

/** A message as `mqtt out` takes it. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** What is true until something else is said is retained: a Home Assistant that starts later finds all of it. */
export function retained(topic: string, payload: string): MqttMessage {
  return { topic, payload, qos: 1, retain: true };
}

/** What tells of the past is for those who listen. */
export function passing(topic: string, payload: string): MqttMessage {
  return { topic, payload, qos: 1, retain: false };
}

/** The id of the bridge's device; no meter's begins like that. */
export function bridgeId(baseTopic: string): string {
  return `nes-bridge_${safeId(baseTopic) ?? ''}`;
}

export interface Topics {
  readonly discovery: string;
  readonly state: string;
  readonly availability: string;
  /** How things stand with the link to the meter. */
  readonly status: string;
  /** Readings that could not be sent in their time. */
  readonly history: string;
  readonly bridge: string;
  readonly bridgeDiscovery: string;
}

/** Where the messages of the meter `id` go, and those of the bridge that carries them all. */
export function topicsOf(id: string, { prefix, baseTopic }: HomeAssistantSettings): Topics {
  return {
    discovery: `${prefix}/device/nes_${id}/config`,
    state: `${baseTopic}/${id}/state`,
    availability: `${baseTopic}/${id}/availability`,
    status: `${baseTopic}/${id}/status`,
    history: `${baseTopic}/${id}/history`,
    bridge: `${baseTopic}/bridge/availability`,
    bridgeDiscovery: `${prefix}/device/${bridgeId(baseTopic)}/config`,
  };
}

export const ONLINE = 'online';
export const OFFLINE = 'offline';

/**
 * A number in plain decimal digits, exactly as JavaScript would print it but without an exponent: FHEM keeps number
 * texts as they were sent.
 * @param value a finite number
 */
export function plainNumber(value: number): string {
  const text = String(value === 0 ? 0 : value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = '', whole = '', fraction = '', power = '0'] = parts;
  const digits = whole + fraction;
  const point = 1 + Number(power);
  return point > 0 ? sign + digits.padEnd(point, '0') : `${sign}0.${'0'.repeat(-point)}${digits}`;
}

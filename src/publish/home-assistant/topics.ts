import { safeId } from '../safe-id.js';
import type { HomeAssistantSettings } from './settings.js';

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

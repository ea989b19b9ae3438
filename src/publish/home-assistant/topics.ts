import { safeId } from '../safe-id.js';
import type { HomeAssistantSettings } from './settings.js';

/** The id of the bridge's device; no meter's begins like that. */
export function bridgeId(baseTopic: string): string {
  return `nes-bridge_${safeId(baseTopic) ?? ''}`;
}

export interface Topics {
  readonly state: string;
  readonly availability: string;
  /** The state of the link to the meter. */
  readonly status: string;
  /** Readings that could not be sent in their time. */
  readonly history: string;
  /** Whether the bridge that carries all meters is there. */
  readonly bridge: string;
}

/** Where the messages of the meter `id` go, but for its discovery. */
export function topicsOf(id: string, { baseTopic }: Pick<HomeAssistantSettings, 'baseTopic'>): Topics {
  return {
    state: `${baseTopic}/${id}/state`,
    availability: `${baseTopic}/${id}/availability`,
    status: `${baseTopic}/${id}/status`,
    history: `${baseTopic}/${id}/history`,
    bridge: `${baseTopic}/bridge/availability`,
  };
}

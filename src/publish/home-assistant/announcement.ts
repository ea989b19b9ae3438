/**
 * The two ways in which Home Assistant's discovery describes a device: all of it in one message, or a message for each
 * entity, which older versions and other programs understand. The ids are the same either way.
 */
import { type MqttMessage, passing, retained } from '../mqtt.js';
import { type Component, type Discovery, devicePayload, entityPayload } from './discovery.js';
import type { DiscoveryLayout, HomeAssistantSettings } from './settings.js';

type Prefix = Pick<HomeAssistantSettings, 'prefix'>;

const deviceTopic = ({ objectId }: Discovery, { prefix }: Prefix): string => `${prefix}/device/${objectId}/config`;

const entityTopic = (discovery: Discovery, key: string, platform: Component['platform'], { prefix }: Prefix): string =>
  `${prefix}/${platform}/${discovery.objectId}/${key}/config`;

/** Where a device is announced. */
function topicsIn(layout: DiscoveryLayout, discovery: Discovery, settings: Prefix): readonly string[] {
  if (layout === 'device') return [deviceTopic(discovery, settings)];
  return Object.entries(discovery.components).map(([key, { platform }]) =>
    entityTopic(discovery, key, platform, settings),
  );
}

/** A device with all its entities. */
export function announcement(discovery: Discovery, settings: HomeAssistantSettings): readonly MqttMessage[] {
  if (settings.discovery === 'device') return [retained(deviceTopic(discovery, settings), devicePayload(discovery))];
  return Object.entries(discovery.components).map(([key, component]) =>
    retained(entityTopic(discovery, key, component.platform, settings), entityPayload(discovery, component)),
  );
}

/**
 * Takes some sensors away, before the device is announced without them.
 * @param removed keys that were announced
 */
export function removal(
  discovery: Discovery,
  removed: readonly string[],
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  if (removed.length === 0) return [];
  if (settings.discovery === 'device') {
    return [retained(deviceTopic(discovery, settings), devicePayload(discovery, removed))];
  }
  return removed.map((key) => retained(entityTopic(discovery, key, 'sensor', settings), ''));
}

/** Takes a device away with all its entities. */
export function withdrawal(layout: DiscoveryLayout, discovery: Discovery, settings: Prefix): readonly MqttMessage[] {
  return topicsIn(layout, discovery, settings).map((topic) => retained(topic, ''));
}

/**
 * Prepares Home Assistant for the announcement of a device in the other way, so that it keeps the entities and their
 * history. The old announcement is to be withdrawn later.
 */
export function migration(from: DiscoveryLayout, discovery: Discovery, settings: Prefix): readonly MqttMessage[] {
  return topicsIn(from, discovery, settings).map((topic) => passing(topic, '{"migrate_discovery":true}'));
}

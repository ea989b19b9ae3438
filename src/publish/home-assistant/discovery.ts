import { printable } from '../../texts.js';
import { describeKey } from '../../readings/index.js';
import { VERSION } from '../../version.js';
import { LINK_STATES } from '../../link-state.js';
import { type DeviceInfo, deviceName } from '../device.js';
import { classesOf, displayDecimals } from './classes.js';
import { OFFLINE, ONLINE } from '../mqtt.js';
import { entityName } from './entity-name.js';
import type { HomeAssistantSettings } from './settings.js';
import { bridgeId, topicsOf } from './topics.js';

/** Name and page of the sender; Home Assistant shows them beside the device. */
const ORIGIN = {
  name: '@nes-meter/node-red-nes-meter',
  sw_version: VERSION,
  support_url: 'https://github.com/nes-meter/node-red-nes-meter',
};

/**
 * What a house needs. Everything else a meter measures is announced too, but switched off until it is enabled in Home
 * Assistant: a four-tier meter with 84 values would fill the page of the device.
 */
const SHOWN = /^(?:activeEnergy(?:Import|Export)|activePower(?:L[123])?|voltageL[123]|currentL[123]|frequency)$/;
/** In one direction: shown where the meter's net power is not known, as from readers that only give the import. */
const ONE_DIRECTION = /^(activePower)(?:Import|Export)(L[123])?(PostRatio)?$/;
const POST_RATIO = 'PostRatio';

/** Behind transformers only primary values are shown: those before the CT/VT ratio are of no use there. */
function isShown(key: string, device: DeviceInfo, keys: ReadonlySet<string>): boolean {
  const [, quantity = '', phase = '', ratio = ''] = ONE_DIRECTION.exec(key) ?? [];
  const net = quantity === '' ? key : `${quantity}${phase}${ratio}`;
  if (net !== key && keys.has(net)) return false;
  if (!device.hasTransformers) return SHOWN.test(net);
  const isAfterRatio = net.endsWith(POST_RATIO);
  const plain = isAfterRatio ? net.slice(0, -POST_RATIO.length) : net;
  return SHOWN.test(plain) && (isAfterRatio || describeKey(`${net}${POST_RATIO}`) === undefined);
}

/** About the supply and the meter rather than about the load. */
const DIAGNOSTIC = /powerOutage|errorCounter/i;

export type Platform = 'sensor' | 'binary_sensor';
/** One entity, in Home Assistant's own option names. */
export type Component = Readonly<Record<string, unknown>> & { readonly platform: Platform };

/** `default(none)`: a state message from before this entity lacks its key, and would warn in Home Assistant's log. */
function template(key: string): string {
  return `{{ value_json.${key} | default(none) }}`;
}

function identity(platform: Platform, id: string, key: string): Record<string, unknown> & { platform: Platform } {
  return {
    platform,
    unique_id: `nes_${id}_${key}`,
    default_entity_id: `${platform}.${entityName(`nes_${id}_${key}`)}`,
  };
}

/** Short, so that a card of a device page shows the whole of it: the energy and the power of a house are the active ones. */
function nameOf(label: string): string {
  const name = label.replace(/\bactive (?=energy|power)/i, '');
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function sensor(
  id: string,
  device: DeviceInfo,
  key: string,
  keys: ReadonlySet<string>,
  settings: HomeAssistantSettings,
): Component | undefined {
  const known = describeKey(key);
  if (known === undefined) return undefined;
  const expires = settings.expireAfter > 0 && known.kind === 'instantaneous';
  const { deviceClass, stateClass } = classesOf(known.quantity);
  return {
    ...identity('sensor', id, key),
    name: nameOf(known.label),
    ...(deviceClass !== null && { device_class: deviceClass }),
    ...(stateClass !== null && { state_class: stateClass }),
    ...(known.unit !== null && { unit_of_measurement: known.unit }),
    suggested_display_precision: displayDecimals(known.quantity),
    value_template: template(key),
    ...(expires && { expire_after: settings.expireAfter }),
    ...(DIAGNOSTIC.test(key) && { entity_category: 'diagnostic' }),
    ...(!isShown(key, device, keys) && { enabled_by_default: false }),
  };
}

/** Entities about the meter's own state, which are available while it is offline too. */
function diagnostics(id: string, settings: HomeAssistantSettings): Record<string, Component> {
  const topics = topicsOf(id, settings);
  const whileBridgeIsUp = [{ topic: topics.bridge }];
  return {
    lastReading: {
      ...identity('sensor', id, 'lastReading'),
      name: 'Last reading',
      device_class: 'timestamp',
      value_template: template('timestamp'),
      entity_category: 'diagnostic',
      availability: whileBridgeIsUp,
    },
    meterConnection: {
      ...identity('binary_sensor', id, 'meterConnection'),
      name: 'Meter connection',
      device_class: 'connectivity',
      state_topic: topics.availability,
      payload_on: ONLINE,
      payload_off: OFFLINE,
      entity_category: 'diagnostic',
      availability: whileBridgeIsUp,
    },
  };
}

/** The entities of what mep-status reports of each meter's connection. */
function linkDiagnostics(id: string, settings: HomeAssistantSettings): Record<string, Component> {
  const topics = topicsOf(id, settings);
  const shared = {
    state_topic: topics.status,
    entity_category: 'diagnostic',
    availability: [{ topic: topics.bridge }],
  };
  const counter = (key: string, name: string, field: string): Component => ({
    ...identity('sensor', id, key),
    ...shared,
    name,
    state_class: 'total_increasing',
    value_template: template(field),
  });
  return {
    linkProblem: {
      ...identity('binary_sensor', id, 'linkProblem'),
      ...shared,
      name: 'Link problem',
      device_class: 'problem',
      value_template: "{{ 'ON' if value_json.problem else 'OFF' }}",
      json_attributes_topic: topics.status,
      // Counters among the attributes would make the recorder store a new set of them with each message.
      json_attributes_template:
        "{{ {'code': value_json.code, 'text': value_json.text, 'since': value_json.since} | tojson }}",
    },
    linkState: {
      ...identity('sensor', id, 'linkState'),
      ...shared,
      name: 'Link state',
      device_class: 'enum',
      options: LINK_STATES,
      value_template: template('state'),
    },
    linkTimeouts: counter('linkTimeouts', 'Requests without an answer', 'timeouts'),
    linkRejectedAnswers: counter('linkRejectedAnswers', 'Rejected answers', 'rejectedAnswers'),
    linkReconnects: counter('linkReconnects', 'Reconnects', 'reconnects'),
  };
}

function deviceBlock(id: string, device: DeviceInfo, settings: HomeAssistantSettings): Record<string, unknown> {
  return {
    via_device: bridgeId(settings.baseTopic),
    identifiers: [`nes_${id}`],
    name: deviceName(device),
    serial_number: printable(device.serial),
    ...(device.manufacturer !== null && { manufacturer: printable(device.manufacturer) }),
    ...(device.model !== null && { model: printable(device.model) }),
    ...(device.firmware !== null && { sw_version: printable(device.firmware) }),
  };
}

/** A device and its entities for Home Assistant, independent of the layout. */
export interface Discovery {
  /** Part of the topics it is announced on. */
  readonly objectId: string;
  /** The device, its announcer, and what holds for each entity that does not say otherwise. */
  readonly shared: Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, Component>>;
}

/**
 * A meter and its entities.
 * @param keys what the meter measures; keys that the catalogue of quantities does not know are left out
 * @param hasStatus whether the status topic is used
 */
export function meterDiscovery(
  id: string,
  device: DeviceInfo,
  keys: readonly string[],
  settings: HomeAssistantSettings,
  hasStatus = false,
): Discovery {
  const topics = topicsOf(id, settings);
  const components: Record<string, Component> = {};
  const all = new Set(keys);
  for (const key of keys) {
    const component = sensor(id, device, key, all, settings);
    if (component !== undefined) components[key] = component;
  }
  return {
    objectId: `nes_${id}`,
    shared: {
      device: deviceBlock(id, device, settings),
      origin: ORIGIN,
      state_topic: topics.state,
      availability: [{ topic: topics.bridge }, { topic: topics.availability }],
      availability_mode: 'all',
      qos: 1,
    },
    components: {
      ...components,
      ...diagnostics(id, settings),
      ...(hasStatus && linkDiagnostics(id, settings)),
    },
  };
}

/** The bridge, which all its meters name: it has to be announced before they are. */
export function bridgeDiscovery(settings: HomeAssistantSettings): Discovery {
  const { bridge } = topicsOf('', settings);
  const id = bridgeId(settings.baseTopic);
  return {
    objectId: id,
    shared: {
      device: { identifiers: [id], name: `NES meter bridge ${settings.baseTopic}`, sw_version: VERSION },
      origin: ORIGIN,
      state_topic: bridge,
      qos: 1,
    },
    components: {
      bridgeConnection: {
        platform: 'binary_sensor',
        unique_id: `${id}_connection`,
        default_entity_id: `binary_sensor.${entityName(`${id}_connection`)}`,
        name: 'Connection',
        device_class: 'connectivity',
        payload_on: ONLINE,
        payload_off: OFFLINE,
        entity_category: 'diagnostic',
      },
    },
  };
}

/**
 * The message of a device as JSON: all its entities at once.
 * @param removed keys of sensors to take away: Home Assistant drops an entity only when it is named once more, reduced to its
 *   platform, and left out of the message after that
 */
export function devicePayload({ shared, components }: Discovery, removed: readonly string[] = []): string {
  const reduced = removed.map((key) => [key, { platform: 'sensor' }] as const);
  return JSON.stringify({ ...shared, components: { ...Object.fromEntries(reduced), ...components } });
}

/** The message of one entity as JSON. Its topic has the platform. */
export function entityPayload({ shared }: Discovery, component: Component): string {
  return JSON.stringify({ ...shared, ...component, platform: undefined });
}

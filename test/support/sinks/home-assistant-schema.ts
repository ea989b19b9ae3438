/**
 * Home Assistant's rules for a device discovery message, written from its documentation and source and not from our
 * code: what it would refuse, ignore, or warn about.
 */
import assert from 'node:assert/strict';

const TOP_LEVEL = new Set([
  'device',
  'origin',
  'components',
  'state_topic',
  'command_topic',
  'availability',
  'availability_topic',
  'availability_mode',
  'availability_template',
  'payload_available',
  'payload_not_available',
  'qos',
  'encoding',
  'message_expiry_interval',
]);
const DEVICE = new Set([
  'identifiers',
  'connections',
  'manufacturer',
  'model',
  'model_id',
  'name',
  'hw_version',
  'serial_number',
  'sw_version',
  'via_device',
  'suggested_area',
  'configuration_url',
]);
const ORIGIN = new Set(['name', 'sw_version', 'support_url']);
const ENTITY = [
  'platform',
  'unique_id',
  'default_entity_id',
  'name',
  'icon',
  'device_class',
  'entity_category',
  'enabled_by_default',
  'value_template',
  'expire_after',
  'force_update',
  'availability',
  'availability_mode',
  'state_topic',
  'qos',
  'json_attributes_topic',
  'json_attributes_template',
];
const SENSOR = new Set([...ENTITY, 'state_class', 'unit_of_measurement', 'suggested_display_precision', 'options']);
const BINARY_SENSOR = new Set([...ENTITY, 'payload_on', 'payload_off', 'off_delay']);
const BINARY_CLASSES = new Set(['connectivity', 'problem', 'power', 'running', 'tamper']);

const TOTALS = ['total', 'total_increasing'];
const NOW = ['measurement'];
/** Units and state classes by device class, of those that Home Assistant 2024.11 knows; `null` means "no unit". */
const CLASSES: Readonly<
  Record<string, { units: readonly (string | null)[]; states: readonly (string | undefined)[] }>
> = {
  energy: { units: ['Wh', 'kWh', 'MWh', 'GWh', 'TWh', 'mWh'], states: TOTALS },
  power: { units: ['W', 'kW', 'MW', 'mW'], states: NOW },
  apparent_power: { units: ['VA', 'kVA', 'mVA'], states: NOW },
  reactive_power: { units: ['var', 'kvar', 'mvar'], states: NOW },
  voltage: { units: ['V', 'kV', 'mV', 'MV'], states: NOW },
  current: { units: ['A', 'mA'], states: NOW },
  frequency: { units: ['Hz', 'kHz', 'MHz', 'GHz', 'mHz'], states: NOW },
  power_factor: { units: [null, '%'], states: NOW },
  duration: { units: ['d', 'h', 'min', 's', 'ms'], states: [...NOW, ...TOTALS, undefined] },
  timestamp: { units: [null], states: [undefined] },
  enum: { units: [null], states: [undefined] },
};

export type Fields = Readonly<Record<string, unknown>>;

export interface Discovery {
  readonly device: Fields;
  readonly origin: Fields;
  readonly state_topic: string;
  readonly availability: readonly { topic: string }[];
  readonly components: Readonly<Record<string, Fields>>;
}

function onlyKeys(fields: Fields, allowed: ReadonlySet<string>, where: string): void {
  for (const key of Object.keys(fields)) assert.ok(allowed.has(key), `${where} may not have ${key}`);
}

function text(value: unknown, where: string): string {
  assert.ok(typeof value === 'string' && value !== '', `${where} must be a text, is ${JSON.stringify(value)}`);
  return value;
}

function topic(value: unknown, where: string): void {
  assert.match(text(value, where), /^[^+#\0]+$/, `${where} must be a topic to publish on`);
}

function availability(value: unknown, where: string): void {
  assert.ok(Array.isArray(value) && value.length > 0, where);
  for (const item of value as Fields[]) {
    onlyKeys(item, new Set(['topic', 'payload_available', 'payload_not_available', 'value_template']), where);
    topic(item['topic'], where);
  }
}

function sensor(component: Fields, where: string): void {
  onlyKeys(component, SENSOR, where);
  const deviceClass = component['device_class'] as string | undefined;
  const unit = component['unit_of_measurement'] as string | undefined;
  const state = component['state_class'] as string | undefined;
  if (deviceClass === undefined) {
    assert.ok(state === undefined || [...TOTALS, ...NOW].includes(state), `${where}: state class ${String(state)}`);
    assert.ok(unit === undefined || unit !== '', `${where}: an empty unit`);
  } else {
    const rule = CLASSES[deviceClass];
    assert.ok(rule, `${where}: unknown device class ${deviceClass}`);
    assert.ok(rule.units.includes(unit ?? null), `${where}: unit ${String(unit)} does not go with ${deviceClass}`);
    assert.ok(rule.states.includes(state), `${where}: state class ${String(state)} does not go with ${deviceClass}`);
  }
  const options = component['options'];
  assert.equal(deviceClass === 'enum', Array.isArray(options) && options.length > 0, `${where}: options and enum`);
  if ('suggested_display_precision' in component) {
    const precision = component['suggested_display_precision'];
    assert.ok(Number.isInteger(precision) && Number(precision) >= 0, `${where}: precision ${String(precision)}`);
  }
}

function entity(component: Fields, where: string, deviceName: string): void {
  const platform = text(component['platform'], `${where}.platform`);
  text(component['unique_id'], `${where}.unique_id`);
  const entityId = text(component['default_entity_id'], `${where}.default_entity_id`);
  assert.match(entityId, new RegExp(`^${platform}\\.[a-z0-9]+(?:_[a-z0-9]+)*$`), where);
  const name = text(component['name'], `${where}.name`);
  assert.ok(!name.startsWith(deviceName), `${where}: the name repeats the device`);
  assert.ok([undefined, 'diagnostic'].includes(component['entity_category'] as string | undefined), where);
  if ('availability' in component) availability(component['availability'], where);
  for (const key of ['json_attributes_topic', 'json_attributes_template'])
    if (key in component) text(component[key], where);
  if ('state_topic' in component) topic(component['state_topic'], where);
  if ('value_template' in component) assert.match(text(component['value_template'], where), /^\{\{ .+ \}\}$/);
  if ('expire_after' in component) {
    assert.ok(Number.isInteger(component['expire_after']) && Number(component['expire_after']) > 0, where);
    assert.notEqual(component['device_class'], 'energy', `${where}: an energy register does not expire`);
  }
  if (platform === 'sensor') {
    sensor(component, where);
    return;
  }
  assert.equal(platform, 'binary_sensor');
  onlyKeys(component, BINARY_SENSOR, where);
  assert.ok(BINARY_CLASSES.has(text(component['device_class'], where)), where);
}

/** Fails if Home Assistant would refuse the message or an entity of it; returns the parsed message. */
export function assertDiscovery(topicText: string, payload: string): Discovery {
  assert.match(topicText, /^[^+#]+\/device\/[a-zA-Z0-9_-]+\/config$/);
  const message = JSON.parse(payload) as Discovery;
  onlyKeys(message as unknown as Fields, TOP_LEVEL, 'the message');
  topic(message.state_topic, 'state_topic');
  if ('availability' in message) {
    availability(message.availability, 'availability');
    assert.ok(['all', 'any', 'latest'].includes((message as unknown as Fields)['availability_mode'] as string));
  }

  onlyKeys(message.device, DEVICE, 'device');
  assert.ok(Array.isArray(message.device['identifiers']) && message.device['identifiers'].length > 0);
  const deviceName = text(message.device['name'], 'device.name');
  for (const key of ['manufacturer', 'model', 'serial_number', 'sw_version']) {
    if (key in message.device) text(message.device[key], `device.${key}`);
  }
  onlyKeys(message.origin, ORIGIN, 'origin');
  text(message.origin['name'], 'origin.name');
  assert.match(text(message.origin['support_url'], 'origin.support_url'), /^https?:\/\//);

  const uniqueIds = new Set<unknown>();
  const entityIds = new Set<unknown>();
  const names = new Set<unknown>();
  for (const [key, component] of Object.entries(message.components)) {
    assert.match(key, /^[a-zA-Z0-9_-]+$/);
    if (Object.keys(component).join() === 'platform') continue; // an entity on its way out
    entity(component, key, deviceName);
    uniqueIds.add(component['unique_id']);
    entityIds.add(component['default_entity_id']);
    names.add(component['name']);
  }
  const entities = Object.values(message.components).filter((item) => 'unique_id' in item).length;
  assert.equal(uniqueIds.size, entities, 'every entity has a unique id of its own');
  assert.equal(entityIds.size, entities, 'every entity has an entity id of its own');
  assert.equal(names.size, entities, 'every entity has a name of its own');
  return message;
}

const without = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
const only = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));

/** Keys that messages of single entities repeat. */
const OF_DEVICE = ['device', 'origin', 'qos', 'availability_mode'];
/** Keys in the message of a device that apply to entities which do not have them. */
const INHERITED = ['state_topic', 'availability'];

/**
 * Fails if Home Assistant would refuse one of the messages of the single entities of a device.
 * @returns the equivalent message of the device
 */
export function assertSingleDiscovery(messages: readonly { topic: string; payload: string }[]): Discovery {
  let shared: Fields | undefined;
  const components: Record<string, Fields> = {};
  const objectIds = new Set<string>();
  for (const { topic: topicText, payload } of messages) {
    const parts = /^[^+#]+\/(sensor|binary_sensor)\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)\/config$/.exec(topicText);
    assert.ok(parts, topicText);
    const [, platform, objectId = '', key = ''] = parts;
    const message = JSON.parse(payload) as Fields;
    for (const name of ['platform', 'components']) assert.ok(!(name in message), `${topicText} may not have ${name}`);
    const ofDevice = only(message, OF_DEVICE);
    shared ??= { ...ofDevice, ...only(message, INHERITED) };
    assert.deepEqual(ofDevice, only(shared, OF_DEVICE), topicText);
    objectIds.add(objectId);
    const inherited = INHERITED.filter((name) => JSON.stringify(message[name]) === JSON.stringify(shared?.[name]));
    components[key] = { platform, ...without(message, [...OF_DEVICE, ...inherited]) };
  }
  assert.equal(objectIds.size, 1, 'one device');
  return assertDiscovery(`x/device/${[...objectIds].join()}/config`, JSON.stringify({ ...shared, components }));
}

/** Every key that a template of the discovery reads from the state. */
export function templateKeys(discovery: Discovery): readonly string[] {
  return Object.values(discovery.components).flatMap((component) => {
    const found = /value_json\.([A-Za-z0-9_]+)/.exec(JSON.stringify(component['value_template']));
    return found?.[1] === undefined ? [] : [found[1]];
  });
}

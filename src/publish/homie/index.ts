/** The Homie convention 4: a device for each meter, which describes itself. For Homey's MQTT Hub and openHAB. */
import { deviceName } from '../device.js';
import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition, FormatMessage } from '../format.js';
import { primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { passing, retained } from '../mqtt.js';
import { netPower, type Phase, PHASES } from '../net-power.js';
import { plainNumber } from '../plain-number.js';
import { foldedId, lowerCaseId } from '../safe-id.js';
import { settingError } from '../../setting-values.js';
import { textSetting, topicSetting } from '../settings.js';

interface Property {
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly value: (meter: MeterSnapshot) => number | null;
  /** What the property is of: it is announced with the first value. */
  readonly key: string;
}

interface HomieNode {
  readonly id: string;
  readonly name: string;
  readonly properties: readonly Property[];
}

/** MQTT Hub knows what these ids are: `measure-power` is Homey's capability measure_power. */
const measured = (id: string, name: string, unit: string, key: string): Property => ({
  id,
  name,
  unit,
  key,
  value: (meter) => primaryValueOf(meter, key),
});
const power = (phase: Phase = ''): Property => ({
  id: 'measure-power',
  name: 'Power',
  unit: 'W',
  key: `activePowerImport${phase}`,
  value: (meter) => netPower(meter, phase),
});

const NODES: readonly HomieNode[] = [
  {
    id: 'total',
    name: 'Total',
    properties: [
      power(),
      measured('meter-power', 'Energy import', 'kWh', 'activeEnergyImport'),
      measured('meter-power-export', 'Energy export', 'kWh', 'activeEnergyExport'),
      measured('measure-frequency', 'Frequency', 'Hz', 'frequency'),
    ],
  },
  ...PHASES.map((phase) => ({
    id: phase.toLowerCase(),
    name: phase,
    properties: [
      power(phase),
      measured('measure-voltage', 'Voltage', 'V', `voltage${phase}`),
      measured('measure-current', 'Current', 'A', `current${phase}`),
    ],
  })),
];

const ID = /^[a-z0-9][a-z0-9-]*$/;

function deviceIdSetting(value: unknown): string {
  const id = textSetting(value, '');
  if (id === '' || ID.test(id)) return id;
  throw settingError('deviceId', 'of small letters, digits and - only');
}

/** What of the nodes a meter has. */
function nodesOf(meter: MeterSnapshot | undefined): readonly HomieNode[] {
  return NODES.map(({ properties, ...node }) => ({
    ...node,
    properties: properties.filter(({ key }) => meter?.values.has(key)),
  })).filter(({ properties }) => properties.length > 0);
}

const shape = (meter: MeterSnapshot | undefined): string =>
  JSON.stringify(nodesOf(meter).map(({ id, properties }) => [id, properties.map((property) => property.id)]));

/** The topic of a property and its value, which is left out while it is not known: the convention has no null. */
function valuesOf(meter: MeterSnapshot, top: string): readonly FormatMessage[] {
  return nodesOf(meter).flatMap((node) =>
    node.properties.flatMap((property) => {
      const value = property.value(meter);
      return value === null ? [] : [retained(`${top}/${node.id}/${property.id}`, plainNumber(value))];
    }),
  );
}

const valueTopics = (meter: MeterSnapshot, top: string): readonly string[] =>
  nodesOf(meter).flatMap((node) => node.properties.map((property) => `${top}/${node.id}/${property.id}`));

/** Everything about the device but its values; it may change only while its state is `init`. */
function descriptionOf(meter: MeterSnapshot, top: string, state: string): readonly FormatMessage[] {
  const nodes = nodesOf(meter);
  const attribute = (path: string, value: string): FormatMessage => retained(`${top}/${path}`, value);
  return [
    attribute('$homie', '4.0.0'),
    attribute('$state', state),
    // The convention demands it, empty without extensions. Retained, an empty payload would delete the topic.
    passing(`${top}/$extensions`, ''),
    attribute('$name', deviceName(meter.device)),
    attribute('$nodes', nodes.map(({ id }) => id).join()),
    ...nodes.flatMap(({ id, name, properties }) => [
      attribute(`${id}/$name`, name),
      attribute(`${id}/$type`, 'meter'),
      attribute(`${id}/$properties`, properties.map((property) => property.id).join()),
      ...properties.flatMap((property) => [
        attribute(`${id}/${property.id}/$name`, property.name),
        attribute(`${id}/${property.id}/$datatype`, 'float'),
        attribute(`${id}/${property.id}/$unit`, property.unit),
      ]),
    ]),
  ];
}

/** `alert`: the meter is there, but something it has is not read any more. */
function stateOf(meter: MeterSnapshot): string {
  const isWhole = nodesOf(meter).every(({ properties }) => properties.every(({ value }) => value(meter) !== null));
  return isWhole ? 'ready' : 'alert';
}

/** A device for each meter, or one of a name that a last will can be given for. */
export const homie: FormatDefinition = {
  name: 'homie',
  defaults: FORMAT_SETTINGS.homie,
  create: (given) => {
    const base = topicSetting('baseTopic', given['baseTopic'], 'homie');
    const deviceId = deviceIdSetting(given['deviceId']);
    const idOf = ({ id, hasFoldedId }: MeterSnapshot): string => (hasFoldedId ? foldedId(id) : lowerCaseId(id));
    const topOf = (meter: MeterSnapshot): string => `${base}/${deviceId || `nes-${idOf(meter)}`}`;
    return {
      isForOneMeter: deviceId !== '',
      onReading: (meter, { before, isFirst }) => {
        const top = topOf(meter);
        const isChanged = isFirst || shape(before) !== shape(meter);
        return [
          ...(isChanged ? descriptionOf(meter, top, 'init') : []),
          ...valuesOf(meter, top),
          // Each time: the broker's last will may have said otherwise in between.
          retained(`${top}/$state`, stateOf(meter)),
        ];
      },
      onSilence: (meter) => [retained(`${topOf(meter)}/$state`, 'lost')],
      onReturn: (meter) => [retained(`${topOf(meter)}/$state`, stateOf(meter))],
      announceAll: (meter, withValues) => {
        const top = topOf(meter);
        const description = descriptionOf(meter, top, meter.online ? stateOf(meter) : 'lost');
        return withValues && meter.online ? [...description, ...valuesOf(meter, top)] : description;
      },
      // A value that is not known any more is still retained.
      removal: (meter) => {
        const description = descriptionOf(meter, topOf(meter), 'lost').map(({ topic = '' }) => topic);
        return [...description, ...valueTopics(meter, topOf(meter))].map((topic) => retained(topic, ''));
      },
    };
  },
};

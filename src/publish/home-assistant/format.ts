/** Home Assistant as a format: what it is sent for each event of a meter. */
import type { Format } from '../format.js';
import { valueOf } from '../meter-snapshot.js';
import { type MqttMessage, OFFLINE, ONLINE, retained } from '../mqtt.js';
import { plainNumber } from '../plain-number.js';
import type { MeterReading } from '../reading.js';
import { announcement, migration, removal, withdrawal } from './announcement.js';
import { bridgeDiscovery } from './discovery.js';
import { discoveryOf, goneKeys, type KnownMeter } from './known-meter.js';
import { lateReading } from './outbox.js';
import type { HomeAssistantSettings } from './settings.js';
import { topicsOf } from './topics.js';

/** Discovery where something is to be announced, availability where it changed, and the state with each reading. */
export function homeAssistantFormat(settings: HomeAssistantSettings): Format<KnownMeter, MqttMessage> {
  return {
    onReading: (meter, { before, reading }) => readingMessages(before, meter, reading, settings),
    onLateReading: (_, { reading }) => (settings.keepReadings > 0 ? [lateReading(reading, settings)] : []),
    onSilence: (meter) => [availabilityOf(meter, settings)],
    onReturn: (meter) => [availabilityOf(meter, settings), ...stateOf(meter, settings)],
    onLinkReport: (meter, before) => linkReportMessages(before, meter, settings),
    announceAll: (meter, withValues) => retainedOfMeter(meter, withValues, settings),
    announceShared: (meters) => ([...meters].some((meter) => isRetained(meter, settings)) ? bridge(settings) : []),
    removal: (meter) => removalOfMeter(meter, settings),
  };
}

/**
 * Everything once more, as after the birth message of Home Assistant: first all devices, then their availability, then their
 * values. Meters without a reading since the start are left out.
 */
export function announceAgain(meters: Iterable<KnownMeter>, settings: HomeAssistantSettings): readonly MqttMessage[] {
  const read = [...meters].filter(({ discovery, readAt }) => discovery !== undefined && readAt !== undefined);
  if (read.length === 0) return [];
  return [
    ...announcement(bridgeDiscovery(settings), settings),
    ...read.flatMap(({ discovery }) => discovery ?? []),
    bridgeOnline(settings),
    ...read.map((meter) => availabilityOf(meter, settings)),
    ...read.flatMap((meter) => [...statusOf(meter, settings), ...stateOf(meter, settings)]),
  ];
}

function readingMessages(
  before: KnownMeter | undefined,
  meter: KnownMeter,
  reading: MeterReading,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  const isFirst = before?.discovery === undefined;
  return [
    ...layoutMessages(before, meter, settings),
    ...(isFirst ? announcement(bridgeDiscovery(settings), settings) : []),
    ...(isAnnouncedAnew(before, meter)
      ? [...removal(discoveryOf(meter, settings), goneKeys(before, reading), settings), ...(meter.discovery ?? [])]
      : []),
    ...(isFirst ? [bridgeOnline(settings)] : []),
    ...(isFirst || !before.online ? [availabilityOf(meter, settings)] : []),
    ...(isFirst ? statusOf(meter, settings) : []),
    ...stateOf(meter, settings),
  ];
}

/** After a change of the layout: the migration before the first announcement, the withdrawal with the second reading. */
function layoutMessages(
  before: KnownMeter | undefined,
  meter: KnownMeter,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  const [from, to] = [before?.formerLayout, meter.formerLayout];
  if (from === to) return [];
  return [bridgeDiscovery(settings), discoveryOf(meter, settings)].flatMap((device) => [
    ...(to === undefined ? [] : migration(to, device, settings)),
    ...(to === undefined && from !== undefined ? withdrawal(from, device, settings) : []),
  ]);
}

/** A meter that was never announced has no status topic. */
function linkReportMessages(
  before: KnownMeter | undefined,
  meter: KnownMeter,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  if (meter.keys.length === 0) return [];
  return [...(isAnnouncedAnew(before, meter) ? (meter.discovery ?? []) : []), ...statusOf(meter, settings)];
}

function isAnnouncedAnew(before: KnownMeter | undefined, meter: KnownMeter): boolean {
  return before?.discovery !== meter.discovery;
}

/** Whether a broker retains something of a meter: nothing is sent while its presence or its layout is not known. */
function isRetained(meter: KnownMeter, settings: HomeAssistantSettings): boolean {
  const isUnknown = meter.online && meter.readAt === undefined;
  return meter.keys.length > 0 && !isUnknown && meter.layout === settings.discovery;
}

function retainedOfMeter(
  meter: KnownMeter,
  withValues: boolean,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  if (!isRetained(meter, settings)) return [];
  return [
    ...(meter.discovery ?? announcement(discoveryOf(meter, settings), settings)),
    availabilityOf(meter, settings),
    ...statusOf(meter, settings),
    ...(withValues && meter.online ? stateOf(meter, settings) : []),
  ];
}

/** Home Assistant drops the device. What the meter still measures is announced anew with its next reading. */
function removalOfMeter(meter: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  const { availability, state, status } = topicsOf(meter.id, settings);
  const layouts = new Set([settings.discovery, meter.layout, meter.formerLayout]);
  return [
    ...[...layouts].flatMap((layout) =>
      layout === undefined ? [] : withdrawal(layout, discoveryOf(meter, settings), settings),
    ),
    ...[availability, state, status].map((topic) => retained(topic, '')),
  ];
}

const bridgeOnline = (settings: HomeAssistantSettings): MqttMessage => retained(topicsOf('', settings).bridge, ONLINE);

const bridge = (settings: HomeAssistantSettings): readonly MqttMessage[] => [
  ...announcement(bridgeDiscovery(settings), settings),
  bridgeOnline(settings),
];

function availabilityOf({ id, online }: KnownMeter, settings: HomeAssistantSettings): MqttMessage {
  return retained(topicsOf(id, settings).availability, online ? ONLINE : OFFLINE);
}

function statusOf({ id, status }: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  return status === undefined ? [] : [retained(topicsOf(id, settings).status, status)];
}

function stateOf(meter: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  const { readAt } = meter;
  if (readAt === undefined) return [];
  const fields = [`"timestamp":"${new Date(readAt).toISOString()}"`];
  for (const key of meter.keys) {
    const value = valueOf(meter, key);
    fields.push(`${JSON.stringify(key)}:${value === null ? 'null' : plainNumber(value)}`);
  }
  return [retained(topicsOf(meter.id, settings).state, `{${fields.join(',')}}`)];
}

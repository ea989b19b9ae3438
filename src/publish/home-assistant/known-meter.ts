import { describeKey, isFields } from '../../readings/index.js';
import { type LinkReport, patienceWith, worthTellingForMs } from '../link-report.js';
import { type MeterSnapshot, recallSnapshot, type RememberedMeter, valueOf, withReading } from '../meter-snapshot.js';
import { type MqttMessage, OFFLINE, ONLINE, retained } from '../mqtt.js';
import { plainNumber } from '../plain-number.js';
import type { Reading } from '../reading.js';
import { announcement, migration, removal, withdrawal } from './announcement.js';
import { bridgeDiscovery, type Discovery, meterDiscovery } from './discovery.js';
import type { DiscoveryLayout, HomeAssistantSettings } from './settings.js';
import { topicsOf } from './topics.js';

/** What Home Assistant knows of a meter, worth keeping over a restart, JSON-safe. Never a value. */
export interface AnnouncedMeter extends RememberedMeter {
  /** Announced keys; they stay announced until the meter is known not to have them any more. */
  readonly keys: readonly string[];
  /** By table: the fingerprint under which its keys were last seen complete. */
  readonly fingerprints: Readonly<Record<string, string>>;
  /** Whether the status of its link was ever reported, and so is announced. */
  readonly hasStatus: boolean;
  /** How it is announced; undefined before it is. */
  readonly layout: DiscoveryLayout | undefined;
  /** How it was announced before, while that is still retained. */
  readonly formerLayout: DiscoveryLayout | undefined;
}

/** All that is known of one meter: its newest values, as every format has them, and what Home Assistant knows of it. */
export interface KnownMeter extends MeterSnapshot, AnnouncedMeter {
  /** The discovery as last sent since the start. */
  readonly discovery: readonly MqttMessage[] | undefined;
  /** The status of its link as last reported since the start. */
  readonly status: string | undefined;
}

export interface Published {
  readonly meter: KnownMeter;
  /** In the order in which they must be sent. */
  readonly messages: readonly MqttMessage[];
}

function mergedFingerprints(known: KnownMeter['fingerprints'], reading: Reading): KnownMeter['fingerprints'] {
  const isNews = reading.complete && known[reading.table] !== reading.fingerprint;
  return isNews ? { ...known, [reading.table]: reading.fingerprint } : known;
}

function goneKeys(known: KnownMeter | undefined, reading: Reading): readonly string[] {
  if (known === undefined) return [];
  const before = known.fingerprints[reading.table];
  const hasChanged = reading.complete && before !== undefined && before !== reading.fingerprint;
  return known.keys.filter((key) => describeKey(key) === undefined || (hasChanged && reading.values[key] === null));
}

/** Values that were worked out of several readings count as those of a reading do. */
function announcedKeys(
  known: readonly string[],
  gone: readonly string[],
  { values }: MeterSnapshot,
): readonly string[] {
  const kept = gone.length === 0 ? known : known.filter((key) => !gone.includes(key));
  const present = new Set(kept);
  const added = [...values].filter(([key, { value }]) => value !== null && !present.has(key)).map(([key]) => key);
  return added.length === 0 ? kept : [...kept, ...added];
}

function statePayload(meter: KnownMeter, readAt: number): string {
  const fields = [`"timestamp":"${new Date(readAt).toISOString()}"`];
  for (const key of meter.keys) {
    const value = valueOf(meter, key);
    fields.push(`${JSON.stringify(key)}:${value === null ? 'null' : plainNumber(value)}`);
  }
  return `{${fields.join(',')}}`;
}

const discoveryOf = (
  { id, device, keys, hasStatus }: Pick<KnownMeter, 'id' | 'device' | 'keys' | 'hasStatus'>,
  settings: HomeAssistantSettings,
): Discovery => meterDiscovery(id, device, keys, settings, hasStatus);

/** What is to be announced anew; undefined where all of it is announced already. */
function newAnnouncement(
  known: KnownMeter | undefined,
  meter: KnownMeter,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] | undefined {
  const isSame =
    known?.hasStatus === meter.hasStatus &&
    known.discovery !== undefined &&
    known.keys === meter.keys &&
    known.device === meter.device;
  return isSame ? undefined : announcement(discoveryOf(meter, settings), settings);
}

/** When the way of announcing was changed: what goes before the first announcement, and what after the second reading. */
function changeOfLayout(
  known: KnownMeter | undefined,
  meter: KnownMeter,
  settings: HomeAssistantSettings,
): { readonly formerLayout: DiscoveryLayout | undefined; readonly messages: readonly MqttMessage[] } {
  const devices = (): readonly Discovery[] => [bridgeDiscovery(settings), discoveryOf(meter, settings)];
  const { layout, formerLayout, discovery } = known ?? {};
  if (layout !== undefined && layout !== settings.discovery) {
    return { formerLayout: layout, messages: devices().flatMap((device) => migration(layout, device, settings)) };
  }
  if (formerLayout === undefined || discovery === undefined) return { formerLayout, messages: [] };
  return {
    formerLayout: undefined,
    messages: devices().flatMap((device) => withdrawal(formerLayout, device, settings)),
  };
}

/**
 * Takes a reading in: discovery when there is something new to announce, availability when it changed, and the state.
 * Before the first value of a meter nothing is sent at all.
 * @param known what `receiveReading` or `recall` gave before; undefined for a meter never seen
 */
export function receiveReading(
  known: KnownMeter | undefined,
  reading: Reading,
  settings: HomeAssistantSettings,
): Published {
  const gone = goneKeys(known, reading);
  const snapshot = withReading(known, reading, settings.expireAfter);
  const before = known ?? neverRead(snapshot);
  const merged: KnownMeter = {
    ...before,
    ...snapshot,
    online: before.online,
    keys: announcedKeys(before.keys, gone, snapshot),
    fingerprints: mergedFingerprints(before.fingerprints, reading),
  };
  if (merged.keys.length === 0 && gone.length === 0) return { meter: merged, messages: [] };

  const topics = topicsOf(merged.id, settings);
  const change = changeOfLayout(known, merged, settings);
  const discovery = newAnnouncement(known, merged, settings);
  const meter: KnownMeter = {
    ...merged,
    online: true,
    discovery: discovery ?? merged.discovery,
    layout: settings.discovery,
    formerLayout: change.formerLayout,
  };
  const isFirst = known?.discovery === undefined;
  return {
    meter,
    messages: [
      ...change.messages,
      ...(isFirst ? announcement(bridgeDiscovery(settings), settings) : []),
      ...(discovery ? removal(discoveryOf(meter, settings), gone, settings) : []),
      ...(discovery ?? []),
      ...(isFirst ? [retained(topics.bridge, ONLINE)] : []),
      ...(isFirst || !known.online ? [retained(topics.availability, ONLINE)] : []),
      ...(isFirst && meter.status !== undefined ? [retained(topics.status, meter.status)] : []),
      retained(topics.state, statePayload(meter, reading.readAt)),
    ],
  };
}

/**
 * Takes in how things stand with the link to a meter. What says that the meter is gone takes it offline; a reading brings it
 * back, or a link that works again while the last reading is worth telling. Of a meter that was never announced nothing is
 * sent.
 * @param known what `receiveReading`, `receiveLinkReport` or `recall` gave before; undefined for a meter never seen
 * @param now the time of day; without it only a reading brings a meter back
 */
export function receiveLinkReport(
  known: KnownMeter | undefined,
  report: LinkReport,
  settings: HomeAssistantSettings,
  now?: Date,
): Published {
  const before = known ?? neverRead(report);
  const meter = { ...before, hasStatus: true, status: report.payload };
  if (meter.keys.length === 0) return { meter, messages: [] };
  const topics = topicsOf(meter.id, settings);
  const isAnnounced = before.discovery !== undefined;
  const discovery = isAnnounced ? newAnnouncement(before, meter, settings) : undefined;
  const messages = [...(discovery ?? []), retained(topics.status, report.payload)];
  const reported = { ...meter, discovery: discovery ?? meter.discovery };
  if (report.state === 'online' && now !== undefined && isToReturn(reported, settings, now)) {
    const back = { ...reported, online: true };
    return { meter: back, messages: [...messages, ...returned(back, settings)] };
  }
  if (patienceWith(report.state) !== 0) return { meter: reported, messages };
  const offline = goOffline(reported, settings);
  return { meter: offline.meter, messages: [...messages, ...offline.messages] };
}

function isToReturn(meter: KnownMeter, { expireAfter }: HomeAssistantSettings, now: Date): boolean {
  return !meter.online && meter.discovery !== undefined && worthTellingForMs(meter.readAt, expireAfter, now) > 0;
}

function returned(meter: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  return [availabilityOf(meter, settings), ...stateOf(meter, settings)];
}

function neverRead({ id, device }: Pick<KnownMeter, 'id' | 'device'>): KnownMeter {
  return {
    ...{ id, device, online: false, values: new Map(), readAt: undefined, expireAfter: 0 },
    ...{ keys: [], fingerprints: {}, hasStatus: false, layout: undefined, formerLayout: undefined },
    ...{ discovery: undefined, status: undefined },
  };
}

/**
 * Everything once more, as after the birth message of Home Assistant: first what there is, then whether it is there,
 * then its values. Meters without a reading since the start are left out.
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

/** All that is retained of the bridge. */
export function retainedOfBridge(settings: HomeAssistantSettings): readonly MqttMessage[] {
  return [...announcement(bridgeDiscovery(settings), settings), bridgeOnline(settings)];
}

/**
 * All that is retained of a meter; nothing while it is not known whether it is there, or how it is announced.
 * @param withValues whether its values are among it, unless it is offline
 */
export function retainedOfMeter(
  meter: KnownMeter,
  withValues: boolean,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  const isUnknown = meter.online && meter.readAt === undefined;
  if (meter.keys.length === 0 || isUnknown || meter.layout !== settings.discovery) return [];
  return [
    ...(meter.discovery ?? announcement(discoveryOf(meter, settings), settings)),
    availabilityOf(meter, settings),
    ...statusOf(meter, settings),
    ...(withValues && meter.online ? stateOf(meter, settings) : []),
  ];
}

const bridgeOnline = (settings: HomeAssistantSettings): MqttMessage => retained(topicsOf('', settings).bridge, ONLINE);

function availabilityOf({ id, online }: KnownMeter, settings: HomeAssistantSettings): MqttMessage {
  return retained(topicsOf(id, settings).availability, online ? ONLINE : OFFLINE);
}

function statusOf({ id, status }: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  return status === undefined ? [] : [retained(topicsOf(id, settings).status, status)];
}

function stateOf(meter: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  if (meter.readAt === undefined) return [];
  return [retained(topicsOf(meter.id, settings).state, statePayload(meter, meter.readAt))];
}

/**
 * Takes a meter away, with all that is retained of it: Home Assistant drops the device. What the meter still has is
 * announced anew with its next reading.
 */
export function forget(meter: KnownMeter, settings: HomeAssistantSettings): readonly MqttMessage[] {
  const { availability, state, status } = topicsOf(meter.id, settings);
  const layouts = new Set([settings.discovery, meter.layout, meter.formerLayout]);
  return [
    ...[...layouts].flatMap((layout) =>
      layout === undefined ? [] : withdrawal(layout, discoveryOf(meter, settings), settings),
    ),
    ...[availability, state, status].map((topic) => retained(topic, '')),
  ];
}

/** The meter has been silent for too long, or nobody will read it any more. */
export function goOffline(meter: KnownMeter, settings: HomeAssistantSettings): Published {
  if (!meter.online) return { meter, messages: [] };
  const { availability } = topicsOf(meter.id, settings);
  return { meter: { ...meter, online: false }, messages: [retained(availability, OFFLINE)] };
}

/** Another meter, or none, is where this one was: what is known of its values and its link ends. */
export function replaced(meter: KnownMeter, settings: HomeAssistantSettings): Published {
  const { meter: offline, messages } = goOffline(meter, settings);
  return { meter: { ...restarted(offline), values: new Map(), status: undefined }, messages };
}

/** False when `remember` would give for both meters the same. */
export function isWorthRemembering(before: KnownMeter | undefined, after: KnownMeter): boolean {
  return (
    before === undefined ||
    before.device !== after.device ||
    before.keys !== after.keys ||
    before.fingerprints !== after.fingerprints ||
    before.online !== after.online ||
    before.hasStatus !== after.hasStatus ||
    before.layout !== after.layout ||
    before.formerLayout !== after.formerLayout
  );
}

/** What to keep over a restart. */
export function remember(meter: KnownMeter): AnnouncedMeter {
  const { id, device, keys, fingerprints, online, hasStatus, layout, formerLayout } = meter;
  return { id, device, keys, fingerprints, online, hasStatus, layout, formerLayout };
}

/**
 * A meter as it goes over a deploy: its values are kept, but all is announced anew with its next reading, for the broker
 * may be another one.
 */
export function restarted(meter: KnownMeter): KnownMeter {
  return { ...meter, readAt: undefined, discovery: undefined };
}

const isLayout = (value: unknown): value is DiscoveryLayout => value === 'device' || value === 'single';

function isTextMap(value: unknown): value is Record<string, string> {
  return isFields(value) && Object.values(value).every((item) => typeof item === 'string');
}

/**
 * A remembered meter, before its first reading since the start.
 * @param remembered what `remember` gave, back from wherever it was kept
 * @returns undefined when it is something else: then the meter is simply announced anew
 */
export function recall(remembered: unknown): KnownMeter | undefined {
  const snapshot = recallSnapshot(remembered, 0);
  if (snapshot === undefined || !isFields(remembered)) return undefined;
  const { keys, fingerprints, hasStatus, layout, formerLayout } = remembered;
  if (!isTextMap(fingerprints) || !Array.isArray(keys) || !keys.every((key) => typeof key === 'string'))
    return undefined;
  return {
    ...neverRead(snapshot),
    ...snapshot,
    keys,
    fingerprints,
    // What was kept by a version that knew of no status has none.
    hasStatus: hasStatus === true,
    // And what was kept when there was but one way of announcing was announced in that.
    layout: isLayout(layout) ? layout : keys.length > 0 ? 'device' : undefined,
    formerLayout: isLayout(formerLayout) ? formerLayout : undefined,
  };
}

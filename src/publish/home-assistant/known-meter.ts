import { describeKey, isFields } from '../../readings/index.js';
import type { LinkReport } from '../link-report.js';
import {
  type MeterModel,
  type MeterSnapshot,
  recallSnapshot,
  type RememberedMeter,
  withReading,
} from '../meter-snapshot.js';
import type { MqttMessage } from '../mqtt.js';
import type { MeterReading } from '../reading.js';
import { announcement } from './announcement.js';
import { type Discovery, meterDiscovery } from './discovery.js';
import type { DiscoveryLayout, HomeAssistantSettings } from './settings.js';

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

/** The model of Home Assistant's format. */
export function knownMeters(settings: HomeAssistantSettings): MeterModel<KnownMeter> {
  return {
    withReading: (before, reading) => withReadingOf(before, reading, settings),
    withLinkReport: (before, report) => withLinkReport(before, report, settings),
    isPublished: ({ keys }) => keys.length > 0,
    remember,
    recall,
    isWorthRemembering,
    handedOver: restarted,
    replaced: (meter) => ({ ...restarted(meter), values: new Map(), status: undefined }),
  };
}

function withReadingOf(
  before: KnownMeter | undefined,
  reading: MeterReading,
  settings: HomeAssistantSettings,
): KnownMeter {
  const gone = goneKeys(before, reading);
  const snapshot = withReading(before, reading, settings.expireAfter);
  const known = before ?? neverRead(snapshot);
  const meter: KnownMeter = {
    ...known,
    ...snapshot,
    keys: announcedKeys(known.keys, gone, snapshot),
    fingerprints: mergedFingerprints(known.fingerprints, reading),
  };
  if (meter.keys.length === 0 && gone.length === 0) return { ...meter, online: false };
  return {
    ...meter,
    online: true,
    discovery: discoveryMessages(before, meter, settings),
    layout: settings.discovery,
    formerLayout: formerLayout(before, settings),
  };
}

function withLinkReport(
  before: KnownMeter | undefined,
  report: LinkReport,
  settings: HomeAssistantSettings,
): KnownMeter {
  const meter = { ...(before ?? neverRead(report)), hasStatus: true, status: report.payload };
  // What was not announced since the start is announced with the next reading.
  if (before?.discovery === undefined || meter.keys.length === 0) return meter;
  return { ...meter, discovery: discoveryMessages(before, meter, settings) };
}

function mergedFingerprints(known: KnownMeter['fingerprints'], reading: MeterReading): KnownMeter['fingerprints'] {
  const isChanged = reading.complete && known[reading.table] !== reading.fingerprint;
  return isChanged ? { ...known, [reading.table]: reading.fingerprint } : known;
}

/** Keys that were announced and that the meter does not measure any more. */
export function goneKeys(known: KnownMeter | undefined, reading: MeterReading): readonly string[] {
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

/** The device and the entities of a meter. */
export const discoveryOf = (
  { id, device, keys, hasStatus }: Pick<KnownMeter, 'id' | 'device' | 'keys' | 'hasStatus'>,
  settings: HomeAssistantSettings,
): Discovery => meterDiscovery(id, device, keys, settings, hasStatus);

/** The discovery of a meter; the very same messages where nothing of it changed. */
function discoveryMessages(
  before: KnownMeter | undefined,
  meter: KnownMeter,
  settings: HomeAssistantSettings,
): readonly MqttMessage[] {
  const isSame = before?.hasStatus === meter.hasStatus && before.keys === meter.keys && before.device === meter.device;
  return (isSame ? before.discovery : undefined) ?? announcement(discoveryOf(meter, settings), settings);
}

/** The layout whose announcement is to be withdrawn: with the second reading after a change, when the new one has arrived. */
function formerLayout(before: KnownMeter | undefined, settings: HomeAssistantSettings): DiscoveryLayout | undefined {
  if (before?.layout !== undefined && before.layout !== settings.discovery) return before.layout;
  return before?.discovery === undefined ? before?.formerLayout : undefined;
}

function neverRead({ id, device }: Pick<KnownMeter, 'id' | 'device'>): KnownMeter {
  return {
    ...{ id, device, online: false, values: new Map(), readAt: undefined, expireAfter: 0 },
    ...{ keys: [], fingerprints: {}, hasStatus: false, layout: undefined, formerLayout: undefined },
    ...{ discovery: undefined, status: undefined },
  };
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
    // Missing in what a version without this member kept.
    hasStatus: hasStatus === true,
    // Missing in what a version with only this layout kept.
    layout: isLayout(layout) ? layout : keys.length > 0 ? 'device' : undefined,
    formerLayout: isLayout(formerLayout) ? formerLayout : undefined,
  };
}

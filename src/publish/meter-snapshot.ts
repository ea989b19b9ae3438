import { describeKey, primaryValueKey, isFields, isMeasurement, NET_POWERS } from '../readings/index.js';
import { type DeviceInfo, isDevice, mergedDevice } from './device.js';
import type { LinkReport } from './link-report.js';
import { isOfMissingPhase, type MeterReading } from './reading.js';
import { safeId, wasFolded } from './safe-id.js';

/** @inline */
interface TimedValue {
  readonly value: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is known of one meter: of each quantity the newest value, from whichever table. */
export interface MeterSnapshot {
  /** Its serial number, safe in topics and ids. */
  readonly id: string;
  readonly device: DeviceInfo;
  /** By key, in the order of their first reading. What the meter never measured is not among them. */
  readonly values: ReadonlyMap<string, TimedValue>;
  /** Milliseconds since 1970 of the newest reading; undefined before the first one since the start. */
  readonly readAt: number | undefined;
  /** False as soon as no reading came for too long. */
  readonly online: boolean;
  /** Seconds after which a measurement is stale; 0 = never. */
  readonly expireAfter: number;
  /** Version 0.1.0 published it under `foldedId`, where that is another id than `lowerCaseId`. */
  readonly hasFoldedId?: true;
}

/** What is kept over a restart, JSON-safe: which values were published, never the values. */
export interface RememberedMeter extends Pick<MeterSnapshot, 'id' | 'device' | 'online'> {
  readonly keys: readonly string[];
  /** Published under `lowerCaseId`; only where that differs from `foldedId`. */
  readonly hasDistinctId?: true;
}

/** A value that was measured once, but not since the start. */
const NOT_YET: TimedValue = { value: null, at: 0 };

/**
 * Takes a reading in. Null in a complete reading takes a value away; in a partial one it means that the value was not
 * requested.
 * @param known undefined for a meter never seen
 */
export function withReading(
  known: MeterSnapshot | undefined,
  reading: MeterReading,
  expireAfter: number,
): MeterSnapshot {
  const values = new Map(known?.values);
  for (const [key, value] of Object.entries(reading.values)) {
    if (isOfMissingPhase(reading, key)) continue;
    if (value !== null || (reading.complete && values.has(key))) values.set(key, { value, at: reading.readAt });
  }
  addNetPowers(values, reading);
  return {
    id: reading.id,
    device: mergedDevice(known?.device, reading.device),
    values,
    readAt: reading.readAt,
    online: values.size > 0,
    expireAfter,
    ...(known?.hasFoldedId && { hasFoldedId: true }),
  };
}

/**
 * Import and export can arrive in separate messages: then the net power is calculated here. A message that has both was
 * decoded as a whole, with its net power or without.
 */
function addNetPowers(values: Map<string, TimedValue>, reading: MeterReading): void {
  for (const { key, plus, minus } of NET_POWERS) {
    const imported = values.get(plus);
    const exported = values.get(minus);
    if (!isNetOf(reading, key) || imported === undefined || exported === undefined) continue;
    const value = imported.value === null || exported.value === null ? null : imported.value - exported.value;
    values.set(key, { value, at: Math.min(imported.at, exported.at) });
  }
}

/** Whether a reading changes a net power without having it: it has either the import or the export. */
function isNetOf({ values }: MeterReading, key: string): boolean {
  const net = NET_POWERS.find((power) => power.key === key);
  const isRead = (name: string): boolean => (values[name] ?? null) !== null;
  return net !== undefined && !isRead(key) && isRead(net.plus) !== isRead(net.minus);
}

/** Whether a reading has a value of a key, or one from which it was calculated. */
export function isInReading(reading: MeterReading, key: string): boolean {
  return (reading.values[key] ?? null) !== null || isNetOf(reading, key);
}

/**
 * A value as it may be published now: null when it is not measured (any more). A measurement becomes stale when only another
 * table is still being read, or none at all; a register stays valid.
 */
export function valueOf(meter: MeterSnapshot, key: string): number | null {
  const timed = meter.values.get(key);
  if (timed === undefined || meter.readAt === undefined) return null;
  const age = Math.abs(meter.readAt - timed.at);
  const isStale = !meter.online || (meter.expireAfter > 0 && age > meter.expireAfter * 1000);
  return isStale && isMeasurement(key) ? null : timed.value;
}

/** As `valueOf`, for formats that have primary values only. */
export function primaryValueOf(meter: MeterSnapshot, key: string): number | null {
  return valueOf(meter, primaryKeyOf(meter, key));
}

/** The key of a primary value, see `primaryValueKey`. */
export function primaryKeyOf({ device }: MeterSnapshot, key: string): string {
  return primaryValueKey(key, device.hasTransformers === true);
}

/** What to keep over a restart. */
export function rememberSnapshot({ id, device, online, values, hasFoldedId }: MeterSnapshot): RememberedMeter {
  const isMarked = hasFoldedId !== true && wasFolded(id);
  return { id, device, online, keys: [...values.keys()], ...(isMarked && { hasDistinctId: true }) };
}

/** False when `rememberSnapshot` would give for both the same. */
export function isWorthRemembering(before: MeterSnapshot | undefined, after: MeterSnapshot): boolean {
  return (
    before === undefined ||
    before.device !== after.device ||
    before.online !== after.online ||
    before.values.size !== after.values.size
  );
}

/**
 * A remembered meter, before its first reading since the start.
 * @param remembered what `rememberSnapshot` gave, back from wherever it was kept
 * @returns undefined when it is something else
 */
export function recallSnapshot(remembered: unknown, expireAfter: number): MeterSnapshot | undefined {
  if (!isFields(remembered)) return undefined;
  const { id, device, online, keys } = remembered;
  if (typeof id !== 'string' || typeof online !== 'boolean' || !isDevice(device)) return undefined;
  if (safeId(device.serial) !== id || !Array.isArray(keys)) return undefined;
  const known = keys.filter((key): key is string => typeof key === 'string' && describeKey(key) !== undefined);
  const values = new Map(known.map((key) => [key, NOT_YET]));
  const isFolded = remembered['hasDistinctId'] !== true && wasFolded(id);
  return { id, device, online, values, readAt: undefined, expireAfter, ...(isFolded && { hasFoldedId: true }) };
}

/** What is kept of a meter, and how events change it. A format that keeps more than a snapshot has a model of its own. */
export interface MeterModel<Known extends MeterSnapshot> {
  /** @returns a meter that is `online` where there is something to publish */
  readonly withReading: (before: Known | undefined, reading: MeterReading, expireAfter: number) => Known;
  /** @returns undefined for a meter without a reading, where nothing is kept of such a meter */
  readonly withLinkReport: (before: Known | undefined, report: LinkReport) => Known | undefined;
  /** Whether the meter was published, and so counts. */
  readonly isPublished: (meter: Known) => boolean;
  /** What to keep over a restart of Node-RED, JSON-safe. */
  readonly remember: (meter: Known) => object;
  /** The reverse of `remember`; undefined for anything else. */
  readonly recall: (remembered: unknown, expireAfter: number) => Known | undefined;
  /** False where `remember` gives the same for both. */
  readonly isWorthRemembering: (before: Known | undefined, after: Known) => boolean;
  /** A meter as the node of the next deploy gets it. */
  readonly handedOver: (meter: Known) => Known;
  /** What remains of a meter that was exchanged or is not read any more; undefined: nothing. */
  readonly replaced: (meter: Known) => Known | undefined;
}

/** The model of formats that keep the newest values only. */
export const SNAPSHOTS: MeterModel<MeterSnapshot> = {
  withReading,
  withLinkReport: (before) => before,
  isPublished: () => true,
  remember: rememberSnapshot,
  recall: recallSnapshot,
  isWorthRemembering,
  handedOver: (meter) => meter,
  replaced: () => undefined,
};

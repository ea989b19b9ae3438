/** BT23 and BT28 as they are now, and the tables that keep copies of BT23. [MEP p.207-220] */
import {
  type Dimensions,
  type RegisterPlace,
  registerLayout,
  type TableDescription,
  tableSize,
  type TableValues,
} from '../../tables/index.js';
import { DEMAND_INTERVAL_MS, type PeakDemand } from '../demands.js';
import { type Registers, summationOf } from '../energy-registers.js';
import type { Snapshot } from '../history.js';
import { localClock, midnightOf } from '../local-time.js';
import type { Measurements } from '../measurements.js';
import { demandOfCoincident, type RegisterSetup } from '../profiles.js';
import { seasonAt } from '../seasons.js';
import { stimeDate } from '../stime-date.js';
import { type Identity, type ImageContext, shortTime, type ValuesOf } from './context.js';

/** The bytes of BT23 or BT28 at this moment. */
export function registerImage(table: TableDescription, context: ImageContext): Uint8Array {
  const { dims, identity, meter } = context;
  const image = new Uint8Array(tableSize(table, dims));
  const view = new DataView(image.buffer);
  const registers = meter.registers;
  for (const place of registerLayout(table, dims)) {
    const value = registerValue(place, identity.setup, meter, registers);
    if (place.bytes === 1) view.setUint8(place.offset, value);
    else view.setInt32(place.offset, value, true);
    if (place.time) image.set(timeBytes(place, meter), place.time.offset);
  }
  return image;
}

function registerValue(place: RegisterPlace, setup: RegisterSetup, meter: Measurements, registers: Registers): number {
  const { source, tier, role, index } = place;
  if (source === null) return 0;
  // Peaks are kept for the total only: the registers of the tiers read 0.
  const ownPeak = tier === null ? meter.demands.peak(source) : undefined;
  switch (role) {
    case 'summation':
      return registerOf(registers, setup, source, tier === null ? null : tier - 1);
    case 'presentValue':
      return meter.present(source, setup.ctRatio * setup.vtRatio) ?? 0;
    case 'presentDemand':
      return meter.demands.present(source);
    case 'demand':
      return ownPeak?.value ?? 0;
    case 'coincident': {
      const demand = demandOfCoincident(index);
      const peak = tier === null && demand !== undefined ? meter.demands.peak(demand) : undefined;
      return peak?.coincidents.get(source) ?? 0;
    }
    case 'demandResets':
    case 'cumulativeDemand':
    case 'continuousCumulativeDemand':
      return 0;
  }
}

/** A summation in register format: primary value, register unit, rolled over. */
export function registerOf(registers: Registers, setup: RegisterSetup, source: number, tier: number | null): number {
  const ratio = setup.ctRatio * setup.vtRatio;
  return summationOf(registers, source, tier, setup.energyRegisterUnit, ratio) % 10 ** setup.rolloverDigits;
}

/** TIME left in the demand interval, or the STIME_DATE of a peak; zeros for "never". [MEP p.41-42] */
function timeBytes(place: RegisterPlace, meter: Measurements): Uint8Array {
  if (place.time?.type === 'TIME') {
    const left = Math.floor((DEMAND_INTERVAL_MS - (meter.time % DEMAND_INTERVAL_MS)) / 1000);
    return Uint8Array.of(0, Math.floor(left / 60), left % 60);
  }
  const peak = place.source === null || place.tier !== null ? undefined : meter.demands.peak(place.source);
  if (!peak) return new Uint8Array(5);
  return stimeDate(peak.time);
}

const listOf = (dims: Dimensions, field: string): readonly number[] => (dims['BT22']?.[field] ?? []) as number[];

/** The fields of BT23 for a snapshot of the registers. */
function copyOfBT23({ dims, identity }: ImageContext, snapshot: Snapshot): TableValues {
  const sources = listOf(dims, 'summationSources');
  const [demandSources, coincidentSources] = [listOf(dims, 'demandSelect'), listOf(dims, 'coincidentSelect')];
  const summations = (tier: number | null): number[] =>
    sources.map((source) => registerOf(snapshot, identity.setup, source, tier));
  const peakOf = (source: number | undefined): PeakDemand | undefined =>
    source === undefined ? undefined : snapshot.peaks.get(source);
  return {
    summations: summations(null),
    demands: demandSources.map((source): TableValues => {
      const peak = peakOf(source);
      return peak ? { eventTime: [shortTime(peak.time)], demand: [peak.value] } : {};
    }),
    coincidents: coincidentSources.map((source, i) => {
      return { values: [peakOf(demandOfCoincident(i))?.coincidents.get(source) ?? 0] };
    }),
    tiers: Array.from({ length: identity.setup.numberOfTiers }, (_, tier) => ({ summations: summations(tier) })),
  };
}

/** Configuration id of billing data: the simulator derives it from the register setup. */
export const billingDefinition = ({ idtVersion }: Identity): number => idtVersion;

/** BT26: one self-read at each midnight, in a circular queue. */
function selfReads(context: ImageContext): TableValues {
  const { dims, identity, meter } = context;
  const count = Number(dims['BT21']?.['numberOfSelfReads']);
  const today = localClock(context.history.now).day;
  const days = Array.from({ length: count }, (_, i) => today - i);
  const entries = Array.from({ length: count }, (): TableValues => ({}));
  let valid = 0;
  for (const day of days) {
    const snapshot = meter.history.atMidnight(day);
    if (!snapshot) break;
    valid++;
    entries[day % count] = {
      ...(identity.setup.numberOfDemands > 0 && { billingInterfaceDefinitionNumber: billingDefinition(identity) }),
      timeAndDate: `${isoDay(day)}T00:00`,
      season: seasonAt(midnightOf(day)).season,
      ...copyOfBT23(context, snapshot),
    };
  }
  return {
    listType: true,
    numberOfValidEntries: valid,
    lastEntryElement: valid === 0 ? 0 : today % count,
    lastEntrySequenceNumber: today & 0xffff,
    numberOfUnreadEntries: Math.min(1, valid),
    selfReadEntries: entries,
  };
}

const isoDay = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

export const REGISTER_VALUES: Readonly<Record<string, ValuesOf>> = {
  BT24: (context) => {
    const { history } = context.meter;
    const time = context.history.now;
    const snapshot = history.atSeasonChange(time);
    if (!snapshot) return {};
    const { season, since } = seasonAt(time);
    return { timeAndDate: `${isoDay(since)}T00:00`, season: 1 - season, ...copyOfBT23(context, snapshot) };
  },
  // No demand was ever reset.
  BT25: () => ({}),
  BT26: selfReads,
};

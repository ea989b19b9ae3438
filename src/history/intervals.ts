import { recordOfHeader } from '../mbus/index.js';
import { plausibility, type Register } from '../readings/index.js';
import type { RawInterval } from './block.js';
import type { LoadProfile, ProfileChannel } from './load-profile.js';
import { flagsOf, forbidsValue, type IntervalFlag, type Quality, qualityOf } from './quality.js';

/** The last good raw value of an energy, and the end of its interval. */
export interface LastTotal {
  readonly raw: number;
  /** ms since 1970. */
  readonly end: number;
}

/** Totals from which the differences of the next interval are calculated, by key. */
export type LastTotals = Readonly<Record<string, LastTotal>>;

/** A register at the end of an interval. */
export interface IntervalRegister extends Pick<Register, 'name' | 'key' | 'value' | 'unit' | 'raw' | 'obis'> {
  readonly source: number;
  readonly tier: null;
  readonly channel: number;
  /** Status code of the meter. [MEP p.240-241] */
  readonly status: number;
}

export interface IntervalHistory {
  readonly kind: 'interval';
  /** ISO 8601, UTC. */
  readonly start: string;
  readonly end: string;
  readonly minutes: number;
  readonly dataSet: number;
  /** Sequence number of the block. */
  readonly block: number;
  /** Number in the block. */
  readonly interval: number;
  /** Energies only: the difference to the previous interval; null where that is not known. */
  readonly used: Readonly<Record<string, number | null>>;
  readonly quality: Quality;
  readonly flags: readonly IntervalFlag[];
  /** Energy over a gap of intervals without a value; null where there is no gap, or its energy is not known. */
  readonly gap: {
    readonly start: string;
    readonly end: string;
    readonly used: Readonly<Record<string, number>>;
  } | null;
}

/** An interval of the load profile: the registers at its end, and the energy in it. */
export interface IntervalRecord {
  readonly payload: Readonly<Record<string, number | null>>;
  readonly registers: readonly IntervalRegister[];
  readonly history: IntervalHistory;
}

/** Position and time of an interval. */
export interface IntervalPlace {
  readonly block: number;
  readonly interval: number;
  /** ms since 1970. */
  readonly end: number;
}

const MINUTE_MS = 60_000;
const MINUTES_PER_HOUR = 60;
/** A total of 0 after one above this many counts is a missing value, even if its status is valid. [MEP p.241] */
const NEAR_ZERO = 100;
/** A rollover may rise by the capacity of the connection over this many additional hours. */
const ROLLOVER_SLACK_H = 1;

/** A whole second, ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * An interval, named and scaled.
 * @param last the totals before this interval
 * @returns the record, and the totals for the next one
 */
export function intervalRecord(
  raw: RawInterval,
  place: IntervalPlace,
  profile: LoadProfile,
  last: LastTotals,
): { record: IntervalRecord; last: LastTotals } {
  const registers = profile.channels.map((channel) => registerOf(channel, raw, last[channel.key]));
  const isTrusted = registers.every(
    ({ channel, value }) => value !== null || profile.channels[channel]?.isOwn !== true,
  );
  const { used, gap, next } = differences(profile, registers, last, place.end);
  const flags = flagsOf(raw.common);
  const history: IntervalHistory = {
    kind: 'interval',
    start: isoTime(place.end - profile.minutes * MINUTE_MS),
    end: isoTime(place.end),
    minutes: profile.minutes,
    dataSet: profile.dataSet,
    block: place.block,
    interval: place.interval,
    used,
    quality: qualityOf(raw.statuses, flags, profile, isTrusted),
    flags,
    gap,
  };
  return { record: { payload: payloadOf(profile, registers), registers, history }, last: next };
}

function registerOf(channel: ProfileChannel, raw: RawInterval, last: LastTotal | undefined): IntervalRegister {
  const status = raw.statuses[channel.channel] ?? 0;
  const count = raw.values[channel.channel] ?? 0;
  const { source, name, key, unit, obis, multiplier, divisor } = channel;
  const isZeroed = count === 0 && (channel.isEnergy ? isNoTotal(channel, last, status) : !channel.isOwn);
  const mbus = channel.isOwn ? undefined : status === 0 && !isZeroed ? mbusValue(channel, count) : NO_VALUE;
  const value = forbidsValue(status) || isZeroed ? null : (count * multiplier) / divisor;
  return {
    source,
    name,
    key,
    value: mbus ? mbus.value : value,
    unit: mbus ? mbus.unit : unit,
    raw: count,
    obis,
    tier: null,
    channel: channel.channel,
    status,
  };
}

const NO_VALUE = { value: null, unit: null };
const VALUE_BYTES = 4;

/** A channel holds the first four data bytes of the device's record as they are. [MEP p.33] */
function mbusValue({ recordHeader }: ProfileChannel, count: number): Pick<IntervalRegister, 'value' | 'unit'> {
  if (recordHeader === undefined) return NO_VALUE;
  const data = new Uint8Array(VALUE_BYTES);
  new DataView(data.buffer).setInt32(0, count, true);
  const record = recordOfHeader(recordHeader, data);
  return typeof record?.value === 'number' ? { value: record.value, unit: record.unit } : NO_VALUE;
}

/**
 * Whether a total of 0 is a zeroed value. Statuses 2, 3 and 9 come before that of the opt-out, which zeroes the value:
 * without a total before it, such a 0 is not to be trusted. [MEP p.240-241]
 */
function isNoTotal(channel: ProfileChannel, last: LastTotal | undefined, status: number): boolean {
  if (last === undefined) return status !== 0;
  if (last.raw <= NEAR_ZERO) return false;
  return riseOf(channel, last.raw, 0, MINUTES_PER_HOUR) === undefined;
}

function payloadOf(profile: LoadProfile, registers: readonly IntervalRegister[]): Record<string, number | null> {
  const payload: Record<string, number | null> = {};
  for (const { channel, key, value } of registers) {
    if (profile.channels[channel]?.isKnown === true) payload[key] = value;
  }
  return payload;
}

interface Differences {
  readonly used: Readonly<Record<string, number | null>>;
  readonly gap: IntervalHistory['gap'];
  readonly next: LastTotals;
}

function differences(
  profile: LoadProfile,
  registers: readonly IntervalRegister[],
  last: LastTotals,
  end: number,
): Differences {
  const used: Record<string, number | null> = {};
  const next: Record<string, LastTotal> = { ...last };
  const start = end - profile.minutes * MINUTE_MS;
  const over: GapEnergy[] = [];
  for (const { channel: number, key, value, raw } of registers) {
    const channel = profile.channels[number];
    if (channel?.isEnergy !== true) continue;
    used[key] = null;
    if (value === null) continue;
    const before = last[key];
    next[key] = { raw, end };
    if (before === undefined) continue;
    const minutes = (end - before.end) / MINUTE_MS;
    const rise = minutes > 0 ? riseOf(channel, before.raw, raw, minutes) : undefined;
    if (rise === undefined) continue;
    const energy = (rise * channel.multiplier) / channel.divisor;
    if (before.end === start) used[key] = energy;
    else over.push({ key, start: before.end, used: energy });
  }
  return { used, gap: gapOf(over, end), next };
}

/** Energy of one register over a gap of intervals without a value. */
interface GapEnergy {
  readonly key: string;
  /** ms since 1970. */
  readonly start: number;
  readonly used: number;
}

/** The gap of the first register, with all registers whose last value has the same time. */
function gapOf(over: readonly GapEnergy[], end: number): IntervalHistory['gap'] {
  const [first] = over;
  if (first === undefined) return null;
  const same = over.filter(({ start }) => start === first.start);
  const used = Object.fromEntries(same.map(({ key, used: energy }) => [key, energy]));
  return { start: isoTime(first.start), end: isoTime(end), used };
}

/**
 * Rise of a total in its own counts, across a rollover where that explains a fall.
 * @returns undefined where it fell for another reason, so that the energy is not known
 */
function riseOf(channel: ProfileChannel, from: number, to: number, minutes: number): number | undefined {
  // A register that counts energy is never negative.
  if (from < 0 || to < 0) return undefined;
  if (to >= from) return to - from;
  const kilowatts = plausibility.capacity(plausibility.PLAUSIBILITY_DEFAULTS);
  const max = kilowatts * (minutes / MINUTES_PER_HOUR + ROLLOVER_SLACK_H);
  return channel.rollovers
    .filter((end) => from < end)
    .map((end) => to + end - from)
    .find((rise) => (rise * channel.multiplier) / channel.divisor <= max);
}

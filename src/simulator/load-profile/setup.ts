/** How the load profile of a simulated meter is configured, and the sizes that follow from it. [MEP p.231-236] */

/** A value of an M-Bus device, recorded as the first four data bytes of its record. [MEP p.32-34] */
export interface DeviceChannel {
  /** Place of the device in ET13, from 0. */
  readonly device: number;
  /** Number of the data type in ET57. */
  readonly mdt: number;
}

/** A source id of BT22 or BT28, or a value of an M-Bus device. */
export type ProfileChannelSetup = number | DeviceChannel;

/** A data set. */
export interface DataSetSetup {
  readonly blocks: number;
  /** Intervals in each block. */
  readonly intervals: number;
  /** Length of an interval, 1 to 60; 1440 for a day. */
  readonly minutes: number;
  /** At most 16. */
  readonly channels: readonly ProfileChannelSetup[];
  /** Minute of the day (UTC) at which a block begins; default 0. */
  readonly startMinute?: number;
}

export interface LoadProfileSetup {
  /** Up to 4, 1 before firmware 3.50; none: the meter records no load profile. */
  readonly dataSets: readonly DataSetSetup[];
  /** The data set that the meter displays, from 1; default 1. */
  readonly primary?: number;
  /** Channels have the statuses of ANSI C12.19 only: 4 for 8, 11 and 15; 0 for 9 and 10. [MEP p.241] */
  readonly isAnsiCompliant?: boolean;
  /** Channels of M-Bus devices have status 4 between polls; false: 0 with the value 0. Default true. [MEP p.33] */
  readonly marksSkipped?: boolean;
}

/** Energy import and export of a month in quarters of an hour, and of two weeks in days. */
export const DEFAULT_LOAD_PROFILE: LoadProfileSetup = {
  dataSets: [
    { blocks: 32, intervals: 96, minutes: 15, channels: [0, 1] },
    { blocks: 2, intervals: 7, minutes: 1_440, channels: [0, 1] },
  ],
};

export const MINUTES_A_DAY = 1_440;
/** Code of an interval of a day. [MEP p.233] */
const ONE_DAY = 84;
export const END_TIME_BYTES = 5;
export const VALUE_BYTES = 4;
/** Source ids from this one on refer to the entries of ET66. [MEP p.173] */
export const FIRST_MAPPED = 112;
const MBUS_TYPE = 0x4000;

/** Field of BT61. */
export function intervalCode({ minutes }: DataSetSetup): number {
  return minutes === MINUTES_A_DAY ? ONE_DAY : minutes;
}

/** Nibbles: common status, then one for each channel. */
export function statusBytes({ channels }: DataSetSetup): number {
  return Math.floor(channels.length / 2) + 1;
}

export function intervalBytes(set: DataSetSetup): number {
  return statusBytes(set) + VALUE_BYTES * set.channels.length;
}

export function simpleStatusBytes({ intervals }: DataSetSetup): number {
  return Math.ceil(intervals / 8);
}

export function headerBytes(set: DataSetSetup): number {
  return END_TIME_BYTES + simpleStatusBytes(set);
}

export function blockBytes(set: DataSetSetup): number {
  return headerBytes(set) + intervalBytes(set) * set.intervals;
}

/** Entries of ET66: the extended sources of all data sets, each once. */
export function mappedSources({ dataSets }: LoadProfileSetup): number[] {
  return [...new Set(dataSets.flatMap(({ channels }) => channels).flatMap((channel) => extendedOf(channel) ?? []))];
}

/** The source id in BT62. */
export function sourceId(channel: ProfileChannelSetup, setup: LoadProfileSetup): number {
  const extended = extendedOf(channel);
  return extended === undefined ? Number(channel) : FIRST_MAPPED + mappedSources(setup).indexOf(extended);
}

/** The source id in ET42. */
export function extendedSource(channel: ProfileChannelSetup): number {
  return extendedOf(channel) ?? Number(channel);
}

function extendedOf(channel: ProfileChannelSetup): number | undefined {
  return typeof channel === 'number' ? undefined : MBUS_TYPE | (channel.device << 8) | channel.mdt;
}

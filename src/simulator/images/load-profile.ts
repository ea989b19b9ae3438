/** The load profile: energy registers at the end of each quarter of an hour, and of each day. [MEP p.28-33, p.231-241] */
import type { TableValues } from '../../tables/index.js';
import { LOCAL_OFFSET_MS, MINUTE_MS } from '../day-plan.js';
import { summationOf } from '../energy-registers.js';
import { QUARTER_MS } from '../history.js';
import { hasFirmware, type Identity, type ImageContext, longTime, shortTime, since, type ValuesOf } from './context.js';

interface DataSet {
  readonly blocks: number;
  /** Intervals in each block. */
  readonly intervals: number;
  readonly minutes: number;
  /** Field of BT61. */
  readonly intervalTime: number;
}

/** Energy import and export. */
const SOURCES: readonly number[] = [0, 1];
const DATA_SETS: readonly DataSet[] = [
  { blocks: 10, intervals: 96, minutes: 15, intervalTime: 15 },
  { blocks: 2, intervals: 7, minutes: 1_440, intervalTime: 84 },
];
const MAX_DATA_SETS = 4;
const END_TIME_BYTES = 5;
const VALUE_BYTES = 4;
/** Nibbles: common status bits, then one for each channel. */
const STATUS_BYTES = Math.floor((SOURCES.length + 2) / 2);
const INTERVAL_BYTES = STATUS_BYTES + VALUE_BYTES * SOURCES.length;
const FIRST_ADDRESS = 0x10000;
const INT32 = 32;

const statusBytes = ({ intervals }: DataSet): number => Math.ceil(intervals / 8);
const blockBytes = (set: DataSet): number => END_TIME_BYTES + statusBytes(set) + INTERVAL_BYTES * set.intervals;

/** The data sets of a profile. */
function dataSetsOf({ profile }: Identity): readonly DataSet[] {
  return hasFirmware(profile, '3.50') ? DATA_SETS : DATA_SETS.slice(0, 1);
}

/** As many elements as the firmware has data sets: those in use, then empty ones. */
function filledUp(identity: Identity, used: readonly TableValues[], empty: TableValues = {}): TableValues[] {
  const length = hasFirmware(identity.profile, '3.50') ? MAX_DATA_SETS : 1;
  return Array.from({ length }, (_, i) => used[i] ?? empty);
}

const FORMATS: TableValues = { extendedIntervalStatus: true, simpleIntervalStatus: true, int32Supported: true };

/** Values of BT60. [MEP p.231-233] */
export function largestLoadProfile(identity: Identity): TableValues {
  const largest = { numberOfBlocks: 9_530, numberOfIntervals: 1_440, numberOfChannels: 16, maximumIntervalTime: 255 };
  const length = filledUp(identity, []).length;
  return { memoryLength: 104_832, ...FORMATS, dataSets: Array.from({ length }, () => ({ ...largest })) };
}

/** Values of BT61. */
export function loadProfileDimensions(identity: Identity): TableValues {
  const sets = dataSetsOf(identity);
  const dataSets = sets.map(({ blocks, intervals, intervalTime }) => ({
    numberOfBlocks: blocks,
    numberOfIntervals: intervals,
    numberOfChannels: SOURCES.length,
    maximumIntervalTime: intervalTime,
  }));
  return {
    memoryLength: sets.reduce((sum, set) => sum + set.blocks * blockBytes(set), 0),
    ...FORMATS,
    dataSets: filledUp(identity, dataSets),
  };
}

/** The copy of a data set in ET42, by its number from 0; undefined when it is not recorded. [MEP p.114, p.117] */
export function loadProfileInfo(identity: Identity, number: number): TableValues | undefined {
  const set = dataSetsOf(identity)[number];
  return (
    set && {
      blockSize: blockBytes(set),
      numberOfBlocks: set.blocks,
      numberOfChannels: SOURCES.length,
      intervalDuration: set.intervalTime,
      intervalSize: INTERVAL_BYTES,
      intervalsPerBlock: set.intervals,
      loadProfileExtendedSources: [...SOURCES],
    }
  );
}

/** Present position of the recording: intervals and blocks are numbered from 1970 on. */
function progressOf(set: DataSet, context: ImageContext): Progress {
  const length = set.minutes * MINUTE_MS;
  const last = Math.floor(context.meter.time / length) - 1;
  const newestBlock = Math.floor(last / set.intervals);
  const isKnown = (interval: number): boolean =>
    interval <= last && context.meter.history.atQuarter(((interval + 1) * length) / QUARTER_MS) !== undefined;
  const blocks = Array.from({ length: set.blocks }, (_, i) => newestBlock - i);
  const hasAny = (block: number): boolean =>
    Array.from({ length: set.intervals }, (_, i) => block * set.intervals + i).some(isKnown);
  return { length, last, newestBlock, isKnown, validBlocks: blocks.filter(hasAny) };
}

interface Progress {
  /** ms */
  readonly length: number;
  /** The newest interval. */
  readonly last: number;
  readonly newestBlock: number;
  readonly isKnown: (interval: number) => boolean;
  /** Newest first. */
  readonly validBlocks: readonly number[];
}

/** BT64 to BT67: a circular queue of blocks. */
function dataOf(context: ImageContext, set: DataSet): TableValues {
  const progress = progressOf(set, context);
  const blockData = Array.from({ length: set.blocks }, (): TableValues => ({}));
  for (const block of progress.validBlocks) blockData[block % set.blocks] = blockOf(context, set, progress, block);
  return { blockData };
}

function blockOf(context: ImageContext, set: DataSet, progress: Progress, block: number): TableValues {
  const numbers = Array.from({ length: set.intervals }, (_, i) => block * set.intervals + i);
  const known = numbers.filter(progress.isKnown);
  return {
    endTime: shortTime((Math.max(...known) + 1) * progress.length),
    simpleStatus: known.map((interval) => interval % set.intervals),
    intervals: numbers.map((interval) =>
      progress.isKnown(interval) ? intervalOf(context, progress.length, interval) : {},
    ),
  };
}

function intervalOf({ identity, meter }: ImageContext, length: number, interval: number): TableValues {
  const { energyRegisterUnit, ctRatio, vtRatio, rolloverDigits } = identity.setup;
  const to = (interval + 1) * length;
  const flow = meter.history.atQuarter(to / QUARTER_MS);
  const totals = { ...meter.registers.totals, ...flow };
  const registers = { ...meter.registers, totals };
  return {
    powerFail: meter.outages.some((outage) => outage.from < to && outage.to > to - length),
    extendedStatus: SOURCES.map(() => 0),
    channelValues: SOURCES.map(
      (source) => summationOf(registers, source, null, energyRegisterUnit, ctRatio * vtRatio) % 10 ** rolloverDigits,
    ),
  };
}

/** BT63. */
function statusOf(context: ImageContext, set: DataSet): TableValues {
  const { newestBlock, last, validBlocks } = progressOf(set, context);
  const isEmpty = validBlocks.length === 0;
  return {
    listType: 1,
    activeMode: true,
    numberOfValidBlocks: validBlocks.length,
    lastBlock: isEmpty ? 0 : newestBlock % set.blocks,
    lastBlockSequenceNumber: isEmpty ? 0 : newestBlock,
    numberOfUnreadBlocks: Math.min(1, validBlocks.length),
    numberOfValidIntervals: isEmpty ? 0 : (last % set.intervals) + 1,
  };
}

/** ET21. [MEP p.95-98] */
function internalsOf(context: ImageContext, set: DataSet): TableValues {
  const { profile } = context.identity;
  const { length, newestBlock, last } = progressOf(set, context);
  const status = statusOf(context, set);
  const at = FIRST_ADDRESS + (newestBlock % set.blocks) * blockBytes(set);
  const header = END_TIME_BYTES + statusBytes(set);
  const end = (last + 1) * length;
  return {
    currentBlockAddress: at,
    currentIntervalAddress: at + header + (last % set.intervals) * INTERVAL_BYTES,
    blockSize: blockBytes(set),
    blockHeaderSize: header,
    numberOfValidBlocks: status['numberOfValidBlocks'] ?? 0,
    numberOfValidIntervals: status['numberOfValidIntervals'] ?? 0,
    lastBlockIndex: status['lastBlock'] ?? 0,
    lastIntervalNumber: last % set.intervals,
    simpleStatusOffsetFromBlock: END_TIME_BYTES,
    simpleStatusSize: statusBytes(set),
    interval0OffsetFromBlock: header,
    intervalSize: INTERVAL_BYTES,
    channel0OffsetFromInterval: STATUS_BYTES,
    numberOfChannels: SOURCES.length,
    intervalTime: set.intervalTime,
    sources: Array.from({ length: 8 }, (_, i) => SOURCES[i] ?? 0),
    loadProfileConfigurationId: 1,
    mepBillingStartChannel: 0,
    ...since(profile, '3.10', { blockStartTime: longTime(newestBlock * set.intervals * length) }),
    ...since(profile, '3.30', {
      intervalEndTimeUtc: longTime(end),
      intervalEndTimeLocal: longTime(end + LOCAL_OFFSET_MS),
    }),
    ...since(profile, '3.50', { maxMemoryLength: set.blocks * blockBytes(set), nvmfOccurred: false }),
  };
}

/** Tables that change only at the end of a quarter of an hour, or when the power returns. */
export const SLOW_TABLES: ReadonlySet<string> = new Set(['BT64', 'BT65', 'BT66', 'BT67', 'BT24', 'BT26']);

const dataTable =
  (number: number): ValuesOf =>
  (context) => {
    const set = dataSetsOf(context.identity)[number];
    return set ? dataOf(context, set) : {};
  };

export const LOAD_PROFILE_VALUES: Readonly<Record<string, ValuesOf>> = {
  BT60: ({ dims }) => dims['BT60'] ?? {},
  BT61: ({ dims }) => dims['BT61'] ?? {},
  BT62: ({ identity }) => {
    const dataSets = dataSetsOf(identity).map(() => ({
      channelSettings: SOURCES.map((source) => ({ intervalSource: source })),
      format: INT32,
    }));
    return { dataSets: filledUp(identity, dataSets) };
  },
  BT63: (context) => {
    const { identity } = context;
    return {
      dataSets: filledUp(
        identity,
        dataSetsOf(identity).map((set) => statusOf(context, set)),
      ),
    };
  },
  BT64: dataTable(0),
  BT65: dataTable(1),
  BT66: dataTable(2),
  BT67: dataTable(3),
  ET21: (context) => {
    const { identity } = context;
    const used = dataSetsOf(identity).map((set) => internalsOf(context, set));
    return { dataSets: filledUp(identity, used, since(identity.profile, '3.50', { nvmfOccurred: false })) };
  },
};

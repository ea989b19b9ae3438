/** The load profile: registers at the end of each interval, in up to four data sets. [MEP p.28-33, p.231-241] */
import type { TableValues } from '../../tables/index.js';
import { localOffset } from '../local-time.js';
import type { RecordedDataSet } from '../load-profile/data-set.js';
import {
  blockBytes,
  type DataSetSetup,
  END_TIME_BYTES,
  extendedSource,
  FIRST_MAPPED,
  headerBytes,
  intervalBytes,
  intervalCode,
  mappedSources,
  MINUTES_A_DAY,
  simpleStatusBytes,
  sourceId,
  statusBytes,
} from '../load-profile/setup.js';
import { hasFirmware, type Identity, type ImageContext, longTime, since, type ValuesOf } from './context.js';

const MAX_DATA_SETS = 4;
const FIRST_ADDRESS = 0x10000;
const INT32 = 32;
const SOURCES_IN_ET21 = 8;
const MINUTES_AN_HOUR = 60;

/** The data sets that the firmware can have. */
function dataSetsOf({ profile, loadProfile }: Identity): readonly DataSetSetup[] {
  return loadProfile.dataSets.slice(0, hasFirmware(profile, '3.50') ? MAX_DATA_SETS : 1);
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
  const dataSets = sets.map((set) => ({
    numberOfBlocks: set.blocks,
    numberOfIntervals: set.intervals,
    numberOfChannels: set.channels.length,
    maximumIntervalTime: intervalCode(set),
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
      numberOfChannels: set.channels.length,
      intervalDuration: intervalCode(set),
      intervalSize: intervalBytes(set),
      ansiCompliance: identity.loadProfile.isAnsiCompliant === true,
      intervalsPerBlock: set.intervals,
      ...blockStart(set),
      loadProfileExtendedSources: set.channels.map(extendedSource),
    }
  );
}

function blockStart({ startMinute = 0 }: DataSetSetup): TableValues {
  const minute = startMinute % MINUTES_A_DAY;
  return { blockStartHour: Math.floor(minute / MINUTES_AN_HOUR), blockStartMinute: minute % MINUTES_AN_HOUR };
}

/**
 * The bytes of BT64 to BT67.
 * @param index of the data set, from 0
 */
export function loadProfileImage(index: number): (context: ImageContext) => Uint8Array {
  return ({ identity, history }) => {
    const isThere = index < dataSetsOf(identity).length;
    return (isThere ? history.dataSets[index]?.image : undefined) ?? new Uint8Array(0);
  };
}

/** BT63. */
function statusOf(context: ImageContext, set: RecordedDataSet): TableValues {
  const { progress } = set;
  return {
    listType: 1,
    activeMode: context.history.isActive && !context.history.isOptedOut,
    numberOfValidBlocks: progress?.validBlocks ?? 0,
    lastBlock: progress ? set.indexOf(progress.sequence) : 0,
    lastBlockSequenceNumber: progress?.sequence ?? 0,
    numberOfUnreadBlocks: progress ? 1 : 0,
    numberOfValidIntervals: progress?.intervals ?? 0,
  };
}

/** ET21. [MEP p.95-98] */
function internalsOf(context: ImageContext, recorded: RecordedDataSet): TableValues {
  const { profile, loadProfile } = context.identity;
  const { setup: set, progress } = recorded;
  const status = statusOf(context, recorded);
  const lastInterval = progress?.lastInterval ?? 0;
  const at = FIRST_ADDRESS + Number(status['lastBlock']) * blockBytes(set);
  const sources = set.channels.map((channel) => sourceId(channel, loadProfile));
  return {
    currentBlockAddress: at,
    currentIntervalAddress: at + headerBytes(set) + lastInterval * intervalBytes(set),
    blockSize: blockBytes(set),
    blockHeaderSize: headerBytes(set),
    numberOfValidBlocks: status['numberOfValidBlocks'] ?? 0,
    numberOfValidIntervals: status['numberOfValidIntervals'] ?? 0,
    lastBlockIndex: status['lastBlock'] ?? 0,
    lastIntervalNumber: lastInterval,
    simpleStatusOffsetFromBlock: END_TIME_BYTES,
    simpleStatusSize: simpleStatusBytes(set),
    // One byte: blocks with a longer header are described by the field above.
    interval0OffsetFromBlock: headerBytes(set) & 0xff,
    intervalSize: intervalBytes(set),
    channel0OffsetFromInterval: statusBytes(set),
    numberOfChannels: set.channels.length,
    intervalTime: intervalCode(set),
    sources: Array.from({ length: SOURCES_IN_ET21 }, (_, i) => sources[i] ?? 0),
    sourcesExpansion: Array.from({ length: SOURCES_IN_ET21 }, (_, i) => sources[SOURCES_IN_ET21 + i] ?? 0),
    loadProfileConfigurationId: context.history.configurationId,
    mepBillingStartChannel: 0,
    ...since(profile, '3.10', {
      ...(progress && { blockStartTime: longTime(recorded.blockStart(progress)) }),
      ...blockStart(set),
      ansiCompliance: loadProfile.isAnsiCompliant === true,
    }),
    ...since(profile, '3.30', {
      ...(progress && {
        intervalEndTimeUtc: longTime(progress.end),
        intervalEndTimeLocal: longTime(progress.end + localOffset(progress.end)),
      }),
    }),
    ...since(profile, '3.50', { maxMemoryLength: set.blocks * blockBytes(set), nvmfOccurred: false }),
  };
}

/** Tables that change only at the end of a quarter of an hour, or when something happens to the history. */
export const SLOW_TABLES: ReadonlySet<string> = new Set(['BT24', 'BT26']);

/** The data sets that are recorded and that the firmware has. */
function recordedSets({ identity, history }: ImageContext): readonly RecordedDataSet[] {
  return history.dataSets.slice(0, dataSetsOf(identity).length);
}

export const LOAD_PROFILE_VALUES: Readonly<Record<string, ValuesOf>> = {
  BT60: ({ dims }) => dims['BT60'] ?? {},
  BT61: ({ dims }) => dims['BT61'] ?? {},
  BT62: ({ identity }) => {
    const { loadProfile } = identity;
    const dataSets = dataSetsOf(identity).map(({ channels }) => ({
      channelSettings: channels.map((channel) => ({ intervalSource: sourceId(channel, loadProfile) })),
      format: INT32,
    }));
    return { dataSets: filledUp(identity, dataSets) };
  },
  BT63: (context) => {
    const used = recordedSets(context).map((set) => statusOf(context, set));
    return { dataSets: filledUp(context.identity, used) };
  },
  ET21: (context) => {
    const { identity } = context;
    const used = recordedSets(context).map((set) => internalsOf(context, set));
    return { dataSets: filledUp(identity, used, since(identity.profile, '3.50', { nvmfOccurred: false })) };
  },
  ET66: ({ identity, dims }) => {
    const length = Math.min(LAST_MAPPED - FIRST_MAPPED + 1, 4 * channelsOf(dims['BT60']));
    const mapped = mappedSources(identity.loadProfile);
    return { extendedSourceIds: Array.from({ length }, (_, i) => mapped[i] ?? 0) };
  },
};

const LAST_MAPPED = 163;

function channelsOf(values: TableValues | undefined): number {
  const sets = values?.['dataSets'] as TableValues[] | undefined;
  return Number(sets?.[0]?.['numberOfChannels'] ?? 0);
}

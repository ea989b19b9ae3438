import { concatBytes, fromHex } from '../bytes/hex.js';
import { DecodeError } from '../errors.js';
import { energyRegisterUnit, plausibility } from '../readings/index.js';
import {
  type Dimensions,
  type FieldValue,
  findSource,
  IN_ENERGY_REGISTER_UNITS,
  isKnownSource,
  type Source,
  type TableValues,
} from '../tables/index.js';

/** One channel of a load profile. */
export interface ProfileChannel {
  /** From 0, in the order of the intervals. */
  readonly channel: number;
  readonly source: number;
  readonly key: string;
  readonly name: string;
  readonly unit: string | null;
  readonly obis: string | null;
  /** value = raw * multiplier / divisor */
  readonly multiplier: number;
  readonly divisor: number;
  /** True for register totals, whose differences are the energy of an interval. */
  readonly isEnergy: boolean;
  /** Whether the guide defines the source: only defined sources are in a payload. */
  readonly isKnown: boolean;
  /** Measured by the meter itself; M-Bus devices and MEP clients have channels of their own. */
  readonly isOwn: boolean;
  /** DIF, VIF and VIFEs of an M-Bus channel, where ET57 has exactly one; the channel holds raw data of this record. */
  readonly recordHeader: Uint8Array | undefined;
  /** Raw values at which a total may roll over to 0. */
  readonly rollovers: readonly number[];
}

/** The layout of a data set of the load profile. [MEP p.238-241] */
export interface LoadProfile {
  readonly dataSet: number;
  /** `BT64` of data set 1 */
  readonly table: string;
  readonly blocks: number;
  /** In each block. */
  readonly intervals: number;
  /** Length of an interval. */
  readonly minutes: number;
  readonly channels: readonly ProfileChannel[];
  /** End time, end readings and simple status. */
  readonly headerBytes: number;
  readonly statusOffset: number;
  readonly intervalBytes: number;
  readonly blockBytes: number;
}

const FIRST_TABLE = 64;
const END_TIME_BYTES = 5;
const VALUE_BYTES = 4;
const MAX_MINUTES = 60;
/** [MEP p.233] */
const ONE_DAY = 84;
const MINUTES_PER_DAY = 1_440;
const FIRST_MAPPED = 112;
const LAST_MAPPED = 163;
/** "M-Bus counters". [MEP p.204] */
const FIRST_COUNTER = 73;
const LAST_COUNTER = 80;
/** Bits 12 to 15 of an extended source id. [MEP p.31-32] */
const STANDARD_TYPE = 0;
const MBUS_TYPE = 4;
/** Types of an entry of ET57. [MEP p.164] */
const MBUS_ENTRY = 1;
const EXTENSION = 3;

/**
 * The configured data sets of the load profile.
 * @param dims BT61 and BT62; ET66 and ET57 where a source is mapped, ET55 and ET07 where they are known
 * @throws DecodeError `dimensions-missing`, `value-out-of-range`
 */
export function loadProfilesOf(dims: Dimensions): LoadProfile[] {
  const dimensions = structuresOf(needed(dims, 'BT61')['dataSets']);
  const controls = structuresOf(needed(dims, 'BT62')['dataSets']);
  const hasEndReadings = needed(dims, 'BT61')['endReadingSupported'] === true;
  return dimensions.flatMap((set, index) => {
    const blocks = numberOf(set['numberOfBlocks']);
    const intervals = numberOf(set['numberOfIntervals']);
    const count = numberOf(set['numberOfChannels']);
    if (blocks === 0 || intervals === 0 || count === 0) return [];
    const settings = structuresOf(controls[index]?.['channelSettings']);
    const channels = settings.map((setting, channel) => channelOf(channel, numberOf(setting['intervalSource']), dims));
    const statusOffset = END_TIME_BYTES + (hasEndReadings ? VALUE_BYTES * count : 0);
    const headerBytes = statusOffset + Math.ceil(intervals / 8);
    const intervalBytes = Math.floor(count / 2) + 1 + VALUE_BYTES * count;
    return {
      dataSet: index + 1,
      table: `BT${FIRST_TABLE + index}`,
      blocks,
      intervals,
      minutes: minutesOf(numberOf(set['maximumIntervalTime'])),
      channels,
      headerBytes,
      statusOffset,
      intervalBytes,
      blockBytes: headerBytes + intervals * intervalBytes,
    };
  });
}

/**
 * The selected data set.
 * @param primary number of the data set that the meter displays, from 1; undefined where unknown
 * @returns undefined where the data set is not configured
 */
export function chooseProfile(
  profiles: readonly LoadProfile[],
  wanted: number | 'auto',
  primary?: number,
): LoadProfile | undefined {
  if (wanted !== 'auto') return profiles.find(({ dataSet }) => dataSet === wanted);
  const hasEnergy = ({ channels }: LoadProfile): boolean => channels.some(({ isEnergy }) => isEnergy);
  return profiles.find(({ dataSet }) => dataSet === primary) ?? profiles.find(hasEnergy) ?? profiles[0];
}

function minutesOf(code: number): number {
  if (code === ONE_DAY) return MINUTES_PER_DAY;
  if (code >= 1 && code <= MAX_MINUTES) return code;
  throw new DecodeError('value-out-of-range', `BT61 gives an interval time of ${code}`, {
    values: { table: 'BT61', field: 'maximumIntervalTime' },
  });
}

function channelOf(channel: number, id: number, dims: Dimensions): ProfileChannel {
  const isMapped = id >= FIRST_MAPPED && id <= LAST_MAPPED;
  const extended = isMapped ? extendedSourceOf(id, dims) : undefined;
  const isStandard = extended !== undefined && extended >> 12 === STANDARD_TYPE;
  const found = findSource(isStandard ? extended & 0x0fff : id);
  const isOwn = isMapped ? isStandard : id < FIRST_COUNTER || id > LAST_COUNTER;
  const isEnergy = isOwn && isTotal(found);
  const unit = IN_ENERGY_REGISTER_UNITS.includes(found.quantity) ? energyRegisterUnit(dims) : 1;
  return {
    channel,
    source: id,
    key: found.key,
    name: found.name,
    unit: found.unit,
    obis: found.obis,
    multiplier: found.multiplier * unit,
    divisor: found.divisor,
    isEnergy,
    isKnown: isOwn && isKnownSource(found),
    isOwn,
    recordHeader: isOwn || extended === undefined ? undefined : recordHeaderOf(extended, dims),
    rollovers: isEnergy ? rolloversOf(dims, unit) : [],
  };
}

function isTotal({ quantity }: Source): boolean {
  return quantity === 'activeEnergy' || quantity === 'reactiveEnergy' || quantity === 'apparentEnergy';
}

/** The guide leaves open whether the digits count Wh or register counts, so both are accepted. [MEP p.119] */
function rolloversOf(dims: Dimensions, unit: number): number[] {
  const known = plausibility.rolloverDigitsOf({ dimensions: dims });
  const digits = known === undefined ? plausibility.ROLLOVER_DIGITS : [known];
  return [...new Set(digits.flatMap((count) => [10 ** count, 10 ** count / unit]))].sort((a, b) => a - b);
}

function extendedSourceOf(id: number, dims: Dimensions): number | undefined {
  const list = dims['ET66']?.['extendedSourceIds'];
  const extended = Array.isArray(list) ? list[id - FIRST_MAPPED] : undefined;
  return typeof extended === 'number' ? extended : undefined;
}

/**
 * The header of the M-Bus record that a channel logs. [MEP p.32-34, p.163-164]
 * @returns undefined where there is none, or where several share the data type
 */
function recordHeaderOf(extended: number, dims: Dimensions): Uint8Array | undefined {
  if (extended >> 12 !== MBUS_TYPE) return undefined;
  const headers: Uint8Array[] = [];
  let isWanted = false;
  for (const entry of structuresOf(dims['ET57']?.['mdtEntries'])) {
    const part = fromHex(typeof entry['drh'] === 'string' ? entry['drh'] : '') ?? new Uint8Array(0);
    if (entry['entryType'] === EXTENSION) {
      if (isWanted) headers.push(concatBytes(headers.pop() ?? new Uint8Array(0), part));
      continue;
    }
    isWanted = entry['entryType'] === MBUS_ENTRY && entry['mdt'] === (extended & 0x1f);
    if (isWanted) headers.push(part);
  }
  return headers.length === 1 ? headers[0] : undefined;
}

function needed(dims: Dimensions, table: string): TableValues {
  const values = dims[table];
  if (values !== undefined) return values;
  throw new DecodeError('dimensions-missing', `The load profile needs ${table}`, { values: { needs: table } });
}

function structuresOf(value: FieldValue | undefined): TableValues[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is TableValues => typeof one === 'object' && one !== null && !Array.isArray(one));
}

function numberOf(value: FieldValue | undefined): number {
  return typeof value === 'number' ? value : 0;
}

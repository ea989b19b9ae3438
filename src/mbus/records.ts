import { concatBytes, toHex } from '../bytes/hex.js';
import { dataFieldOf, SPECIAL } from './data-field.js';
import { type DataInformation, dataInformationOf, type MBusFunction } from './data-information.js';
import { valueOf } from './value.js';
import { valueInformationOf } from './value-information.js';

/** One data record of an M-Bus device. */
export interface MBusRecord {
  readonly function: MBusFunction;
  /** 0: the present value; from 1 on: stored ones, such as the value of the last month. */
  readonly storage: number;
  /** 0: over all tariffs. */
  readonly tariff: number;
  readonly subunit: number;
  /** In camel case, such as `volume`; null where the record's VIF is not known. */
  readonly quantity: string | null;
  readonly unit: string | null;
  /** What the record says beyond its quantity, such as `phaseL1` or `upperLimit`; then it is not the quantity's plain value. */
  readonly modifiers: readonly string[];
  /** null where the device has none, or where it is not known what the bytes mean. Dates are of the device's own clock. */
  readonly value: number | string | null;
  /** The data bytes in hex, as they were sent; null for passwords and keys. */
  readonly raw: string | null;
  /** DIF and DIFEs in hex. */
  readonly dif: string;
  /** VIF and VIFEs in hex. */
  readonly vif: string;
}

/** The records of a telegram. */
export interface MBusRecords {
  readonly records: readonly MBusRecord[];
  /** Bytes, in hex, from the first record on that ends early or breaks the rules; null where there is none. */
  readonly rest: string | null;
  /** Whether the device has further telegrams. */
  readonly moreFollows: boolean;
}

export interface RecordOptions {
  /** Numbers came with their most significant byte first ("mode 2"); default: least significant first. */
  readonly isMsbFirst?: boolean;
}

const IDLE_FILLER = 0x2f;
const MANUFACTURER_DATA = 0x0f;
const MORE_FOLLOWS = 0x1f;

/**
 * Decodes data records. It never throws: what cannot be read is given as it is. [EN 13757-3:2018 6]
 * @param bytes from the first DIF on, without a terminator
 */
export function decodeRecords(bytes: Uint8Array, options: RecordOptions = {}): MBusRecords {
  const records: MBusRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const dif = bytes[at];
    const rest = bytes.subarray(at);
    if (dif === IDLE_FILLER) {
      at++;
    } else if (dif === MANUFACTURER_DATA || dif === MORE_FOLLOWS) {
      if (rest.length > 1) records.push(manufacturerRecord(rest));
      return { records, rest: null, moreFollows: dif === MORE_FOLLOWS };
    } else {
      const next = recordAt(rest, options);
      if (next === undefined) return { records, rest: toHex(rest), moreFollows: false };
      records.push(next.record);
      at += next.length;
    }
  }
  return { records, rest: null, moreFollows: false };
}

function recordAt(
  bytes: Uint8Array,
  { isMsbFirst = false }: RecordOptions,
): { record: MBusRecord; length: number } | undefined {
  const head = dataInformationOf(bytes);
  if (head === undefined || head.coding === SPECIAL) return undefined;
  const information = valueInformationOf(bytes.subarray(head.length));
  if (information === undefined) return undefined;
  const start = head.length + information.length;
  const data = dataFieldOf(head.coding, bytes.subarray(start));
  if (data === undefined) return undefined;
  const length = start + data.taken;
  const { meaning, modifiers, hasNoValue } = information;
  const { field } = data;
  const ordered = isMsbFirst && field.kind !== 'text' ? { ...field, bytes: field.bytes.slice().reverse() } : field;
  const record = {
    ...placeOf(head),
    quantity: meaning?.quantity ?? null,
    unit: meaning?.unit ?? null,
    modifiers,
    value: meaning === undefined || hasNoValue ? null : valueOf(ordered, meaning),
    raw: meaning?.coding === 'secret' ? null : toHex(bytes.subarray(start, length)),
    dif: toHex(bytes.subarray(0, head.length)),
    vif: toHex(bytes.subarray(head.length, start)),
  };
  return { record, length };
}

/** Everything up to the end of the telegram. */
function manufacturerRecord(bytes: Uint8Array): MBusRecord {
  return {
    function: 'instantaneous',
    storage: 0,
    tariff: 0,
    subunit: 0,
    quantity: null,
    unit: null,
    modifiers: [],
    value: null,
    raw: toHex(bytes.subarray(1)),
    dif: toHex(bytes.subarray(0, 1)),
    vif: '',
  };
}

function placeOf({
  function: name,
  storage,
  tariff,
  subunit,
}: DataInformation): Pick<MBusRecord, 'function' | 'storage' | 'tariff' | 'subunit'> {
  return { function: name, storage, tariff, subunit };
}

/**
 * A record whose header and data come from different places.
 * @param header DIF, VIF and what belongs to them; bytes behind them are not looked at
 * @param data at least as many bytes as the DIF says
 * @returns undefined where the header is none, or has more data
 */
export function recordOfHeader(
  header: Uint8Array,
  data: Uint8Array,
  options: RecordOptions = {},
): MBusRecord | undefined {
  const head = dataInformationOf(header);
  const information = head && valueInformationOf(header.subarray(head.length));
  if (head === undefined || information === undefined) return undefined;
  return recordAt(concatBytes(header.subarray(0, head.length + information.length), data), options)?.record;
}

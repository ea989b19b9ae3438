import { concatBytes, toHex } from '../bytes/hex.js';
import { dataFieldOf, SPECIAL } from './data-field.js';
import { type DataInformation, dataInformationOf, type MBusFunction } from './data-information.js';
import { valueOf } from './value.js';
import { valueInformationOf } from './value-information.js';

/** One data record of an M-Bus device. */
export interface MBusRecord {
  readonly function: MBusFunction;
  /** 0: the present value; from 1 on: stored values, such as that of the last month. */
  readonly storage: number;
  /** 0: all tariffs together. */
  readonly tariff: number;
  readonly subunit: number;
  /** In camel case, such as `volume`; null where the record's VIF is not known. */
  readonly quantity: string | null;
  readonly unit: string | null;
  /** Qualifiers of the quantity, such as `phaseL1` or `upperLimit`; empty for the plain value. */
  readonly modifiers: readonly string[];
  /**
   * null where the device has no value, or where the meaning of the bytes is not known. Dates are by the device's own
   * clock.
   */
  readonly value: number | string | null;
  /** The data bytes in hex, in the order of transmission; null for passwords and keys. */
  readonly raw: string | null;
  /** DIF and DIFEs in hex. */
  readonly dif: string;
  /** VIF and VIFEs in hex. */
  readonly vif: string;
}

/** The records of a telegram. */
export interface MBusRecords {
  readonly records: readonly MBusRecord[];
  /** Bytes, in hex, from the first record on that is cut off or invalid; null where there is none. */
  readonly rest: string | null;
  /** Whether the device has further telegrams. */
  readonly moreFollows: boolean;
}

export interface RecordOptions {
  /** Whether numbers have the most significant byte first ("mode 2"); default: least significant first. */
  readonly isMsbFirst?: boolean;
}

const IDLE_FILLER = 0x2f;
const MANUFACTURER_DATA = 0x0f;
const MORE_FOLLOWS = 0x1f;

/**
 * Decodes data records. It never throws: bytes that cannot be decoded are returned in hex. [EN 13757-3:2018 6]
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

/** A record of manufacturer-specific data, which extends to the end of the telegram. */
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
 * Decodes a record whose header and data are stored separately.
 * @param header DIF, VIF and their extensions; further bytes are ignored
 * @param data at least the number of bytes in the DIF
 * @returns undefined where the header is invalid, or the data are too short
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

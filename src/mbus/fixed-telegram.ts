import { byteAt } from '../bytes/byte-at.js';
import { toHex } from '../bytes/hex.js';
import { alarmsOf, serialOf } from './device.js';
import type { Meaning } from './meaning.js';
import { fixedMediumOf } from './medium.js';
import type { MBusRecord, RecordOptions } from './records.js';
import type { MBusTelegram } from './telegram.js';
import { valueOf } from './value.js';

const TELEGRAM_BYTES = 16;
const IS_BINARY = 0x01;
const IS_STORED = 0x02;
/** Unit code of a second counter that holds the value of the first counter at a fixed date. */
const SAME_BUT_STORED = 0x3e;

/** The first of three unit codes and its exponent; each further code is ten times the one before. */
const UNITS: readonly [first: number, quantity: string, unit: string, exponent: number][] = [
  [0x02, 'energy', 'kWh', -3],
  [0x05, 'energy', 'kWh', 0],
  [0x08, 'energy', 'kWh', 3],
  [0x0b, 'energy', 'MJ', -3],
  [0x0e, 'energy', 'MJ', 0],
  [0x11, 'energy', 'MJ', 3],
  [0x14, 'power', 'W', 0],
  [0x17, 'power', 'W', 3],
  [0x1a, 'power', 'W', 6],
  [0x1d, 'power', 'MJ/h', -3],
  [0x20, 'power', 'MJ/h', 0],
  [0x23, 'power', 'MJ/h', 3],
  [0x26, 'volume', 'm³', -6],
  [0x29, 'volume', 'm³', -3],
  [0x2c, 'volume', 'm³', 0],
  [0x2f, 'volumeFlow', 'm³/h', -6],
  [0x32, 'volumeFlow', 'm³/h', -3],
  [0x35, 'volumeFlow', 'm³/h', 0],
];

/**
 * Decodes a response with the fixed data structure: two counters. [EN 13757-3:2004 annex G]
 * @param bytes from the identification number on, after CI field 73h
 * @returns undefined unless there are 16 bytes
 */
export function decodeFixedTelegram(bytes: Uint8Array, options: RecordOptions = {}): MBusTelegram | undefined {
  if (bytes.length !== TELEGRAM_BYTES) return undefined;
  const status = byteAt(bytes, 5);
  // Medium and units have the least significant byte first in both byte orders. [MEP p.95]
  const [first, second] = [byteAt(bytes, 6), byteAt(bytes, 7)];
  const [unit, stored] = [first & 0x3f, second & 0x3f];
  const records = [
    counterAt(bytes, 8, unit, status, options, 0),
    counterAt(
      bytes,
      12,
      stored === SAME_BUT_STORED ? unit : stored,
      status,
      options,
      stored === SAME_BUT_STORED ? 1 : 0,
    ),
  ];
  return {
    device: {
      serial: serialOf(options.isMsbFirst ? bytes.slice(0, 4).reverse() : bytes),
      manufacturer: null,
      medium: fixedMediumOf((first >> 6) | ((second >> 6) << 2)),
      version: null,
      accessNumber: byteAt(bytes, 4),
      alarms: alarmsOf(status),
    },
    isEncrypted: false,
    records,
    rest: null,
    moreFollows: false,
  };
}

function counterAt(
  bytes: Uint8Array,
  offset: number,
  unit: number,
  status: number,
  { isMsbFirst = false }: RecordOptions,
  storage: 0 | 1,
): MBusRecord {
  const sent = bytes.subarray(offset, offset + 4);
  const meaning = meaningOf(unit);
  const field = {
    kind: (status & IS_BINARY) === 0 ? ('bcd' as const) : ('integer' as const),
    bytes: isMsbFirst ? sent.slice().reverse() : sent,
  };
  return {
    function: 'instantaneous',
    storage: (status & IS_STORED) === 0 ? storage : 1,
    tariff: 0,
    subunit: 0,
    quantity: meaning?.quantity ?? null,
    unit: meaning?.unit ?? null,
    modifiers: [],
    value: meaning ? valueOf(field, meaning) : null,
    raw: toHex(sent),
    dif: '',
    vif: '',
  };
}

function meaningOf(code: number): Meaning | undefined {
  if (code === 0x38) return { quantity: 'temperature', unit: '°C', exponent: -3, coding: 'number' };
  if (code === 0x39) return { quantity: 'heatCostAllocation', unit: null, exponent: 0, coding: 'number' };
  if (code === 0x3f) return { quantity: 'count', unit: null, exponent: 0, coding: 'number' };
  const row = UNITS.find(([first]) => code >= first && code < first + 3);
  if (row === undefined) return undefined;
  const [first, quantity, unit, exponent] = row;
  return { quantity, unit, exponent: exponent + code - first, coding: 'number' };
}

import assert from 'node:assert/strict';
import { fromHex } from '../../../src/bytes/hex.js';
import { decodeFixedTelegram, decodeRecords, decodeTelegram, type MBusRecord } from '../../../src/mbus/index.js';
import { readFixtures } from '../../support/fixtures/fixtures.js';
import {
  functionOf,
  isSameUnit,
  isSameValue,
  type LibmbusRecord,
  MISTAKES,
  quantityOf,
} from '../../support/fixtures/libmbus.js';

interface Frame {
  readonly name: string;
  readonly hex: string;
  readonly id: string;
  readonly manufacturer: string | null;
  readonly records: LibmbusRecord[];
}
interface Fixture {
  readonly frames?: readonly Frame[];
  readonly codes?: readonly (readonly [vif: string, quantity: string, unit: string, value: string])[];
}
const fixtures = new Map(readFixtures<Fixture>('mbus'));
const frames = fixtures.get('libmbus-frames')?.frames ?? [];
const codes = fixtures.get('libmbus-codes')?.codes ?? [];

/** Bytes of a long frame before its identification number, and after its last record. */
const FRAME_HEAD = 7;
const FRAME_TAIL = 2;
const CI_FIXED = 0x73;
/** Records that libmbus lists although they have no bytes. */
const WITHOUT_QUANTITY = ['Manufacturer specific', 'More records follow'];
/** The two counters of the fixed structure come without a quantity, in a unit of their own. */
const FIXED_COUNTERS: Readonly<Record<string, readonly [unit: string, factor: number]>> = {
  l: ['m³', 0.001],
  kWh: ['kWh', 1],
  'reserved but historic': ['m³', 0.001],
};

function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert.ok(bytes);
  return bytes;
}

describe('EN 13757-3 records beside libmbus', () => {
  for (const { name, hex, id, manufacturer, records } of frames) {
    it(`decode ${name} as it does`, () => {
      const frame = bytesOf(hex);
      const telegram = frame.subarray(FRAME_HEAD, -FRAME_TAIL);
      const decoded = frame[6] === CI_FIXED ? decodeFixedTelegram(telegram) : decodeTelegram(telegram);
      assert.ok(decoded);
      assert.equal(decoded.rest, null);
      assert.equal(decoded.isEncrypted, false);
      if (/^\d+$/.test(decoded.device.serial)) assert.equal(Number(decoded.device.serial), Number(id));
      if (frame[6] !== CI_FIXED) assert.equal(decoded.device.manufacturer, manufacturer);
      const known = records.filter(
        ([kind, , , , , , value]) => !WITHOUT_QUANTITY.includes(String(kind)) || value !== '',
      );
      assert.equal(decoded.records.length, known.length);
      decoded.records.forEach((record, index) => {
        assertSame(record, known[index] as LibmbusRecord);
      });
    });
  }

  it('give each VIF of the standard the quantity, unit and value that it does', () => {
    let known = 0;
    for (const [vif, quantity, unit, value] of codes) {
      const { records } = decodeRecords(bytesOf(`04 ${vif} 4E 61 BC 00`));
      const [record] = records;
      assert.ok(record, vif);
      if (quantityOf(quantity) === undefined || record.raw === null) continue;
      known++;
      const mistake = MISTAKES[vif];
      assert.equal(record.quantity, quantityOf(quantity), vif);
      if (record.quantity === 'date' || /T.*Z$/.test(value)) continue;
      assert.ok(isSameUnit(record.unit, mistake?.unit ?? unit), `${vif}: ${String(record.unit)}, not ${unit}`);
      if (record.quantity === 'manufacturer') continue;
      assert.ok(isSameValue(record, mistake?.value ?? Number(value)), `${vif}: ${String(record.value)}, not ${value}`);
    }
    assert.ok(known > 240, String(known));
  });
});

function assertSame(record: MBusRecord, theirs: LibmbusRecord): void {
  const [kind, storage, tariff, subunit, quantity, unit, value] = theirs;
  const text = JSON.stringify({ record, theirs });
  // libmbus returns nothing for a VIF that it does not know.
  if (kind !== null) assert.equal(record.function, functionOf(kind), text);
  // The second counter of the fixed structure may be a stored value of the first, without a storage number.
  const isStored = unit === 'reserved but historic';
  assert.deepEqual([record.storage, record.tariff, record.subunit], [isStored ? 1 : storage, tariff, subunit], text);
  if (record.quantity === null || record.modifiers.length > 0) return;
  const counter = record.vif === '' ? FIXED_COUNTERS[unit] : undefined;
  if (counter !== undefined) {
    assert.equal(record.unit, counter[0], text);
    assert.ok(Math.abs(Number(record.value) - Number(value) * counter[1]) < 1e-9, text);
    return;
  }
  if (record.quantity === 'custom') {
    assert.equal(record.unit, quantity, text);
  } else {
    assert.equal(record.quantity, quantityOf(quantity), text);
    assert.ok(isSameUnit(record.unit, unit), text);
  }
  if (record.value === null) return;
  if (typeof record.value === 'number') assert.ok(isSameValue(record, Number(value)), text);
  else assert.ok(isSameText(record.value, value), text);
}

/** True for equal texts: digits without an exponent, and times to the second with a `Z` in any time zone. */
function isSameText(ours: string, theirs: string): boolean {
  const isNumber = /^\d+$/.test(ours) && /^[\d.]+$/.test(theirs);
  return isNumber
    ? Number(ours) === Number(theirs)
    : theirs === ours || theirs === `${ours}:00Z` || theirs === `${ours}Z`;
}

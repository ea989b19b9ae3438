import assert from 'node:assert/strict';
import { DecodeError, UsageError } from '../../../src/errors.js';
import type { Dimensions } from '../../../src/tables/index.js';
import {
  decodeTable,
  DEFAULT_DIMENSIONS,
  fieldPlace,
  findTable,
  firmwareVersion,
  isAtLeast,
  layoutOf,
  PRINTED_PRESENT_VALUE_SOURCES,
  registerLayout,
  tableSize,
} from '../../../src/tables/index.js';

const BT01 = findTable('BT01') ?? assert.fail();
const BT23 = findTable('BT23') ?? assert.fail();
const BT28 = findTable('BT28') ?? assert.fail();
const ET55 = findTable('ET55') ?? assert.fail();
const plain = DEFAULT_DIMENSIONS['BT21'] ?? assert.fail();
const withBT21 = (some: Record<string, number | boolean>): Dimensions => ({ BT21: { ...plain, ...some } });

describe('layout', () => {
  it('of BT23 follows the symbols A to D of the guide', () => {
    for (const summations of [11, 15, 19]) {
      for (const tiers of [4, 8]) {
        const size = 4 * summations * (1 + tiers);
        assert.equal(tableSize(BT23, withBT21({ numberOfSummations: summations, numberOfTiers: tiers })), size);
        for (let demands = 1; demands <= 8; demands++) {
          const dims = withBT21({
            demandResetCounter: true,
            cumulativeDemand: true,
            continuousCumulativeDemand: true,
            numberOfSummations: summations,
            numberOfDemands: demands,
            numberOfCoincidentValues: 2 * demands,
            numberOfOccurrences: 1,
            numberOfTiers: tiers,
          });
          const block = 4 * summations + demands * (5 + 4 + 4 + 4) + 2 * demands * 4;
          assert.equal(tableSize(BT23, dims), 1 + block * (1 + tiers));
          const blocks = layoutOf(BT23, dims).blocks;
          assert.deepEqual(blocks[0], { offset: 0, count: 1 + block });
          assert.deepEqual(blocks[1], { offset: 1 + block, count: block });
          assert.equal(blocks.length, 1 + tiers);
        }
      }
    }
  });

  it('of BT28 follows (A + 4) x BT21.8 + 4 x number', () => {
    for (const timeRemaining of [false, true]) {
      for (const values of [22, 26, 41, 55, 72, 75, 84]) {
        const dims = withBT21({ timeRemaining, numberOfPresentDemands: 3, numberOfPresentValues: values });
        const first = ((timeRemaining ? 3 : 0) + 4) * 3;
        const places = registerLayout(BT28, dims).filter((place) => place.role === 'presentValue');
        assert.deepEqual(
          places.map((place) => place.offset),
          Array.from({ length: values }, (_, number) => first + 4 * number),
        );
        assert.deepEqual(
          places.map((place) => place.source),
          PRINTED_PRESENT_VALUE_SOURCES.slice(0, values),
        );
      }
    }
  });

  it('prints the sources BT27 and BT22 name, and knows when they name none', () => {
    const named = { ...DEFAULT_DIMENSIONS, BT27: { presentDemandSources: [], presentValueSources: [19, 200] } };
    assert.deepEqual(
      registerLayout(BT28, named)
        .slice(0, 3)
        .map((place) => place.source),
      [19, 200, null],
    );
    assert.equal(registerLayout(BT23, DEFAULT_DIMENSIONS)[11]?.source, 0);
    assert.equal(registerLayout(BT23, DEFAULT_DIMENSIONS)[11]?.tier, 1);
  });

  it('is the same object for dimensions of the same content, and another for others', () => {
    const first = layoutOf(BT28, DEFAULT_DIMENSIONS);
    assert.equal(layoutOf(BT28, structuredClone(DEFAULT_DIMENSIONS)), first);
    const changed = structuredClone(DEFAULT_DIMENSIONS) as { BT21: { numberOfPresentValues: number } };
    changed.BT21.numberOfPresentValues = 55;
    assert.equal(layoutOf(BT28, changed as unknown as Dimensions).size, 220);
    changed.BT21.numberOfPresentValues = 41;
    assert.equal(layoutOf(BT28, changed as unknown as Dimensions).size, 164);
    assert.equal(layoutOf(BT28, DEFAULT_DIMENSIONS), first);
    for (let values = 0; values < 20; values++) layoutOf(BT28, withBT21({ numberOfPresentValues: values }));
    assert.deepEqual(layoutOf(BT28, DEFAULT_DIMENSIONS), first);
  });

  it('without dimensions is refused by their name', () => {
    assert.throws(
      () => tableSize(BT28, {}),
      (error) =>
        error instanceof DecodeError && error.code === 'dimensions-missing' && error.values['needs'] === 'BT21',
    );
  });

  it('of dimensions no meter has is refused before it costs anything', () => {
    const garbled = Object.fromEntries(
      Object.entries(plain).map(([name, value]) => [name, typeof value === 'number' ? 255 : true]),
    );
    const begun = process.cpuUsage();
    assert.throws(
      () => layoutOf(BT23, { BT21: garbled }),
      (error) => error instanceof DecodeError && error.code === 'value-out-of-range',
    );
    // Processor time, since other programs on the machine affect the wall time.
    assert.ok(process.cpuUsage(begun).user < 2_000_000);
  });

  it('finds the one byte of the energy register unit', () => {
    const place = (major: number, tiers: number): number =>
      fieldPlace(ET55, 'energyRegisterUnit', {
        BT01: { firmwareMajor: major, firmwareMinor: 70, firmwareBuild: 0 },
        BT20: { numberOfTiers: tiers },
      }).offset;
    assert.equal(place(3, 4), 146 + 4 * 3 + 39);
    assert.equal(place(3, 8), 146 + 4 * 7 + 39);
    assert.equal(place(4, 8), 147 + 4 * 7 + 39);
    assert.throws(() => fieldPlace(BT28, 'nothing', DEFAULT_DIMENSIONS), UsageError);
  });

  it('finds the rollover digit behind the primary display list', () => {
    const ET07 = findTable('ET07') ?? assert.fail();
    const dims = (firmwareMajor: number): Dimensions => ({
      BT01: { firmwareMajor },
      BT30: { numberOfPrimaryListItems: 30 },
    });
    assert.deepEqual(fieldPlace(ET07, 'accumulatorRolloverDigit', dims(3)), { offset: 180, count: 1 });
    assert.throws(() => fieldPlace(ET07, 'accumulatorRolloverDigit', dims(4)), UsageError);
  });

  it('leaves out trailing fields of firmware the meter does not have', () => {
    const ET04 = findTable('ET04') ?? assert.fail();
    const firmware = (major: number, minor: number): Dimensions => ({
      BT01: { firmwareMajor: major, firmwareMinor: minor, firmwareBuild: 0 },
    });
    assert.equal(tableSize(ET04, firmware(3, 70)), 123);
    assert.equal(tableSize(ET04, firmware(3, 80)), 129);
    assert.equal(tableSize(ET04, firmware(4, 10)), 140);
    assert.equal(tableSize(ET04, {}), 140);
  });
});

describe('firmware', () => {
  const values = (pair: number): ReturnType<typeof decodeTable> => {
    const bytes = new Uint8Array(16);
    bytes[14] = pair >> 8;
    bytes[15] = pair & 0xff;
    return decodeTable(BT01, bytes, {});
  };
  it("is read as in the guide's examples", () => {
    assert.equal(firmwareVersion(values(0x3018)), '3.00.24');
    assert.equal(firmwareVersion(values(0x3155)), '3.10.21');
    assert.equal(firmwareVersion({}), undefined);
  });
  it('is compared by major and minor', () => {
    assert.ok(isAtLeast(values(0x3155), '3.10'));
    assert.ok(isAtLeast(values(0x4000), '3.70'));
    assert.ok(!isAtLeast(values(0x3018), '3.10'));
    assert.ok(!isAtLeast(values(0x3155), '4.0'));
  });
});

describe('BT20', () => {
  it('replaces BT21', () => {
    const BT20 = findTable('BT20') ?? assert.fail();
    const bytes = Uint8Array.of(0x03, 0x0e, 12, 11, 0, 0, 0, 4, 0, 22);
    const BT21 = decodeTable(BT20, bytes, {});
    assert.equal(tableSize(BT23, { BT21 }), 220);
    assert.equal(tableSize(BT28, { BT21 }), 88);
  });
});

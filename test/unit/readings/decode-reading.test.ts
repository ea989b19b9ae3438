import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DecodeError, MeterError, UsageError } from '../../../src/errors.js';
import type { Register } from '../../../src/readings/index.js';
import { decodeReading, describeKey, payloadKeys } from '../../../src/readings/index.js';
import type { Dimensions, TableValues } from '../../../src/tables/index.js';
import {
  DEFAULT_DIMENSIONS,
  encodeTable,
  findSource,
  findTable,
  PRINTED_PRESENT_VALUE_SOURCES,
  PRINTED_SUMMATION_SOURCES,
  tableSize,
} from '../../../src/tables/index.js';

const BT23 = findTable('BT23') ?? assert.fail();
const BT28 = findTable('BT28') ?? assert.fail();
const plain = DEFAULT_DIMENSIONS['BT21'] ?? assert.fail();

function dimensionsOf(bt21: TableValues, others: Record<string, TableValues> = {}): Dimensions {
  return { BT21: { ...plain, ...bt21 }, ...others };
}
const registerOf = (registers: readonly Register[], key: string): Register =>
  registers.find((register) => register.key === key) ?? assert.fail(`no register ${key}`);
const numbers = (count: number, first = 1): number[] => Array.from({ length: count }, (_, i) => first + i);

describe('a reading of BT23', () => {
  for (const summations of [11, 15, 19]) {
    for (const tiers of [4, 8]) {
      it(`with ${summations} summations and ${tiers} tiers gives each its own value`, () => {
        const dims = dimensionsOf({ numberOfSummations: summations, numberOfTiers: tiers });
        const values = {
          summations: numbers(summations, 1000),
          tiers: numbers(tiers).map((tier) => ({ summations: numbers(summations, 1000 + 100 * tier) })),
        };
        const bytes = encodeTable(BT23, values, dims);
        const { payload, registers } = decodeReading('BT23', bytes, { dimensions: dims, complete: true });
        assert.equal(registers.length, summations * (1 + tiers));
        assert.deepEqual(Object.keys(payload), payloadKeys('BT23'));
        assert.equal(payload['activeEnergyImport'], 1);
        assert.equal(payload['powerOutages'], 1005);
        assert.equal(payload['tier1ActiveEnergyImport'], 1.1);
        assert.equal(payload[`tier${tiers}ReactiveEnergyExport`], (1003 + 100 * tiers) / 1000);
        assert.equal(payload['tier8ActiveEnergyImport'], tiers === 8 ? 1.8 : null);
        assert.equal(payload['reactiveEnergyQ1'], summations >= 15 ? 1.011 : null);
        assert.equal(payload['apparentEnergyQ4'], summations === 19 ? 1.018 : null);
        assert.equal(payload['tier2ApparentEnergyQ4'], summations === 19 ? 1.218 : null);
      });
    }
  }

  it('distinguishes registers not filled by tiers from zeros', () => {
    const { payload, registers } = decodeReading('BT23', new Uint8Array(220));
    for (const name of ['PowerOutages', 'PowerOutageDuration', 'PulseInput1', 'PulseInput2', 'ErrorCounter']) {
      const register = registerOf(registers, `tier1${name}`);
      assert.deepEqual([register.value, register.raw, register.tier], [null, 0, 1]);
      assert.ok(!(register.key in payload));
    }
    assert.equal(payload['powerOutages'], 0);
    assert.equal(payload['tier1ActiveEnergyImport'], 0);
  });

  it('names registers as the guide does and gives a tier its OBIS code', () => {
    const { registers } = decodeReading('BT23', new Uint8Array(220));
    assert.deepEqual(registers[0], {
      source: 0,
      name: 'Fwd Active Wh L1L2L3',
      key: 'activeEnergyImport',
      value: 0,
      unit: 'kWh',
      raw: 0,
      obis: '1-0:1.8.0',
      tier: null,
    });
    const second = registerOf(registers, 'tier2ReactiveEnergyExport');
    assert.deepEqual(
      [second.source, second.name, second.obis, second.tier],
      [3, 'T1 Export Reactive Varh L1L2L3', '1-0:4.8.2', 2],
    );
    assert.equal(registerOf(registers, 'tier2PowerOutages').obis, null);
  });

  it('multiplies energy, and nothing else, by the energy register unit', () => {
    const bytes = encodeTable(BT23, { summations: numbers(11, 7000) }, DEFAULT_DIMENSIONS);
    for (const unit of [1, 10, 100]) {
      const dimensions = { ...DEFAULT_DIMENSIONS, ET55: { energyRegisterUnit: unit } };
      const { payload } = decodeReading('BT23', bytes, { dimensions });
      assert.equal(payload['activeEnergyImport'], 7 * unit);
      assert.equal(payload['reactiveEnergyImport'], (7002 * unit) / 1000);
      assert.equal(payload['powerOutageDuration'], 7004);
      assert.equal(payload['pulseInput1'], 7008);
    }
  });

  it('takes power outage durations as minutes on firmware 2.0, as seconds later', () => {
    const bytes = new Uint8Array(220);
    bytes[16] = 7;
    const durationOn = (firmwareMajor: number, firmwareMinor: number): number | null | undefined => {
      const dimensions = { ...DEFAULT_DIMENSIONS, BT01: { firmwareMajor, firmwareMinor, firmwareBuild: 3 } };
      return decodeReading('BT23', bytes, { dimensions }).payload['powerOutageDuration'];
    };
    assert.deepEqual([durationOn(2, 1), durationOn(2, 4)], [420, 420]);
    assert.deepEqual([durationOn(2, 10), durationOn(3, 1), durationOn(4, 0), durationOn(1, 20)], [7, 7, 7, 7]);
    assert.equal(decodeReading('BT23', bytes).payload['powerOutageDuration'], 7);
  });

  it('takes a missing or unset energy register unit as 1 and refuses one no meter has', () => {
    const bytes = encodeTable(BT23, { summations: numbers(11, 7000) }, DEFAULT_DIMENSIONS);
    for (const ET55 of [undefined, {}, { energyRegisterUnit: 0 }]) {
      const dimensions = { ...DEFAULT_DIMENSIONS, ET55 };
      assert.equal(decodeReading('BT23', bytes, { dimensions }).payload['activeEnergyImport'], 7);
    }
    assert.throws(
      () => decodeReading('BT23', bytes, { dimensions: { ...DEFAULT_DIMENSIONS, ET55: { energyRegisterUnit: 7 } } }),
      (error) => error instanceof DecodeError && error.code === 'value-out-of-range',
    );
  });

  it('follows the order that BT22 gives', () => {
    const dimensions = dimensionsOf(
      { numberOfSummations: 3, numberOfTiers: 1 },
      { BT22: { summationSources: [7, 120, 0], demandSelect: [], minMaxFlags: [], coincidentSelect: [] } },
    );
    const bytes = encodeTable(BT23, { summations: [1, -2, 3], tiers: [{ summations: [4, 5, 6] }] }, dimensions);
    const { payload, registers } = decodeReading('BT23', bytes, { dimensions });
    assert.deepEqual([payload['activeEnergyNet'], payload['activeEnergyImport']], [0.001, 0.003]);
    assert.equal(payload['tier1ActiveEnergyImport'], 0.006);
    const mapped = registerOf(registers, 'source120');
    assert.deepEqual([mapped.value, mapped.unit, mapped.raw, mapped.name], [-2, null, -2, 'Mapped Source']);
    assert.ok(!('source120' in payload) && !('tier1Source120' in payload));
    assert.equal(registerOf(registers, 'tier1Source120').value, 5);
  });

  it('keeps registers that BT22 does not name', () => {
    const dimensions = dimensionsOf({ numberOfSummations: 2, numberOfTiers: 0 }, { BT22: { summationSources: [0] } });
    const bytes = encodeTable(BT23, { summations: [1, 2] }, dimensions);
    const nameless = decodeReading('BT23', bytes, { dimensions }).registers[1] ?? assert.fail();
    assert.deepEqual([nameless.source, nameless.key, nameless.raw], [null, 'summation2', 2]);
  });

  for (const demands of [1, 2, 8]) {
    it(`with ${demands} demands gives their values, times and coincidents`, () => {
      const dimensions = dimensionsOf(
        {
          demandResetCounter: true,
          cumulativeDemand: true,
          continuousCumulativeDemand: true,
          numberOfSummations: 15,
          numberOfDemands: demands,
          numberOfCoincidentValues: 2 * demands,
          numberOfOccurrences: 1,
        },
        {
          BT22: {
            summationSources: PRINTED_SUMMATION_SOURCES.slice(0, 15),
            demandSelect: numbers(demands, 8),
            minMaxFlags: [0],
            coincidentSelect: numbers(2 * demands, 12),
            coincidentDemandAssociated: [],
          },
        },
      );
      const demand = (n: number): TableValues => ({
        eventTime: [`2026-11-20T12:${String(n).padStart(2, '0')}`],
        cumulativeDemand: 100 + n,
        continuousCumulativeDemand: 200 + n,
        demand: [300 + n],
      });
      const values = {
        numberOfDemandResets: 250,
        demands: numbers(demands, 0).map(demand),
        coincidents: numbers(2 * demands, 0).map((n) => ({ values: [230_000 + n] })),
        tiers: numbers(4).map(() => ({ demands: numbers(demands, 0).map((n) => demand(10 + n)) })),
      };
      const bytes = encodeTable(BT23, values, dimensions);
      const { payload, registers } = decodeReading('BT23', bytes, { dimensions, complete: true });
      assert.equal(payload['demandResets'], 250);
      assert.equal(payload['demand1'], 300);
      assert.equal(payload[`demand${demands}`], 299 + demands);
      assert.equal(payload['demand8'], demands === 8 ? 307 : null);
      const first = registerOf(registers, 'demand1');
      assert.deepEqual(first, {
        source: 8,
        name: 'Max demand Fwd Active W L1L2L3',
        key: 'demand1',
        value: 300,
        unit: 'W',
        raw: 300,
        obis: '1-0:1.6.0',
        tier: null,
        time: '2026-11-20T12:00',
      });
      assert.equal(registerOf(registers, 'cumulativeDemand1').value, 100);
      assert.equal(registerOf(registers, 'continuousCumulativeDemand1').value, 200);
      const inTier = registerOf(registers, 'tier3Demand1');
      assert.deepEqual([inTier.value, inTier.obis, inTier.time], [310, '1-0:1.6.3', '2026-11-20T12:10']);
      if (demands > 1) {
        const second = registerOf(registers, 'demand2');
        assert.deepEqual([second.name, second.obis], ['Min demand Rev Active W L1L2L3', null]);
        assert.equal(second.time, '2026-11-20T12:01');
      }
      if (demands === 2) {
        const voltage = registerOf(registers, 'coincident4');
        assert.deepEqual([voltage.source, voltage.value, voltage.unit], [15, 230.003, 'V']);
      }
    });
  }

  it('distinguishes a demand that never happened from one at midnight', () => {
    const dimensions = dimensionsOf({ numberOfDemands: 1, numberOfOccurrences: 2, numberOfTiers: 0 });
    const { registers } = decodeReading('BT23', new Uint8Array(tableSize(BT23, dimensions)), { dimensions });
    assert.equal(registerOf(registers, 'demand1').time, null);
    assert.equal(registerOf(registers, 'demand1Occurrence2').time, null);
  });
});

describe('a reading of BT28', () => {
  for (const count of [22, 26, 41, 55, 72, 75, 84]) {
    for (const timeRemaining of [false, true]) {
      it(`with ${count} values${timeRemaining ? ' and the time remaining' : ''}`, () => {
        const dimensions = dimensionsOf({ timeRemaining, numberOfPresentDemands: 2, numberOfPresentValues: count });
        const left = timeRemaining ? { timeRemaining: '00:07:30' } : {};
        const values = {
          presentDemands: [{ ...left, demand: 11 }, { demand: -12 }],
          presentValues: numbers(count, 5000).map((raw, i) => (i % 2 === 0 ? raw : -raw)),
        };
        const bytes = encodeTable(BT28, values, dimensions);
        const { payload, registers } = decodeReading('BT28', bytes, { dimensions, complete: true });
        assert.equal(registers.length, count + 2);
        assert.deepEqual(Object.keys(payload), payloadKeys('BT28'));
        for (const [number, id] of PRINTED_PRESENT_VALUE_SOURCES.entries()) {
          const { key, divisor } = findSource(id);
          const raw = 5000 + number;
          const expected = number < count ? (number % 2 === 0 ? raw : -raw) / divisor : null;
          assert.equal(payload[key], expected, key);
        }
        assert.equal(payload['presentDemand2'], -12);
        assert.equal(payload['presentDemand3'], null);
        assert.equal(registers[0]?.time, timeRemaining ? '00:07:30' : undefined);
      });
    }
  }

  it('works out power as import minus export, where both were measured', () => {
    const bytes = new Uint8Array(220);
    const view = new DataView(bytes.buffer);
    view.setInt32(0, 100, true);
    view.setInt32(4, 350, true);
    view.setInt32(4 * 26, 40, true);
    view.setInt32(4 * 30, 7, true);
    const { payload } = decodeReading('BT28', bytes);
    assert.deepEqual(
      [payload['activePower'], payload['activePowerL1'], payload['activePowerL2'], payload['activePowerL3']],
      [-250, 40, -7, 0],
    );
    assert.equal(decodeReading('BT28', bytes.subarray(0, 4)).payload['activePower'], null);
    assert.equal(decodeReading('BT28', bytes.subarray(0, 4 * 29)).payload['activePowerL1'], null);
  });

  it('puts a source no firmware lists there into payload and registers', () => {
    const dimensions = dimensionsOf(
      { numberOfPresentValues: 3 },
      { BT27: { presentDemandSources: [], presentValueSources: [167, 33, 250] } },
    );
    const bytes = encodeTable(BT28, { presentValues: [241_500, 3, 9] }, dimensions);
    const { payload, registers } = decodeReading('BT28', bytes, { dimensions });
    assert.equal(payload['maxVoltageL1'], 241.5);
    assert.equal(payload['tier1PowerOutageDuration'], 180);
    assert.equal(payload['voltageL1'], null);
    assert.deepEqual(registers[2], {
      source: 250,
      name: 'Source 250',
      key: 'source250',
      value: 9,
      unit: null,
      raw: 9,
      obis: null,
      tier: null,
    });
  });
});

describe('a reading', () => {
  it('is never more or less exact than the number on the wire', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (raw) => {
        const bytes = new Uint8Array(4 * 8);
        new DataView(bytes.buffer).setInt32(4 * 7, raw, true);
        const { payload, registers } = decodeReading('BT28', bytes);
        assert.equal(payload['voltageL1'], Number(`${raw}e-3`));
        assert.equal(registers[7]?.raw, raw);
      }),
    );
  });

  it('of any bytes under any dimensions gives numbers or an error of ours', () => {
    const field = fc.oneof(fc.integer({ min: -1, max: 300 }), fc.boolean(), fc.constant(null), fc.string());
    const list = fc.oneof(fc.array(fc.oneof(fc.integer({ min: -5, max: 300 }), fc.string())), fc.constant('x'));
    const dims = fc.record({
      BT21: fc.record(
        Object.fromEntries(Object.keys(plain).map((name) => [name, fc.oneof(fc.constant(plain[name] ?? 0), field)])),
      ),
      BT22: fc.option(fc.record({ summationSources: list, demandSelect: list }), { nil: undefined }),
      BT27: fc.option(fc.record({ presentValueSources: list }), { nil: undefined }),
    });
    const options = fc.record({
      dimensions: dims,
      offset: fc.integer({ min: -1, max: 100 }),
      complete: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom('BT23' as const, 'BT28' as const),
        fc.uint8Array({ maxLength: 400 }),
        options,
        (table, bytes, given) => {
          const { complete, ...others } = given;
          try {
            const { payload } = decodeReading(table, bytes, complete === undefined ? others : { ...others, complete });
            for (const key of payloadKeys(table)) assert.ok(key in payload);
            for (const value of Object.values(payload)) assert.ok(value === null || Number.isFinite(value));
          } catch (error) {
            assert.ok(error instanceof MeterError, String(error));
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('takes bytes from the middle of a larger buffer', () => {
    const buffer = Buffer.from('ffffffff960a0000ffffffff', 'hex');
    assert.equal(decodeReading('BT28', buffer.subarray(4, 8)).payload['activePowerImport'], 2710);
  });

  it('is refused at offsets that cannot be', () => {
    for (const offset of [-1, 0.5, Number.NaN]) {
      assert.throws(
        () => decodeReading('BT28', new Uint8Array(4), { offset }),
        (error) => error instanceof UsageError && error.code === 'bad-offset',
      );
    }
    assert.throws(() => decodeReading('BT28', new Uint8Array(4), { offset: 336 }), DecodeError);
  });

  it('does not mix up meters that take turns', () => {
    const dims = [22, 55, 84].map((numberOfPresentValues) => dimensionsOf({ numberOfPresentValues }));
    for (let round = 0; round < 3; round++) {
      for (const [i, dimensions] of dims.entries()) {
        const bytes = new Uint8Array(tableSize(BT28, dimensions));
        const { registers } = decodeReading('BT28', bytes, { dimensions: structuredClone(dimensions), complete: true });
        assert.equal(registers.length, [22, 55, 84][i]);
      }
    }
  });
});

describe('keys', () => {
  for (const table of ['BT23', 'BT28'] as const) {
    it(`of ${table} are unique and all described`, () => {
      const keys = payloadKeys(table);
      assert.equal(new Set(keys).size, keys.length);
      const labels = keys.map((key) => (describeKey(key) ?? assert.fail(key)).label);
      assert.equal(new Set(labels).size, labels.length);
    });
  }

  it('have labels people can read', () => {
    const labels: [string, string][] = [
      ['activeEnergyImport', 'Active energy import'],
      ['voltageL1', 'Voltage L1'],
      ['reactivePowerQ1', 'Reactive power Q1'],
      ['tier1ActiveEnergyImport', 'Tier 1 active energy import'],
      ['activePowerImportL1PostRatio', 'Active power import L1 post ratio'],
      ['presentDemand1', 'Present demand 1'],
      ['voltageAngleL1L2', 'Voltage angle L1 L2'],
      ['apparentPowerQ1L1', 'Apparent power Q1 L1'],
      ['frequency', 'Frequency'],
    ];
    for (const [key, label] of labels) assert.equal(describeKey(key)?.label, label);
  });

  it('describe a value', () => {
    assert.deepEqual(describeKey('voltageL2'), {
      key: 'voltageL2',
      label: 'Voltage L2',
      unit: 'V',
      quantity: 'voltage',
      kind: 'instantaneous',
      decimals: 3,
      obis: '1-0:52.7.0',
    });
    assert.equal(describeKey('activeEnergyNet')?.kind, 'net');
    assert.equal(describeKey('tier8ActiveEnergyImport')?.obis, '1-0:1.8.8');
    assert.equal(describeKey('apparentEnergyQ1')?.kind, 'cumulative');
    assert.equal(describeKey('activePowerL2')?.obis, '1-0:56.7.0');
    assert.equal(describeKey('nonsense'), undefined);
    assert.equal(describeKey('constructor'), undefined);
  });
});

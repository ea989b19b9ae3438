import assert from 'node:assert/strict';
import { PROFILES, type RegisterSetup } from '../../../src/simulator/profiles.js';
import { SimulatedMeter, type SimulatedMeterOptions } from '../../../src/simulator/simulated-meter.js';
import { CATALOGUE, decodeTable, findTable, type TableValues, tableSize } from '../../../src/tables/index.js';
import { FakeClock } from '../../support/fake-clock.js';

function newMeter(options: SimulatedMeterOptions = {}): { meter: SimulatedMeter; clock: FakeClock } {
  const clock = new FakeClock('2026-06-18T10:00:00Z');
  return { meter: new SimulatedMeter({ clock, ...options }), clock };
}

function values(meter: SimulatedMeter, name: string): TableValues {
  const image = meter.image(name);
  assert.ok(image, `${name} is there`);
  return decodeTable(findTable(name)!, image, meter.dimensions);
}

function numbers(table: TableValues, field: string): number[] {
  return table[field] as number[];
}

/** Tables that readings need; a simulated meter may have more tables, and need not have all of the guide's. */
const NECESSARY = 'BT00 BT01 BT15 BT20 BT21 BT22 BT23 BT27 BT28 BT30 BT52 ET03 ET04 ET07 ET11 ET55'.split(' ');

describe('simulator: tables', () => {
  for (const profile of PROFILES) {
    it(`has images of ${profile} that the same descriptions read back`, () => {
      const { meter } = newMeter({ profile });
      const present = CATALOGUE.filter((table) => {
        const image = meter.image(table.name);
        if (!image) return false;
        decodeTable(table, image, meter.dimensions);
        assert.equal(meter.image(table.number)?.length, image.length);
        return true;
      }).map(({ name }) => name);
      assert.deepEqual(
        NECESSARY.filter((name) => !present.includes(name)),
        profile === 'gen2' ? ['BT21', 'BT22'] : [],
      );
    });
  }

  it('is the meter of its generation', () => {
    const shape = (profile: SimulatedMeterOptions['profile']): unknown[] => {
      const { meter } = newMeter(profile ? { profile } : {});
      const dimensions = meter.dimensions['BT21']!;
      const bt01 = values(meter, 'BT01');
      return [
        bt01['firmwareMajor'],
        dimensions['numberOfSummations'],
        dimensions['numberOfTiers'],
        dimensions['numberOfPresentValues'],
        meter.image('BT23')?.length,
        meter.image('BT28')?.length,
      ];
    };
    assert.deepEqual(shape('gen2'), [2, 11, 4, 22, 220, 88]);
    assert.deepEqual(shape('gen3'), [3, 11, 4, 55, 220, 220]);
    assert.deepEqual(shape('gen4'), [4, 19, 8, 84, 684, 336]);
    assert.deepEqual(shape(undefined), shape('gen3'));
  });

  it('shows in BT28 what the household uses, in the order of BT27', () => {
    const { meter } = newMeter({ profile: 'gen4' });
    const present = numbers(values(meter, 'BT28'), 'presentValues');
    const sources = numbers(values(meter, 'BT27'), 'presentValueSources');
    const { phases, frequency } = meter.measure().state;
    for (const [source, expected] of [
      [15, phases[0].voltage],
      [14, phases[2].current],
      [19, frequency],
      [186, Math.max(0, phases[1].active)],
      [189, Math.max(0, -phases[1].active)],
    ] as const) {
      assert.equal(present[sources.indexOf(source)], expected, `source ${source}`);
    }
  });

  it('shows in BT23 totals that its tiers add up to', async () => {
    const { meter, clock } = newMeter({ profile: 'gen4' });
    const before = numbers(values(meter, 'BT23'), 'summations');
    await clock.advance(3 * 3_600_000);
    const table = values(meter, 'BT23');
    const [summations, tiers] = [numbers(table, 'summations'), table['tiers'] as TableValues[]];
    assert.ok(summations[0]! + summations[1]! > before[0]! + before[1]!);
    for (const place of [0, 1, 2, 3, 6, 11, 18]) {
      const sum = tiers.reduce((total, tier) => total + numbers(tier, 'summations')[place]!, 0);
      assert.ok(Math.abs(sum - summations[place]!) <= tiers.length, `summation ${place}`);
      assert.ok(summations[place]! >= before[place]!);
    }
    for (const place of [4, 5, 8, 9, 10]) {
      assert.ok(tiers.every((tier) => numbers(tier, 'summations')[place] === 0));
    }
  });

  it('can be set up in every way the guide knows', () => {
    const setups: Partial<RegisterSetup>[] = [];
    for (const numberOfSummations of [11, 15, 19]) {
      for (const numberOfTiers of [4, 8]) {
        for (const numberOfDemands of [0, 1, 3, 8]) setups.push({ numberOfSummations, numberOfTiers, numberOfDemands });
      }
    }
    for (const numberOfPresentValues of [22, 26, 41, 55, 72, 75, 84]) setups.push({ numberOfPresentValues });
    for (const setup of setups) {
      const { meter } = newMeter({ profile: 'gen4', setup });
      for (const name of ['BT22', 'BT23', 'BT27', 'BT28']) {
        assert.equal(meter.image(name)!.length, tableSize(findTable(name)!, meter.dimensions), JSON.stringify(setup));
        values(meter, name);
      }
    }
  });

  it('keeps peaks of demand with the time of them', async () => {
    const { meter, clock } = newMeter({ setup: { numberOfDemands: 2 } });
    const first = (values(meter, 'BT23')['demands'] as TableValues[])[0]!;
    assert.deepEqual([first['eventTime'], first['demand']], [[null], [0]]);
    await clock.advance(50 * 60_000);
    const { demands, coincidents } = values(meter, 'BT23');
    const peaks = demands as TableValues[];
    const [taken, given] = [numbers(peaks[0]!, 'demand')[0]!, numbers(peaks[1]!, 'demand')[0]!];
    assert.ok(taken > 0 || given > 0);
    const [time] = peaks[0]!['eventTime'] as string[];
    assert.match(time!, /^2026-06-18T10:(15|30|45)$/);
    assert.equal((coincidents as TableValues[]).length, 4);
    const present = (values(meter, 'BT28')['presentDemands'] as TableValues[])[0]!;
    assert.equal(present['timeRemaining'], '00:10:00');
  });

  it('counts in the energy register unit and rolls over after its digits', () => {
    const energy = (setup: Partial<RegisterSetup>): number => {
      const { meter } = newMeter({ setup });
      return numbers(values(meter, 'BT23'), 'summations')[0]!;
    };
    const whole = energy({});
    assert.equal(energy({ energyRegisterUnit: 100 }), Math.floor(whole / 100));
    assert.equal(energy({ rolloverDigits: 5 }), whole % 100_000);
    const { meter } = newMeter({ setup: { energyRegisterUnit: 10, rolloverDigits: 5 } });
    assert.equal(values(meter, 'ET55')['energyRegisterUnit'], 10);
    assert.equal(values(meter, 'ET07')['accumulatorRolloverDigit'], 5);
  });

  it('shows in IDT version and sequence number that it was set up again', () => {
    const { meter } = newMeter();
    const before = { idt: values(meter, 'ET04')['idtVersion'] as number, sequence: meter.port.sequence };
    meter.changeSetup({ numberOfSummations: 15, numberOfDemands: 1 });
    assert.equal(values(meter, 'ET04')['idtVersion'], before.idt + 1);
    assert.equal(meter.port.sequence, before.sequence + 25);
    assert.equal(meter.image('BT22')!.length, 15 + 1 + 1 + 2 + 2);
  });

  it('has a clock that runs at the given speed, and never back', async () => {
    const { meter, clock } = newMeter({ speed: 60 });
    const time = (): unknown => values(meter, 'BT52')['clockCalendar'];
    assert.equal(time(), '2026-06-18T10:00:00');
    await clock.advance(60_000);
    assert.equal(time(), '2026-06-18T11:00:00');
  });

  it('goes through an outage without counting energy', async () => {
    const { meter, clock } = newMeter();
    const summations = (): number[] => numbers(values(meter, 'BT23'), 'summations');
    const before = summations();
    meter.powerOff();
    await clock.advance(600_000);
    assert.equal(meter.isListening, false);
    meter.powerOn();
    meter.powerOn();
    const after = summations();
    assert.deepEqual([after[0], after[1]], [before[0], before[1]]);
    assert.deepEqual([after[4], after[5]], [before[4]! + 600, before[5]! + 1]);
  });

  it('has a serial number of its own, or the one it is given', () => {
    const [one, two] = [newMeter({ seed: 1 }).meter, newMeter({ seed: 2 }).meter];
    assert.match(one.serial, /^\d{8}$/);
    assert.notEqual(one.serial, two.serial);
    assert.notEqual(one.port.sequence, two.port.sequence);
    const { meter } = newMeter({ serial: 'AB/12 34.5' });
    assert.equal(values(meter, 'ET03')['utilitySerialNumber'], 'AB/12 34.5');
  });

  it('can be given the image of a real meter', () => {
    const { meter } = newMeter();
    meter.setImage(2052, meter.image('ET04')!.fill(7));
    assert.equal(values(meter, 'ET04')['idtVersion'], 7);
    assert.equal(meter.image('nonsense'), undefined);
    assert.equal(meter.image(99), undefined);
  });
});

import assert from 'node:assert/strict';
import { MAX_TIERS, Measurements } from '../../../src/simulator/measurements.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const START = Date.parse('2026-01-01T00:00:00Z');
const ENERGIES = [0, 1, 2, 3, 6, 108, 109, 110, 111, 216, 217, 218, 219];
const TIERS = Array.from({ length: MAX_TIERS }, (_, tier) => tier);

const total = (meter: Measurements, source: number): number => meter.summation(source, null, 1, 1);

describe('simulator: energy registers', () => {
  it('count the integral of power, over a year', () => {
    const meter = new Measurements({ seed: 1, start: START, stepMs: MINUTE, isUsed: false });
    let [taken, given, inductive] = [0, 0, 0];
    for (let minute = 0; minute < 365 * 1_440; minute++) {
      const { active, reactive } = meter.state;
      taken += Math.max(0, active) * 60;
      given += Math.max(0, -active) * 60;
      inductive += Math.max(0, reactive) * 60;
      meter.advance(START + (minute + 1) * MINUTE);
    }
    assert.equal(total(meter, 0), Math.floor(taken / 3_600));
    assert.equal(total(meter, 1), Math.floor(given / 3_600));
    assert.equal(total(meter, 2), Math.floor(inductive / 3_600));
    assert.ok(taken / 3.6e6 > 2_000 && taken / 3.6e6 < 25_000, `${taken / 3.6e6} kWh a year`);
    assert.ok(given / 3.6e6 > 500 && given / 3.6e6 < 8_000, `${given / 3.6e6} kWh given back a year`);
  });

  it('never fall, and add up from day to day', () => {
    const meter = new Measurements({ seed: 4, start: START, stepMs: MINUTE });
    let before = new Map(ENERGIES.map((source) => [source, total(meter, source)]));
    for (let day = 1; day <= 200; day++) {
      meter.advance(START + day * DAY);
      const after = new Map(ENERGIES.map((source) => [source, total(meter, source)]));
      for (const source of ENERGIES) assert.ok(after.get(source)! >= before.get(source)!, `source ${source} fell`);
      before = after;
      const near = (one: number, other: number, why: string): void => {
        assert.ok(Math.abs(one - other) <= MAX_TIERS, `${why}: ${one} and ${other}`);
      };
      for (const source of ENERGIES) {
        const tiers = TIERS.reduce((sum, tier) => sum + meter.summation(source, tier, 1, 1), 0);
        near(tiers, total(meter, source), `tiers of source ${source}`);
      }
      near(total(meter, 6), total(meter, 0) + total(meter, 1), 'forward + reverse');
      near(total(meter, 2), total(meter, 108) + total(meter, 109), 'import = Q1 + Q2');
      near(total(meter, 3), total(meter, 110) + total(meter, 111), 'export = Q3 + Q4');
    }
  });

  it('keep the net register from going below zero', () => {
    const meter = new Measurements({
      seed: 1,
      start: Date.parse('2026-06-21T09:00:00Z'),
      stepMs: MINUTE,
      isUsed: false,
    });
    for (let day = 0; day < 20 && total(meter, 1) <= total(meter, 0); day++) meter.advance(meter.time + 6 * 3_600_000);
    assert.ok(total(meter, 1) > total(meter, 0), 'the sun gave more than the house took');
    assert.equal(total(meter, 7), 0);
  });

  it('give the same whether read each second or after an hour', () => {
    const [often, once] = [new Measurements({ seed: 9, start: START }), new Measurements({ seed: 9, start: START })];
    for (let second = 1; second <= 3_600; second++) often.advance(START + second * 1_000);
    once.advance(START + 3_600_000);
    for (const source of ENERGIES) assert.equal(total(often, source), total(once, source));
    assert.equal(often.present(208, 1), once.present(208, 1));
  });

  it('hold still when the clock goes back', () => {
    const meter = new Measurements({ seed: 1, start: START });
    meter.advance(START + 60_000);
    const [time, energy] = [meter.time, total(meter, 0)];
    meter.advance(START);
    assert.deepEqual([meter.time, total(meter, 0)], [time, energy]);
  });

  it('count in steps of 1, 10 or 100 Wh, after the ratio of the transformers', () => {
    const meter = new Measurements({ seed: 1, start: START });
    const energy = total(meter, 0);
    assert.equal(meter.summation(0, null, 10, 1), Math.floor(energy / 10));
    assert.equal(meter.summation(0, null, 100, 1), Math.floor(energy / 100));
    assert.equal(meter.summation(0, null, 100, 200), energy * 2);
  });

  it('count an outage and nothing else while the power is off', () => {
    const meter = new Measurements({ seed: 1, start: START });
    const [energy, outages, seconds] = [total(meter, 0), total(meter, 5), total(meter, 4)];
    meter.skip(START + 90_000);
    assert.deepEqual([total(meter, 0), total(meter, 5), total(meter, 4)], [energy, outages + 1, seconds + 90]);
    assert.equal(meter.summation(5, 0, 1, 1), 0, 'not populated in tiers');
  });

  it('keep the mean of the last whole minute', () => {
    const meter = new Measurements({ seed: 1, start: START });
    const powers: number[] = [];
    for (let second = 0; second < 60; second++) {
      powers.push(meter.present(185, 1)! - meter.present(188, 1)!);
      meter.advance(START + (second + 1) * 1_000);
    }
    const mean = Math.round(powers.reduce((sum, power) => sum + power, 0) / 60);
    assert.equal(meter.present(210, 1), mean);
    meter.advance(START + 100_000);
    assert.equal(meter.present(210, 1), mean, 'until the next minute is over');
  });
});

describe('simulator: present values', () => {
  const meter = new Measurements({ seed: 1, start: Date.parse('2026-06-21T10:00:00Z') });
  const value = (source: number, ratio = 1): number => {
    const present = meter.present(source, ratio);
    assert.ok(present !== undefined, `source ${source}`);
    return present;
  };

  it('agree with each other at any time of a day', () => {
    for (let step = 0; step < 96; step++) {
      meter.advance(meter.time + 15 * MINUTE);
      const phases = [185, 186, 187].reduce((sum, source) => sum + value(source) - value(source + 3), 0);
      assert.equal(value(8) - value(9), phases);
      assert.ok(value(8) === 0 || value(9) === 0);
      assert.equal(value(10), value(104) + value(105), 'reactive import is Q1 + Q2');
      assert.equal(value(11), value(106) + value(107), 'reactive export is Q3 + Q4');
      assert.equal(value(20), value(216) + value(217) + value(218) + value(219));
      for (const source of [18, 21, 22, 23, 24, 25]) assert.ok(Math.abs(value(source)) <= 1_001);
      assert.equal(value(81, 40), 40 * value(8));
      assert.equal(value(197, 40), 40 * value(12));
    }
  });

  it('are not made up for sources that no meter shows here', () => {
    for (const source of [0, 85, 112, 200, 255]) assert.equal(meter.present(source, 1), undefined);
  });
});

describe('simulator: demand', () => {
  it('is the mean of a quarter of an hour, and its peak stays', () => {
    const meter = new Measurements({ seed: 1, start: START });
    meter.demands.choose([8, 20]);
    const quarters: number[] = [];
    let sum = 0;
    for (let second = 0; second < 4 * 900; second++) {
      sum += meter.present(8, 1)!;
      if (second % 900 === 899) {
        assert.equal(meter.demands.present(8), Math.round((sum - meter.present(8, 1)!) / 899));
        quarters.push(Math.round(sum / 900));
        sum = 0;
      }
      meter.advance(START + (second + 1) * 1_000);
    }
    meter.advance(START + 4 * 900_000 + 1_000);
    const peak = meter.demands.peak(8);
    assert.equal(peak?.value, Math.max(...quarters));
    assert.equal(peak.time, START + (quarters.lastIndexOf(peak.value) + 1) * 900_000);
    assert.ok(peak.coincidents.get(20)! > 0);
    assert.equal(meter.demands.peak(9), undefined, 'not chosen');
  });
});

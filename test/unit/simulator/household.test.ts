import assert from 'node:assert/strict';
import { Household, tierAt } from '../../../src/simulator/household.js';

const HOUR = 3_600_000;
const SUMMER_NOON = Date.parse('2026-06-21T11:10:00Z');
const SUMMER_NIGHT = Date.parse('2026-06-21T00:30:00Z');

function* hours(from: string, count: number): Generator<number> {
  for (let hour = 0; hour < count; hour++) yield Date.parse(from) + hour * HOUR;
}

describe('simulator: the house', () => {
  it('follows from its seed and the time alone', () => {
    for (const time of hours('2026-03-01T00:00:00Z', 48)) {
      assert.deepEqual(new Household(7).at(time), new Household(7).at(time));
    }
    const [one, other] = [new Household(1), new Household(2)];
    const differing = [...hours('2026-03-01T00:00:00Z', 48)].filter(
      (time) => one.at(time).active !== other.at(time).active,
    );
    assert.ok(differing.length > 40, 'another seed is another house');
  });

  it('looks the same whether its past was looked at or not', () => {
    const watched = new Household(3);
    for (const time of hours('2026-05-01T00:00:00Z', 30)) watched.at(time);
    assert.deepEqual(watched.at(SUMMER_NOON), new Household(3).at(SUMMER_NOON));
  });

  it('has totals that are the sum of its phases, and whole numbers only', () => {
    const house = new Household(1);
    for (const time of hours('2026-06-01T00:30:00Z', 24 * 14)) {
      const state = house.at(time);
      assert.equal(
        state.active,
        state.phases.reduce((sum, phase) => sum + phase.active, 0),
      );
      assert.equal(
        state.reactive,
        state.phases.reduce((sum, phase) => sum + phase.reactive, 0),
      );
      const numbers = [
        state.active,
        state.apparent,
        state.frequency,
        ...state.phases.flatMap((p) => [p.active, p.reactive, p.apparent, p.voltage, p.current]),
      ];
      assert.ok(numbers.every(Number.isInteger), JSON.stringify(state));
    }
  });

  it('has currents that fit power and voltage', () => {
    for (const time of hours('2026-06-01T00:30:00Z', 24 * 7)) {
      for (const phase of new Household(1).at(time).phases) {
        const volts = phase.voltage / 1000;
        assert.ok(
          Math.abs((phase.current / 1000) * volts - phase.apparent) <= 0.5 + volts / 1000,
          JSON.stringify(phase),
        );
        assert.ok(phase.apparent + 1 >= Math.abs(phase.active));
      }
    }
  });

  it('stays within what a grid allows', () => {
    const house = new Household(5);
    for (const time of hours('2026-01-01T00:00:00Z', 24 * 365)) {
      const state = house.at(time);
      assert.ok(state.frequency > 49_900 && state.frequency < 50_100, String(state.frequency));
      for (const { voltage, current } of state.phases) {
        assert.ok(voltage > 207_000 && voltage < 253_000, String(voltage));
        assert.ok(current >= 0 && current < 35_000, String(current));
      }
    }
  });

  it('lets the voltage sag under load', () => {
    const house = new Household(1);
    const states = [...hours('2026-11-01T00:07:00Z', 24 * 60)].map((time) => house.at(time).phases[0]);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const heavy = states.filter(({ active }) => active > 2_000).map(({ voltage }) => voltage);
    const light = states.filter(({ active }) => active < 300).map(({ voltage }) => voltage);
    assert.ok(heavy.length > 10 && light.length > 10);
    assert.ok(mean(heavy) < mean(light) - 1_000, `${mean(heavy)} under load, ${mean(light)} without`);
  });

  it('gives back in the summer sun and takes at night', () => {
    const days = Array.from({ length: 14 }, (_, day) => day * 24 * HOUR);
    const house = new Household(1);
    assert.ok(days.some((day) => house.at(SUMMER_NOON + day).active < -1_000));
    assert.ok(days.every((day) => house.at(SUMMER_NIGHT + day).active > 0));
  });

  it('moves from second to second', () => {
    const house = new Household(1);
    const powers = Array.from({ length: 60 }, (_, second) => house.at(SUMMER_NIGHT + second * 1000).active);
    assert.ok(new Set(powers).size > 3, String(powers));
  });

  it('knows its tariff tiers by the local clock', () => {
    assert.equal(tierAt(Date.parse('2026-11-18T09:00:00Z'), 4), 0, 'a Wednesday morning');
    assert.equal(tierAt(Date.parse('2026-11-18T21:30:00Z'), 4), 1, 'night: 22:30 local');
    assert.equal(tierAt(Date.parse('2026-11-21T12:00:00Z'), 4), 2, 'a Saturday');
    assert.equal(tierAt(Date.parse('2026-11-18T16:00:00Z'), 4), 3, 'evening peak: 17:00 local');
    assert.equal(tierAt(Date.parse('2026-11-18T16:00:00Z'), 1), 0, 'a meter with one tier');
  });
});

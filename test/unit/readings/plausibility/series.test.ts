import assert from 'node:assert/strict';
import { plausibility } from '../../../../src/readings/index.js';
import { HomeAssistantStatistics } from '../../../support/sinks/home-assistant-statistics.js';
import { Readings, reasonOf } from '../../../support/readings/guarded-readings.js';

const kWh = (activeEnergyImport: number): object => ({ activeEnergyImport });

/** The energy that consumers of the guard's readings book of an import. */
class Sinks {
  readonly homeAssistant = new HomeAssistantStatistics();
  /** Like evcc and most scripts: every rise counts, a fall does not. */
  rises = 0;
  #last: number | undefined;

  receive(value: number): void {
    this.homeAssistant.receive(value);
    if (this.#last !== undefined) this.rises += Math.max(0, value - this.#last);
    this.#last = value;
  }

  get booked(): readonly number[] {
    return [this.homeAssistant.sum, this.rises].map((sum) => Math.round(sum * 1000) / 1000);
  }
}

/** Reads an import so many seconds after the last one; accepted readings are booked. */
function read(readings: Readings, sinks: Sinks, seconds: number, value: number): boolean {
  const { isPassed } = readings.after(seconds, kWh(value));
  if (isPassed) sinks.receive(value);
  return isPassed;
}

describe('The series of a register', () => {
  it('goes on at once after a reader that counted from zero for minutes', () => {
    const readings = new Readings();
    const sinks = new Sinks();
    for (const value of [12_345.678, 12_345.681, 12_345.684, 12_345.687]) read(readings, sinks, 10, value);
    assert.ok(!read(readings, sinks, 10, 0));
    for (let i = 1; i <= 48; i += 1) assert.ok(!read(readings, sinks, 10, i * 0.003), `passed after ${i * 10} s`);
    assert.ok(read(readings, sinks, 10, 12_345.858));
    for (let i = 1; i <= 30; i += 1) assert.ok(read(readings, sinks, 10, 12_345.858 + i * 0.003));
    // The first reading only confirms: counting begins with the second.
    assert.deepEqual(sinks.booked, [0.267, 0.267]);
  });

  for (const low of [0.003, 0.5, 7, 400, 11_000]) {
    it(`goes on at once after an hour at ${low} kWh`, () => {
      const readings = Readings.at(kWh(12_345));
      for (let i = 0; i <= 60; i += 1) assert.equal(reasonOf(readings.after(60, kWh(low + i / 100))), 'fell');
      assert.ok(readings.after(60, kWh(12_345.7)).isPassed);
    });
  }

  it('goes on at once after its connection ended', () => {
    const readings = Readings.at(kWh(12_345));
    readings.disconnect();
    assert.ok(readings.after(60, { frequency: 50 }).isPassed);
    assert.ok(readings.after(60, kWh(12_345.01)).isPassed);
    assert.equal(reasonOf(readings.after(60, kWh(12_344.9))), 'fell', 'the connection is there again');
  });

  for (const other of [12_344.9, 11_000, 0.5, 99_999]) {
    it(`begins anew at ${other} kWh after its connection ended`, () => {
      const readings = Readings.at(kWh(12_345));
      assert.equal(readings.after(60, kWh(other)).isPassed, false);
      readings.disconnect();
      assert.equal(reasonOf(readings.after(60, kWh(other))), 'first-reading');
      assert.ok(readings.after(10, kWh(other + 0.01)).isPassed);
    });
  }

  it('is another one after more than an hour, of a meter under the same serial number', () => {
    const readings = Readings.at(kWh(12_345));
    const verdicts = Array.from({ length: 62 }, (_, i) => readings.after(60, kWh(2 + i / 100)));
    assert.equal(
      verdicts.findIndex(({ isPassed }) => isPassed),
      61,
    );
    assert.equal(verdicts.at(-1)?.accepted[0]?.reason, 'fell');
  });

  it('far above the one before is held as long: the way back would be booked whole', () => {
    const readings = Readings.at(kWh(12_345));
    for (let i = 0; i <= 60; i += 1) assert.equal(reasonOf(readings.after(60, kWh(45_678 + i / 100))), 'rose-too-fast');
    assert.ok(readings.after(60, kWh(12_345.7)).isPassed);
  });

  for (const stuck of [0.5, 50, 400, 11_000, 99_999]) {
    it(`stuck at ${stuck} kWh is never accepted: a meter in use counts`, () => {
      const readings = Readings.at(kWh(12_345));
      const sinks = new Sinks();
      sinks.receive(12_345);
      for (let i = 0; i < 3000; i += 1) assert.ok(!read(readings, sinks, 60, stuck), `passed after ${i} min`);
      assert.ok(read(readings, sinks, 60, 12_345.7));
      assert.deepEqual(sinks.booked, [0.7, 0.7]);
    });
  }

  it('stuck far below is accepted on request, and as soon as it counts', () => {
    for (const isApproved of [true, false]) {
      const readings = Readings.at(kWh(12_345));
      for (let i = 0; i < 600; i += 1) assert.ok(!readings.after(60, kWh(50)).isPassed);
      if (isApproved) readings.meter = plausibility.approveHeld(readings.meter!);
      assert.ok(readings.after(60, kWh(isApproved ? 50 : 50.001)).isPassed);
    }
  });

  it('that falls far waits the hour, although other registers go on', () => {
    const whole = { activeEnergyImport: 12_345, activeEnergyExport: 400, activeEnergyTotal: 12_745 };
    for (const key of ['activeEnergyImport', 'activeEnergyTotal', 'tier1ActiveEnergyImport']) {
      const readings = Readings.at({ ...whole, tier1ActiveEnergyImport: 12_000 });
      const verdicts = Array.from({ length: 62 }, (_, i) =>
        readings.after(60, { ...whole, tier1ActiveEnergyImport: 12_000, [key]: 50 + i / 1000 }),
      );
      const place = verdicts.findIndex(({ isPassed }) => isPassed);
      assert.equal(place, key === 'activeEnergyImport' ? -1 : 61, key);
    }
  });

  it('that grows from zero beyond the old value within the hour goes on there', () => {
    const readings = Readings.at(kWh(2));
    for (let i = 1; i < 18; i += 1) assert.ok(!readings.after(60, kWh(i / 10)).isPassed);
    for (let i = 18; i < 90; i += 1) assert.ok(readings.after(60, kWh(i / 10)).isPassed);
  });

  it('that rises steeply is not believed where its last readings may be wrong', () => {
    const readings = Readings.at(kWh(10));
    const sinks = new Sinks();
    sinks.receive(10);
    for (const value of [54, 103, 159, 221, 289, 364, 444]) assert.ok(!read(readings, sinks, 7200, value));
    for (const wrong of [555, 665, 773]) assert.ok(!read(readings, sinks, 7200, wrong), `${wrong} kWh`);
    for (const value of [522.4, 522.5, 522.6]) assert.ok(!read(readings, sinks, 60, value));
    assert.ok(read(readings, sinks, 60, 522.7));
    assert.deepEqual(sinks.booked, [512.7, 512.7]);
  });

  it('that rises steeply goes on as soon as a few readings lie within a ninth', () => {
    const readings = Readings.at(kWh(10));
    const verdicts = Array.from({ length: 40 }, (_, i) => readings.after(7200, kWh(10 + 40 * (i + 1))).isPassed);
    // 1,210 kWh, three readings after 1,090: the one before had 1,170 after 1,050.
    assert.equal(verdicts.indexOf(true), 29);
  });

  it('needs more than time: a few readings over hours do not make one', () => {
    const readings = Readings.at(kWh(12_345));
    for (const value of [2, 3, 4]) assert.ok(!readings.after(7200, kWh(value)).isPassed);
    assert.ok(readings.after(60, kWh(12_346)).isPassed);
  });

  it('is replaced at once when a user confirms it, but never by zeros', () => {
    const readings = Readings.at(kWh(12_345));
    assert.ok(!readings.after(60, kWh(2)).isPassed);
    readings.meter = plausibility.approveHeld(readings.meter!);
    assert.ok(!readings.after(60, kWh(0)).isPassed);
    assert.ok(readings.after(60, kWh(2.1)).isPassed);
    assert.ok(!readings.after(60, kWh(12_346)).isPassed);
  });

  it('that was approved is not taken for a third one', () => {
    const readings = Readings.at(kWh(12_345));
    readings.after(60, kWh(2));
    readings.meter = plausibility.approveHeld(readings.meter!);
    assert.ok(!readings.after(60, kWh(700)).isPassed);
  });

  for (const factor of [10, 100, 1000]) {
    it(`in another unit, by ${factor}, is noticed and never believed by itself`, () => {
      for (const by of [factor, 1 / factor]) {
        const readings = Readings.at(kWh(123_456.789));
        for (let i = 0; i < 200; i += 1) {
          const value = Math.round((123_456.789 + i / 100) * by * 1000) / 1000;
          assert.equal(reasonOf(readings.after(60, kWh(value))), 'unit-changed');
        }
        assert.ok(readings.after(60, kWh(123_459)).isPassed);
      }
    });
  }

  it('does not come back by itself once another was believed, over a restart or not', () => {
    for (const isRestarted of [false, true]) {
      const readings = Readings.at(kWh(12_345));
      for (let i = 0; i < 62; i += 1) readings.after(60, kWh(i / 100 + 0.01));
      if (isRestarted) readings.restart();
      for (let i = 0; i < 200; i += 1) {
        assert.equal(reasonOf(readings.after(60, kWh(12_347 + i / 100))), 'came-back');
      }
      readings.meter = plausibility.approveHeld(readings.meter!);
      assert.ok(readings.after(60, kWh(12_349.1)).isPassed);
    }
  });

  it('is refuted by a part of the table in which it goes on', () => {
    const whole = { activeEnergyImport: 12_345, activeEnergyExport: 0 };
    const readings = Readings.at(whole);
    readings.after(60, kWh(12_345));
    for (let i = 0; i < 200; i += 1) {
      assert.ok(!readings.after(30, { activeEnergyImport: 3 + i / 1000, activeEnergyExport: 0 }).isPassed);
      assert.ok(readings.after(30, kWh(12_345 + i / 100)).isPassed);
    }
  });

  it('two in turn: only the one that was there goes on', () => {
    const readings = Readings.at(kWh(12_345));
    for (let i = 0; i < 200; i += 1) {
      assert.ok(!readings.after(30, kWh(50 + i / 100)).isPassed);
      assert.ok(readings.after(30, kWh(12_345 + i / 100)).isPassed);
    }
  });

  it('below zero is never believed', () => {
    const readings = Readings.at(kWh(12_345));
    for (let i = 0; i < 200; i += 1) assert.equal(reasonOf(readings.after(60, kWh(-5))), 'negative');
  });

  it('that falls a little stays one: it is believed after five minutes', () => {
    for (const fall of [0.001, 0.999]) {
      const readings = Readings.at(kWh(12_345));
      for (let i = 0; i < 5; i += 1) assert.ok(!readings.after(60, kWh(12_345 - fall)).isPassed);
      assert.ok(readings.after(60, kWh(12_345 - fall)).isPassed);
    }
  });

  for (const [digits, ends] of [
    [5, [99.999, 999.99, 9999.9]],
    [6, [999.999, 9999.99, 99_999.9]],
    [7, [9999.999, 99_999.99, 999_999.9]],
    [8, [99_999.999, 999_999.99, 9_999_999.9]],
    [9, [999_999.999, 9_999_999.99, 99_999_999.9]],
  ] as const) {
    it(`rolls over after ${digits} digits of 1, 10 and 100 Wh within minutes`, () => {
      for (const [place, end] of ends.entries()) {
        const count = [{ key: 'activeEnergyImport', value: 10 ** place, raw: 1000 }];
        const readings = Readings.at(kWh(end), {}, { ET07: { accumulatorRolloverDigit: digits } });
        assert.equal(reasonOf(readings.after(60, kWh(0.2), count)), 'rolled-over', `${end} kWh`);
        for (let i = 0; i < 4; i += 1) readings.after(60, kWh(0.3), count);
        assert.ok(readings.after(60, kWh(0.4), count).isPassed);
      }
    });
  }
});

describe('A total and its tariffs', () => {
  const tiers = { tier1ActiveEnergyImport: 7000, tier2ActiveEnergyImport: 5345 };
  const good = { ...tiers, activeEnergyImport: 12_345, activeEnergyExport: 400 };

  it('a total that falls below them is accepted only on request, even if it counts', () => {
    for (const low of [50, 1000, 11_100]) {
      const readings = Readings.at(good);
      for (let i = 0; i < 600; i += 1) {
        const { held, needed } = readings.after(60, { ...good, activeEnergyImport: low + i / 1000 });
        const found = held.map(({ reason, limit }) => [reason, limit]);
        assert.deepEqual(
          [found, needed],
          [
            [
              ['fell', 12_345],
              ['below-tiers', 12_345],
            ],
            Infinity,
          ],
        );
      }
      readings.meter = plausibility.approveHeld(readings.meter!);
      assert.ok(readings.after(60, { ...good, activeEnergyImport: low + 0.6 }).isPassed, `${low} kWh`);
    }
  });

  it('a total that falls below them a little is accepted in minutes, as others are', () => {
    const little = Readings.at(good);
    const verdicts = Array.from({ length: 6 }, () => little.after(60, { ...good, activeEnergyImport: 12_344 }));
    assert.ok(verdicts.at(-1)?.isPassed);
    const early = Readings.at(good, { confirmSeconds: 60 });
    const all = Array.from({ length: 4 }, () => early.after(60, { ...good, activeEnergyImport: 50 }));
    assert.ok(all.at(-1)?.isPassed);
  });

  it('of any other direction and kind are compared too', () => {
    for (const key of ['activeEnergyExport', 'reactiveEnergyImport']) {
      const tier = `tier2${key.charAt(0).toUpperCase()}${key.slice(1)}`;
      const readings = Readings.at({ ...good, [key]: 900, [tier]: 900 });
      assert.equal(readings.after(60, { ...good, [key]: 3, [tier]: 900 }).held.at(-1)?.reason, 'below-tiers');
    }
  });

  it('that begin anew together are those of a meter that was reset', () => {
    const readings = Readings.at(good);
    const verdicts = Array.from({ length: 62 }, (_, i) => {
      const used = i / 1000;
      const fresh = { activeEnergyImport: used + 0.02, tier1ActiveEnergyImport: used, tier2ActiveEnergyImport: 0.02 };
      return readings.after(60, { ...fresh, activeEnergyExport: 0 });
    });
    assert.equal(
      verdicts.findIndex(({ isPassed }) => isPassed),
      61,
    );
  });

  it('where the total rolls over alone, it goes on within minutes', () => {
    const end = { activeEnergyImport: 99_999.95, tier1ActiveEnergyImport: 60_000, tier2ActiveEnergyImport: 39_999.95 };
    const readings = Readings.at(end);
    const verdicts = Array.from({ length: 6 }, () => readings.after(60, { ...end, activeEnergyImport: 0.05 }));
    assert.equal(reasonOf(verdicts[0]!), 'rolled-over');
    assert.ok(verdicts.at(-1)?.isPassed);
  });

  it('that were never parts of it are no evidence', () => {
    const apart = { activeEnergyImport: 1000, tier1ActiveEnergyImport: 5000 };
    const readings = Readings.at(apart);
    assert.equal(readings.after(60, { ...apart, activeEnergyImport: 50 }).held.length, 1);
  });

  it('that rose by more than it, and were accepted so, are no evidence either', () => {
    const at = (i: number): object => ({ activeEnergyImport: 9000 + i / 100, tier1ActiveEnergyImport: 5000 + i / 2 });
    const readings = new Readings();
    for (let i = 0; i < 60; i += 1) readings.after(60, at(i));
    assert.equal(readings.after(60, { ...at(60), activeEnergyImport: 50 }).held.length, 1);
    readings.restart();
    assert.equal(readings.after(60, { ...at(60), activeEnergyImport: 50 }).held.length, 1);
  });
});

describe('Measurements beside energy that is held back', () => {
  const live = { activePower: 812, voltageL1: 230.1, frequency: 50 };

  it('may go on', () => {
    const readings = Readings.at({ ...kWh(12_345), ...live });
    assert.ok(readings.after(10, { ...kWh(0.003), ...live }).hasMeasurements);
    assert.ok(readings.after(10, { ...kWh(0), ...live }).hasMeasurements);
    assert.ok(readings.after(10, { ...kWh(-1), ...live }).hasMeasurements);
  });

  it('may not when impossible, absent, or from a reader that has read nothing', () => {
    const readings = Readings.at({ ...kWh(12_345), ...live });
    assert.ok(!readings.after(10, { ...kWh(0.003), ...live, voltageL1: 900 }).hasMeasurements);
    assert.ok(!readings.after(10, kWh(0.003)).hasMeasurements);
    assert.ok(!readings.after(10, { ...kWh(0), activePower: 0, voltageL1: 0, frequency: 0 }).hasMeasurements);
  });

  it('leave without any energy, in a message that is no whole table', () => {
    const registers = [
      { key: 'activeEnergyImport', value: 1 },
      { key: 'voltageL1', value: 230 },
    ];
    const msg = {
      payload: { activeEnergyImport: 1, tier1ActiveEnergyImport: 1, voltageL1: 230, powerOutages: 2 },
      registers,
      table: { id: 'BT28', complete: true },
    };
    assert.deepEqual(plausibility.withoutEnergy(msg), {
      payload: { activeEnergyImport: null, tier1ActiveEnergyImport: null, voltageL1: 230, powerOutages: 2 },
      registers: [registers[1]],
      table: { id: 'BT28', complete: false },
    });
  });
});

describe('A request to believe', () => {
  it('names a meter or all, and is no reading', () => {
    assert.equal(plausibility.approvalRequest({ topic: 'believe', payload: ' 42 ' }), '42');
    assert.equal(plausibility.approvalRequest({ topic: 'believe', payload: 1_700_000_000_000 }), '');
    assert.equal(plausibility.approvalRequest({ topic: 'believe', payload: { activeEnergyImport: 1 } }), undefined);
    assert.equal(plausibility.approvalRequest({ topic: 'nes/42', payload: '42' }), undefined);
  });
});

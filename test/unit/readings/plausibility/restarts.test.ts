import assert from 'node:assert/strict';
import { plausibility } from '../../../../src/readings/index.js';
import { house, Readings, reasonOf } from '../../../support/readings/guarded-readings.js';

const { recall, remember, sampleOf } = plausibility;

describe('Restarts and clocks', () => {
  it('the first reading after a restart is compared with the last good one', () => {
    const readings = Readings.at(house);
    readings.restart();
    assert.equal(reasonOf(readings.after(60, { activeEnergyImport: 190_000 })), 'rose-too-fast');
    assert.equal(reasonOf(readings.after(60, { activeEnergyImport: 0 })), 'nothing-counted');
    assert.ok(readings.after(60, { ...house, activeEnergyImport: 117_000.5 }).isPassed);
  });

  const HOUR = 3_600_000;

  it('a clock that is set back or forth stops nothing', () => {
    const readings = Readings.at(house);
    for (const [i, jump] of [-HOUR, 0, 365 * 24 * HOUR, 0, -400 * 24 * HOUR, 0].entries()) {
      readings.time += jump;
      assert.ok(readings.after(60, { ...house, activeEnergyImport: 117_000 + (i + 1) / 5 }).isPassed, String(jump));
    }
    const changed = Readings.at(house);
    changed.time -= 24 * HOUR;
    changed.after(60, { activeEnergyImport: 7, activeEnergyExport: 1 });
    const later = Array.from({ length: 61 }, (_, i) =>
      changed.after(60, { activeEnergyImport: 7 + i / 1000, activeEnergyExport: 1 }),
    );
    assert.ok(later.at(-1)?.isPassed);
  });

  it('a clock that is set forth lets nothing through that could not be', () => {
    const readings = Readings.at(house);
    readings.time += 24 * HOUR;
    const [held] = readings.after(60, { ...house, activeEnergyImport: 117_010 }).held;
    assert.equal(held?.reason, 'rose-too-fast');
    assert.ok(held.limit! < 117_002, `${held.limit} kWh would have been possible`);
  });

  it('time over a restart is by the wall clock, and unknown when it was set back', () => {
    for (const [hours, rise, reason] of [
      [24, 10, undefined],
      [24, 2000, 'rose-too-fast'],
      [-24, 10, undefined],
      [-24, 100, 'rose-too-fast'],
    ] as const) {
      const readings = Readings.at(house);
      readings.restart();
      readings.time += hours * HOUR;
      const verdict = readings.after(60, { ...house, activeEnergyImport: 117_000 + rise });
      assert.equal(reasonOf(verdict), reason, `${rise} kWh in ${hours} hours`);
    }
  });

  const YEAR = 365 * 24 * HOUR;

  describe('where the meter gives its own time', () => {
    const knowing = (): Readings => Readings.at(house, {}, {}, 0);
    const risen = (kWh: number): object => ({ ...house, activeEnergyImport: 117_000 + kWh });

    it('a host with a wrong clock is not taken to have been off for years', () => {
      for (const [jump, rise, reason] of [
        [YEAR, 10, 'rose-too-fast'],
        [YEAR, 0.5, undefined],
        [-YEAR, 10, 'rose-too-fast'],
        [-YEAR, 0.5, undefined],
      ] as const) {
        const readings = knowing();
        readings.restart();
        readings.setHostClock(jump);
        assert.equal(reasonOf(readings.after(60, risen(rise))), reason, `${rise} kWh, ${jump / YEAR} years`);
      }
    });

    it('a host that starts in the past knows all the same how long it was off', () => {
      const readings = knowing();
      readings.restart();
      readings.setHostClock(-30 * 24 * HOUR);
      assert.equal(reasonOf(readings.after(3 * 24 * 3600, risen(100))), 'long-gap');
      assert.ok(readings.after(60, risen(100)).isPassed);
    });

    it('a host that slept is not taken for one that read all the time', () => {
      const readings = knowing();
      readings.arrival -= 3 * 24 * HOUR;
      assert.equal(reasonOf(readings.after(3 * 24 * 3600, risen(100))), 'long-gap');
      const unknowing = Readings.at(house);
      unknowing.arrival -= 3 * 24 * HOUR;
      assert.equal(reasonOf(unknowing.after(3 * 24 * 3600, risen(100))), 'rose-too-fast');
    });

    it('a meter with a newly set clock passes no impossible value, and blocks nothing', () => {
      for (const isRestarted of [false, true]) {
        for (const jump of [YEAR, -YEAR, HOUR, -HOUR]) {
          for (const [rise, reason] of [
            [10, 'rose-too-fast'],
            [0.5, undefined],
          ] as const) {
            const readings = knowing();
            if (isRestarted) readings.restart();
            readings.meterAhead = jump;
            assert.equal(reasonOf(readings.after(60, risen(rise))), reason, `${rise} kWh, ${jump / HOUR} h`);
          }
        }
      }
    });

    it('an invalid time counts as none', () => {
      for (const meterTime of ['soon', 12, null, {}, '']) {
        const msg = { payload: house, table: { meterTime } };
        assert.equal(sampleOf(msg, { date: new Date(), now: 0 }).meterAt, undefined);
      }
    });
  });

  it('a reader with a clock years off that is corrected passes no impossible value', () => {
    for (const off of [-YEAR, YEAR, -YEAR / 50, YEAR / 50]) {
      const readings = Readings.at(house);
      // The clock of the reader is corrected; that of the guard's host was right all the time.
      readings.time += off;
      readings.age = -off;
      assert.ok(readings.after(60, { ...house, activeEnergyImport: 117_000.1 }).isPassed);
      readings.time -= off;
      readings.age = 0;
      assert.equal(
        reasonOf(readings.after(60, { ...house, activeEnergyImport: 117_010 })),
        'rose-too-fast',
        `${off / HOUR} h`,
      );
    }
  });

  it('readings that were kept on their way are compared by when they were read', () => {
    for (const meterAhead of [0, undefined]) {
      const readings = Readings.at(house, {}, {}, meterAhead);
      readings.time += 10 * HOUR;
      readings.arrival += 10 * HOUR;
      for (let hour = 9; hour >= 0; hour -= 1) {
        readings.age = hour * HOUR;
        readings.time -= hour * HOUR;
        const verdict = readings.after(0, { ...house, activeEnergyImport: 117_000 + 10 - hour });
        assert.ok(verdict.isPassed, `${reasonOf(verdict)} ${hour} h ago`);
        readings.time += hour * HOUR;
      }
    }
  });

  it('old readings that come in a burst are not taken for a new meter', () => {
    const readings = Readings.at(house);
    readings.time -= 30 * 24 * HOUR;
    readings.age = 30 * 24 * HOUR;
    for (let i = 0; i < 200; i += 1) {
      const msg = { activeEnergyImport: 116_000 + i, activeEnergyExport: 800 };
      readings.time += HOUR;
      readings.age -= HOUR;
      assert.equal(readings.after(0, msg).isPassed, false);
    }
  });

  it('what was kept is taken back only if it is whole', () => {
    const readings = Readings.at(house);
    const kept = JSON.parse(JSON.stringify(remember(readings.meter!))) as Record<string, unknown>;
    assert.deepEqual(remember(recall(kept)!), kept);
    const bad: unknown[] = [
      undefined,
      null,
      'text',
      [],
      {},
      { ...kept, id: 42 },
      { ...kept, registers: null },
      { ...kept, registers: { activeEnergyImport: 117_000 } },
      { ...kept, registers: { activeEnergyImport: [117_000, null, 1] } },
      { ...kept, registers: { activeEnergyImport: [-1, 0, 0] } },
      { ...kept, registers: { activeEnergyImport: [1, 2] } },
      { ...kept, registers: { activeEnergyImport: [1, 2, 3, 4, 5] } },
    ];
    for (const remembered of bad) assert.equal(recall(remembered), undefined, JSON.stringify(remembered));
    const odd = recall({
      ...kept,
      registers: { ...(kept['registers'] as object), __proto: [1, 1, 1] },
      oddities: [['a'], 1],
    });
    assert.deepEqual(remember(odd!), kept);
    const earlier = recall({ ...kept, registers: { activeEnergyImport: [117_000, 1, 116_999] } });
    assert.deepEqual(remember(earlier!).registers['activeEnergyImport'], [117_000, 1, 116_999, null]);
  });

  it('what was accepted stays so', () => {
    const readings = new Readings();
    const sagging = { reactivePowerImport: -5 };
    for (let i = 0; i < 6; i += 1) readings.after(60, sagging);
    readings.restart();
    assert.ok(readings.after(60, sagging).isPassed);
  });
});

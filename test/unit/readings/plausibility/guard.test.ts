import assert from 'node:assert/strict';
import { decodeReading } from '../../../../src/readings/index.js';
import { DEFAULT_DIMENSIONS, type Dimensions } from '../../../../src/tables/index.js';
import { hex } from '../../../support/fixtures/exchanges.js';
import { readFixtures } from '../../../support/fixtures/fixtures.js';
import { house, Readings, reasonOf } from '../../../support/readings/guarded-readings.js';

interface Fixture {
  readonly hex: string;
  readonly offset?: number;
  readonly dimensions?: Dimensions;
}

describe('The plausibility of energy registers', () => {
  it('lets readings of a real meter through, from the second on', () => {
    const fixtures = readFixtures<Fixture>('BT23');
    assert.ok(fixtures.length > 3);
    for (const [name, fixture] of fixtures) {
      const { offset = 0, dimensions = DEFAULT_DIMENSIONS } = fixture;
      const { payload, registers } = decodeReading('BT23', hex(fixture.hex), { offset, dimensions });
      // The guide's example has registers of zero.
      if (payload['activeEnergyImport'] === 0) continue;
      const readings = new Readings();
      assert.equal(reasonOf(readings.after(0, payload, registers)), 'first-reading', name);
      for (let i = 0; i < 3; i += 1) assert.ok(readings.after(10, payload, registers).isPassed, name);
    }
  });

  it('accepts a first reading when a second continues from it, and reports nothing', () => {
    const readings = new Readings();
    assert.equal(reasonOf(readings.after(0, house)), 'first-reading');
    const second = readings.after(60, { ...house, activeEnergyImport: 117_000.2 });
    assert.ok(second.isPassed);
    assert.deepEqual(second.accepted, []);
  });

  it('does not believe a first reading from which the second is too far', () => {
    const readings = new Readings();
    readings.after(0, house);
    assert.equal(reasonOf(readings.after(60, { ...house, activeEnergyImport: 117_005 })), 'first-reading');
    assert.ok(readings.after(60, { ...house, activeEnergyImport: 117_005.2 }).isPassed);
  });

  it('does not take the same reading twice for two', () => {
    const readings = new Readings();
    for (let i = 0; i < 5; i += 1) assert.equal(reasonOf(readings.after(0, house)), 'first-reading');
  });

  it('does not believe a first reading that the second contradicts', () => {
    const readings = new Readings();
    readings.after(0, { activeEnergyImport: 190_000 });
    assert.equal(reasonOf(readings.after(60, house)), 'first-reading');
    assert.ok(readings.after(60, house).isPassed);
  });

  for (const [what, payload, reason, key, limit] of [
    ['a fall', { ...house, activeEnergyImport: 116_999.999 }, 'fell', 'activeEnergyImport', 117_000],
    ['a fall of the export', { ...house, activeEnergyExport: 10 }, 'fell', 'activeEnergyExport', 829],
    ['a spike', { ...house, activeEnergyImport: 190_000 }, 'rose-too-fast', 'activeEnergyImport', 117_001.2699],
    ['a spike of the export', { ...house, activeEnergyExport: 840 }, 'rose-too-fast', 'activeEnergyExport', 830.2699],
    ['no number', { ...house, activeEnergyExport: NaN }, 'not-a-number', 'activeEnergyExport', null],
    ['a text', { ...house, activeEnergyExport: '829' }, 'not-a-number', 'activeEnergyExport', null],
    ['less than nothing', { ...house, activeEnergyExport: -1 }, 'negative', 'activeEnergyExport', 0],
    ['zeros', { activeEnergyImport: 0, activeEnergyExport: 0 }, 'nothing-counted', 'activeEnergyImport', null],
  ] as const) {
    it(`holds back ${what}, and lets the next good reading through at once`, () => {
      const readings = Readings.at(house);
      const verdict = readings.after(60, payload);
      assert.equal(verdict.isPassed, false);
      const [finding] = verdict.held;
      assert.equal(finding?.reason, reason);
      assert.equal(finding.key, key);
      assert.equal(finding.limit === null ? null : Math.round(finding.limit * 1e4) / 1e4, limit);
      assert.equal(finding.last, reason === 'not-a-number' || reason === 'negative' ? null : house[key]);
      assert.ok(readings.after(60, { ...house, activeEnergyImport: 117_000.3 }).isPassed);
    });
  }

  it('holds back what reactive registers and tariffs cannot do', () => {
    const tariffs = { ...house, tier1ActiveEnergyImport: 60_000, tier2ActiveEnergyImport: 57_000 };
    const readings = Readings.at({ ...tariffs, reactiveEnergyQ3: 20 });
    assert.equal(reasonOf(readings.after(60, { ...tariffs, reactiveEnergyQ3: 22 })), 'rose-too-fast');
    const moved = {
      activeEnergyImport: 117_000.1,
      tier1ActiveEnergyImport: 60_000.3,
      tier2ActiveEnergyImport: 57_000.2,
    };
    const verdict = readings.after(60, { ...tariffs, ...moved });
    assert.equal(reasonOf(verdict), 'tiers-exceed-total');
    assert.equal(verdict.held[0]?.key, 'activeEnergyImport');
    assert.ok(
      readings.after(60, { ...tariffs, activeEnergyImport: 117_000.5, tier1ActiveEnergyImport: 60_000.5 }).isPassed,
    );
  });

  it('goes by the fuse, the phases and the margin', () => {
    const rise = { ...house, activeEnergyImport: 117_000.5 };
    assert.ok(Readings.at(house).after(60, rise).isPassed);
    assert.equal(reasonOf(Readings.at(house, { fuse: 16 }).after(60, rise)), 'rose-too-fast');
    assert.equal(reasonOf(Readings.at(house, { phases: 1 }).after(60, rise)), 'rose-too-fast');
    assert.ok(Readings.at(house, { fuse: 16, margin: 4 }).after(60, rise).isPassed);
  });

  it('allows for the coarse counts of a meter with transformers', () => {
    const coarse = [{ key: 'activeEnergyImport', value: 117_000, raw: 1_170_000 }];
    const readings = Readings.at(house, { fuse: 1 });
    const next = { ...house, activeEnergyImport: 117_000.1 };
    assert.equal(reasonOf(readings.after(2, next)), 'rose-too-fast');
    assert.ok(readings.after(2, next, coarse).isPassed);
    const unknown = Readings.at(house, { fuse: 1 });
    assert.ok(unknown.after(2, next, null).isPassed, 'and where the message does not tell');
    for (const raw of [1, 0.001]) {
      const tampered = [{ key: 'activeEnergyImport', value: 117_000, raw }];
      const far = { ...house, activeEnergyImport: 118_000 };
      assert.equal(reasonOf(Readings.at(house).after(60, far, tampered)), 'rose-too-fast', 'but not for coarser ones');
    }
  });

  it('lets the net register fall, as fast as the connection can carry', () => {
    const readings = Readings.at({ ...house, activeEnergyNet: 500 });
    assert.ok(readings.after(60, { ...house, activeEnergyNet: 499.5 }).isPassed);
    assert.equal(reasonOf(readings.after(60, { ...house, activeEnergyNet: 400 })), 'rose-too-fast');
  });

  it('wants a large rise after a long pause confirmed once', () => {
    const readings = Readings.at(house);
    const later = { ...house, activeEnergyImport: 117_100 };
    assert.equal(reasonOf(readings.after(3 * 86_400, later)), 'long-gap');
    const next = readings.after(60, later);
    assert.ok(next.isPassed);
    assert.deepEqual(next.accepted, []);
    assert.ok(readings.after(3600, { ...house, activeEnergyImport: 117_110 }).isPassed, 'a usual rise does not');
  });

  it('does not let one reading raise a register so far that undoing it books it all', () => {
    const readings = Readings.at({ activeEnergyImport: 100 });
    assert.equal(reasonOf(readings.after(890, { activeEnergyImport: 112 })), 'large-rise');
    assert.ok(readings.after(60, { activeEnergyImport: 110 }).isPassed);
    assert.equal(reasonOf(readings.after(890, { activeEnergyImport: 113 })), 'large-rise', 'nor step by step');
    readings.after(10, { activeEnergyImport: 99 });
    for (let i = 0; i < 2; i += 1) assert.ok(readings.after(10, { activeEnergyImport: 110 }).isPassed);
    assert.equal(reasonOf(readings.after(10, { activeEnergyImport: 99 })), 'fell');
    for (let i = 0; i < 2; i += 1) assert.ok(readings.after(60, { activeEnergyImport: 110 }).isPassed);
    assert.equal(reasonOf(readings.after(800, { activeEnergyImport: 113 })), 'large-rise', 'doubt confirms nothing');
  });

  it('lets a new meter begin', () => {
    const readings = new Readings();
    assert.equal(reasonOf(readings.after(0, { activeEnergyImport: 0, activeEnergyExport: 0 })), 'nothing-counted');
    let energy = 0;
    let held = 0;
    for (let i = 0; i < 400; i += 1) {
      energy += 0.1;
      held += readings.after(60, { activeEnergyImport: energy, activeEnergyExport: 0 }).isPassed ? 0 : 1;
    }
    assert.equal(held, 1, 'only the first');
  });

  it('counts parts of a table for themselves', () => {
    const readings = new Readings();
    assert.equal(reasonOf(readings.after(0, { activeEnergyImport: 100 })), 'first-reading');
    assert.equal(reasonOf(readings.after(10, { activeEnergyExport: 0 })), 'first-reading');
    assert.ok(readings.after(10, { activeEnergyImport: 100 }).isPassed);
    assert.ok(
      readings.after(10, { activeEnergyExport: 0 }).isPassed,
      'an export of zero alone is no reader that fails',
    );
  });

  it('does not remember every part that a flow may ask for', () => {
    const readings = new Readings();
    for (let i = 1; i < 200; i += 1) {
      const keys = ['activeEnergyImport', 'activeEnergyExport', 'activeEnergyTotal', 'reactiveEnergyQ1'];
      const more = Array.from({ length: 8 }, (_, tier) => `tier${tier + 1}ActiveEnergyImport`);
      const chosen = [...keys, ...more].filter((_, bit) => (i >> bit) & 1);
      readings.after(1, Object.fromEntries(chosen.map((key) => [key, i])));
    }
    assert.ok(readings.meter!.candidates.size <= 16);
  });
});

describe('A value that stays', () => {
  it('is believed after the set confirmations and time, with the news of it', () => {
    const readings = Readings.at(house, { confirmations: 2, confirmSeconds: 100 });
    const changed = { activeEnergyImport: 12.5, activeEnergyExport: 0.4 };
    const first = readings.after(60, changed);
    assert.deepEqual([first.isPassed, first.confirmations, first.needed], [false, 0, 2]);
    const second = readings.after(60, changed);
    assert.deepEqual([second.isPassed, second.confirmations], [false, 1]);
    const third = readings.after(60, { ...changed, activeEnergyImport: 12.6 });
    assert.ok(third.isPassed);
    assert.deepEqual(third.accepted, [
      { reason: 'fell', key: 'activeEnergyImport', value: 12.6, last: 117_000, limit: 117_000 },
      { reason: 'fell', key: 'activeEnergyExport', value: 0.4, last: 829, limit: 829 },
    ]);
    const next = readings.after(60, { ...changed, activeEnergyImport: 12.7 });
    assert.ok(next.isPassed);
    assert.deepEqual(next.accepted, []);
  });

  it('is not believed before its time, however often it comes', () => {
    const readings = Readings.at(house, { confirmations: 2, confirmSeconds: 100 });
    for (let i = 0; i < 50; i += 1) assert.equal(readings.after(2, { activeEnergyImport: 50 }).isPassed, false);
    assert.ok(readings.after(2, { activeEnergyImport: 50 }).isPassed);
  });

  it('may not be interrupted', () => {
    const readings = Readings.at(house);
    for (let i = 0; i < 40; i += 1) {
      assert.equal(reasonOf(readings.after(120, { activeEnergyImport: 50, activeEnergyExport: 3 })), 'fell');
      assert.equal(reasonOf(readings.after(120, { activeEnergyImport: 50, activeEnergyExport: 3 })), 'fell');
      assert.ok(readings.after(120, house).isPassed);
    }
  });

  it('is never believed when it is nothing at all', () => {
    const readings = Readings.at(house);
    for (let i = 0; i < 50; i += 1) {
      assert.equal(reasonOf(readings.after(600, { activeEnergyImport: 0, activeEnergyExport: 0 })), 'nothing-counted');
    }
    for (let i = 0; i < 50; i += 1) {
      assert.equal(
        reasonOf(readings.after(600, { ...house, activeEnergyImport: 0 })),
        'nothing-counted',
        'nor the import',
      );
    }
    for (let i = 0; i < 50; i += 1) {
      assert.equal(reasonOf(readings.after(600, { ...house, activeEnergyImport: NaN })), 'not-a-number');
    }
    readings.after(600, house);
    assert.ok(readings.after(60, house).isPassed);
  });

  it('is accepted where only export is zero, or import of a meter that never bought', () => {
    const readings = Readings.at(house);
    const verdicts = Array.from({ length: 8 }, () => readings.after(60, { ...house, activeEnergyExport: 0 }));
    assert.ok(verdicts.at(-1)?.isPassed);
    const plant = Readings.at({ activeEnergyImport: 0, activeEnergyExport: 500 });
    assert.ok(plant.after(60, { activeEnergyImport: 0, activeEnergyExport: 500.1 }).isPassed);
  });

  it('comes through even if the fuse is set far too small', () => {
    const readings = Readings.at(house, { fuse: 10, phases: 1, margin: 1 });
    let energy = 117_000;
    let longest = 0;
    for (let i = 0, run = 0; i < 200; i += 1) {
      energy += 0.3;
      run = readings.after(60, { ...house, activeEnergyImport: energy }).isPassed ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    assert.ok(longest > 0 && longest <= 9, String(longest));
  });

  it('is a rollover where the number of digits allows it', () => {
    const end = { activeEnergyImport: 999.95 };
    const begin = { activeEnergyImport: 0.05 };
    for (const [settings, dimensions, reason] of [
      [{}, {}, 'rolled-over'],
      [{ registerDigits: 6 }, {}, 'rolled-over'],
      [{ registerDigits: 7 }, {}, 'fell'],
      [{}, { ET07: { accumulatorRolloverDigit: 6 } }, 'rolled-over'],
      [{}, { ET07: { accumulatorRolloverDigit: 9 } }, 'fell'],
      [{ registerDigits: 7 }, { ET07: { accumulatorRolloverDigit: 6 } }, 'fell'],
      [{ registerDigits: 6 }, { ET07: { accumulatorRolloverDigit: 9 } }, 'rolled-over'],
      [{ registerDigits: 7 }, { ET07: { accumulatorRolloverDigit: 6.5 } }, 'fell'],
    ] as const) {
      const readings = Readings.at(end, settings, dimensions);
      assert.equal(reasonOf(readings.after(60, begin)), reason, JSON.stringify([settings, dimensions]));
      const wait = reason === 'fell' ? 60 : 4;
      for (let i = 0; i < wait; i += 1) assert.ok(!readings.after(60, begin).isPassed);
      const { isPassed, accepted } = readings.after(60, { activeEnergyImport: 0.06 });
      assert.ok(isPassed);
      assert.equal(accepted[0]?.reason, reason);
    }
    const coarse = [{ key: 'activeEnergyImport', value: 10, raw: 1000 }];
    const readings = Readings.at({ activeEnergyImport: 9999.9 }, { registerDigits: 6 });
    assert.equal(reasonOf(readings.after(60, { activeEnergyImport: 0.1 }, coarse)), 'rolled-over', '6 digits of 10 Wh');
    assert.equal(
      reasonOf(Readings.at({ activeEnergyImport: 990 }).after(60, begin)),
      'fell',
      'far from its last digit',
    );
  });

  it('of tariffs that are no parts of the total is accepted for good', () => {
    const at = (i: number): object => ({ activeEnergyImport: 1000 + i / 100, tier1ActiveEnergyImport: 5000 + i / 2 });
    const readings = new Readings();
    readings.after(0, at(0));
    const verdicts = Array.from({ length: 60 }, (_, i) => readings.after(60, at(i + 1)));
    assert.ok(verdicts.slice(-40).every(({ isPassed }) => isPassed));
    assert.deepEqual(
      verdicts.flatMap(({ accepted }) => accepted.map(({ reason }) => reason)),
      ['tiers-exceed-total'],
    );
  });
});

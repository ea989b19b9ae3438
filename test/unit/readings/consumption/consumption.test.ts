import assert from 'node:assert/strict';
import fc from 'fast-check';
import { periodAt, periodBefore, PERIODS } from '../../../../src/readings/consumption/calendar.js';
import { type CountedMeter, countSample } from '../../../../src/readings/consumption/count.js';
import { consumption } from '../../../../src/readings/index.js';
import type { EnergySample } from '../../../../src/readings/consumption/sample.js';
import { throwsWith } from '../../../support/assert-error.js';

const ZONE = 'Europe/Copenhagen';
const at = (time: string): number => Date.parse(time);
const sample = (time: string, bought: number, sold: number | null = 0): EnergySample => ({
  id: '1',
  at: at(time),
  import: bought,
  export: sold,
});

/** A reading arrives at the time it was taken, unless another time is given. */
const count = (meter: CountedMeter | undefined, next: EnergySample, now = next.at): ReturnType<typeof countSample> =>
  countSample(meter, next, ZONE, now);

function countAll(samples: readonly EnergySample[], start?: CountedMeter): CountedMeter {
  let meter = start;
  for (const next of samples) ({ meter } = count(meter, next));
  assert.ok(meter);
  return meter;
}
const report = (...samples: EnergySample[]): consumption.ConsumptionReport =>
  consumption.consumptionReport(countAll(samples));

describe('Consumption by day, month and year', () => {
  it('counts from the first reading on, and marks it as partial', () => {
    assert.deepEqual(report(sample('2026-11-21T14:00:00Z', 100, 7), sample('2026-11-21T15:00:00Z', 100.3, 7.5)), {
      activeEnergyImportToday: 0.3,
      activeEnergyExportToday: 0.5,
      activeEnergyImportYesterday: null,
      activeEnergyExportYesterday: null,
      todaySince: '2026-11-21T14:00:00.000Z',
      activeEnergyImportThisMonth: 0.3,
      activeEnergyExportThisMonth: 0.5,
      activeEnergyImportLastMonth: null,
      activeEnergyExportLastMonth: null,
      thisMonthSince: '2026-11-21T14:00:00.000Z',
      activeEnergyImportThisYear: 0.3,
      activeEnergyExportThisYear: 0.5,
      activeEnergyImportLastYear: null,
      activeEnergyExportLastYear: null,
      thisYearSince: '2026-11-21T14:00:00.000Z',
    });
  });

  it('begins a day at midnight where the user lives, with the last reading before', () => {
    const samples = [sample('2026-11-20T22:59:50Z', 100), sample('2026-11-20T23:00:10Z', 100.25)];
    const { todaySince, activeEnergyImportToday, activeEnergyImportThisMonth } = report(...samples);
    assert.equal(todaySince, '2026-11-20T22:59:50.000Z');
    assert.equal(activeEnergyImportToday, 0.25);
    assert.equal(activeEnergyImportThisMonth, 0.25);
  });

  it('gives yesterday only when it was counted from beginning to end', () => {
    const first = [sample('2026-11-19T22:30:00Z', 90), sample('2026-11-19T23:10:00Z', 91)];
    const second = [sample('2026-11-20T12:00:00Z', 95), sample('2026-11-20T22:30:00Z', 98)];
    const third = [sample('2026-11-20T23:10:00Z', 99)];
    assert.equal(report(...first)['activeEnergyImportYesterday'], null);
    assert.equal(report(...first, ...second, ...third)['activeEnergyImportYesterday'], 8);
    assert.equal(report(...first, ...second, ...third)['activeEnergyImportToday'], 1);
  });

  it('counts what was used in a long gap to no day', () => {
    const { todaySince, ...values } = report(
      sample('2026-11-18T12:00:00Z', 100),
      sample('2026-11-21T12:00:00Z', 140),
      sample('2026-11-21T13:00:00Z', 141),
    );
    assert.equal(values['activeEnergyImportToday'], 1);
    assert.equal(values['activeEnergyImportYesterday'], null);
    assert.equal(todaySince, '2026-11-21T12:00:00.000Z');
    assert.equal(values['activeEnergyImportThisMonth'], 41, 'the gap lies within the month');
  });

  it('does not take a day of last week for yesterday', () => {
    const whole = countAll([sample('2026-11-19T22:30:00Z', 90), sample('2026-11-19T23:10:00Z', 91)]);
    const later = countAll([sample('2026-11-23T12:00:00Z', 99)], whole);
    assert.equal(consumption.consumptionReport(later)['activeEnergyImportYesterday'], null);
  });

  it('waits for a second reading before it accepts that a register fell, then restarts', () => {
    const meter = countAll([sample('2026-11-21T10:00:00Z', 100), sample('2026-11-21T11:00:00Z', 101)]);
    const fallen = count(meter, sample('2026-11-21T11:00:10Z', 3));
    assert.equal(fallen.isCounted, false);
    const stays = count(fallen.meter, sample('2026-11-21T11:00:20Z', 3.2));
    assert.equal(stays.isCounted, true);
    assert.equal(consumption.consumptionReport(stays.meter)['activeEnergyImportToday'], 0);
    const back = count(fallen.meter, sample('2026-11-21T11:00:20Z', 101.5));
    assert.equal(consumption.consumptionReport(back.meter)['activeEnergyImportToday'], 1.5);
    const sold = count(meter, { ...sample('2026-11-21T11:00:10Z', 101), export: null });
    assert.equal(sold.isCounted, true, 'a part of the table tells nothing of the other register');
    assert.equal(consumption.consumptionReport(sold.meter)['activeEnergyExportToday'], null);
  });

  it('takes back only what was read too high when a register goes back a little', () => {
    const meter = countAll([
      sample('2026-10-31T22:50:00Z', 90, 7),
      sample('2026-10-31T23:10:00Z', 91, 7),
      sample('2026-11-20T22:50:00Z', 100, 7),
      sample('2026-11-20T23:10:00Z', 101, 7.5),
    ]);
    const high = [sample('2026-11-21T11:00:00Z', 101.4, 7.5)];
    const after = [sample('2026-11-21T11:10:00Z', 101.1, 7.5), sample('2026-11-21T11:20:00Z', 101.2, 7.5)];
    const counted = consumption.consumptionReport(countAll([...high, ...after], meter));
    assert.deepEqual(counted, consumption.consumptionReport(countAll(after, meter)));
    assert.equal(counted['activeEnergyImportToday'], 1.2);
    assert.equal(counted['activeEnergyImportThisMonth'], 11.2);
  });

  it('keeps the energy bought after the export register rose a little once', () => {
    const meter = countAll([sample('2026-11-20T23:10:00Z', 101, 0), sample('2026-11-21T10:00:00Z', 103, 0)]);
    const sold = [sample('2026-11-21T10:10:00Z', 103, 0.3)];
    const after = [sample('2026-11-21T10:20:00Z', 103.5, 0), sample('2026-11-21T10:30:00Z', 104, 0)];
    const counted = consumption.consumptionReport(countAll([...sold, ...after], meter));
    assert.deepEqual(counted, consumption.consumptionReport(countAll(after, meter)));
    assert.equal(counted['activeEnergyImportToday'], 3);
  });

  it('gives nothing for a day that was counted up to a reading that was too high', () => {
    const meter = countAll([sample('2026-11-19T22:50:00Z', 90), sample('2026-11-19T23:10:00Z', 91)]);
    const high = [sample('2026-11-20T22:55:00Z', 101.4), sample('2026-11-20T23:05:00Z', 101.4)];
    const after = [sample('2026-11-20T23:10:00Z', 101.1), sample('2026-11-20T23:15:00Z', 101.2)];
    assert.equal(report(...after)['activeEnergyImportYesterday'], null);
    const counted = consumption.consumptionReport(
      countAll([...high, ...after, sample('2026-11-21T10:00:00Z', 103)], meter),
    );
    assert.equal(counted['activeEnergyImportYesterday'], null);
    assert.equal(counted['activeEnergyImportToday'], 1.8);
    assert.equal(counted['todaySince'], '2026-11-20T23:15:00.000Z');
    assert.equal(counted['activeEnergyImportThisMonth'], 13);
  });

  it('shows the consumption although single readings are high and true ones held back', () => {
    const step = fc.record({
      minutes: fc.integer({ min: 1, max: 60 }),
      watts: fc.integer({ min: 0, max: 2000 }),
      tooHigh: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3000 })),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 80 }), (steps) => {
        let time = at('2026-11-10T00:00:00Z');
        let watts = 100_000;
        let { meter } = count(undefined, { id: '', at: time, import: watts / 1000, export: null });
        const read = (minutes: number, off: number): void => {
          time += minutes * 60_000;
          ({ meter } = count(meter, { id: '', at: time, import: (watts + off) / 1000, export: null }));
        };
        for (const { minutes, watts: rise, tooHigh } of steps) {
          watts += rise;
          read(minutes, tooHigh);
        }
        read(1, 0);
        read(1, 0);
        assert.equal(consumption.consumptionReport(meter)['activeEnergyImportThisMonth'], (watts - 100_000) / 1000);
      }),
    );
  });

  it('goes on within a day when the clock is set back', () => {
    const meter = countAll([sample('2026-11-21T10:00:00Z', 100), sample('2026-11-21T11:00:00Z', 101)]);
    const within = countAll([sample('2026-11-21T10:30:00Z', 102)], meter);
    assert.equal(consumption.consumptionReport(within)['activeEnergyImportToday'], 2);
  });

  it('loses nothing when a computer without a clock starts in the past, then is set', () => {
    const before = [sample('2026-10-31T20:00:00Z', 50), sample('2026-10-31T23:10:00Z', 60)];
    const meter = countAll([...before, sample('2026-11-20T22:50:00Z', 100), sample('2026-11-20T23:20:00Z', 101)]);
    const { activeEnergyImportThisMonth, activeEnergyImportToday } = consumption.consumptionReport(meter);
    assert.deepEqual([activeEnergyImportThisMonth, activeEnergyImportToday], [41, 1]);
    let after = consumption.recallCountedMeter(JSON.parse(JSON.stringify(meter)));
    for (let second = 0; second < 300; second += 10) {
      const { meter: next, isCounted } = count(
        after,
        sample('2026-11-20T22:17:00Z', 101 + second / 1e4),
        second * 1000,
      );
      assert.equal(isCounted, false);
      after = next;
    }
    after = count(after, sample('2026-11-20T23:40:00Z', 102), 310_000).meter;
    assert.equal(consumption.consumptionReport(after)['activeEnergyImportThisMonth'], 42);
    assert.equal(consumption.consumptionReport(after)['activeEnergyImportToday'], 2);
  });

  it('begins anew when the clock was set back to another day and stays there', () => {
    let meter = countAll([sample('2026-11-21T10:00:00Z', 100), sample('2026-11-21T11:00:00Z', 101)]);
    for (let minute = 0; minute < 15; minute += 1) {
      const next = count(meter, sample('2026-11-19T10:00:00Z', 102), minute * 60_000);
      assert.equal(next.isCounted, false, `${minute} min`);
      ({ meter } = next);
    }
    const { meter: anew, isCounted } = count(meter, sample('2026-11-19T10:15:00Z', 102), 15 * 60_000);
    assert.ok(isCounted);
    const { activeEnergyImportToday, todaySince } = consumption.consumptionReport(anew);
    assert.deepEqual([activeEnergyImportToday, todaySince], [0, '2026-11-19T10:15:00.000Z']);
  });

  it('does not take old readings that come late for a meter that was exchanged', () => {
    const meter = countAll([sample('2026-11-21T08:00:00Z', 100), sample('2026-11-21T11:00:00Z', 103)]);
    let after = meter;
    for (const [place, time] of ['08:30', '09:00', '09:30', '10:00'].entries()) {
      const next = count(after, sample(`2026-11-21T${time}:00Z`, 100.5 + place / 2), at('2026-11-21T11:00:05Z'));
      assert.equal(next.isCounted, false);
      after = next.meter;
    }
    after = countAll([sample('2026-11-21T11:01:00Z', 103.1)], after);
    assert.equal(consumption.consumptionReport(after)['activeEnergyImportToday'], 3.1);
  });

  it('never shows more than the register grew, nor less than zero, at any times', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5e8 }), fc.integer({ min: 0, max: 100_000 })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (list) => {
        let time = at('2026-01-31T20:00:00Z');
        let watts = 0;
        let meter: CountedMeter | undefined;
        for (const [ms, rise] of list) {
          time += ms;
          watts += rise;
          ({ meter } = count(meter, { id: '', at: time, import: watts / 1000, export: null }));
          const { activeEnergyImportToday: day, ...rest } = consumption.consumptionReport(meter);
          assert.ok(Number(day) >= 0 && Number(day) <= Number(rest['activeEnergyImportThisMonth']));
          assert.ok(Number(rest['activeEnergyImportThisMonth']) <= Number(rest['activeEnergyImportThisYear']));
          assert.ok(Number(rest['activeEnergyImportThisYear']) <= watts / 1000);
        }
      }),
    );
  });

  it('adds its days up to the month, read every half hour for a month', () => {
    let meter: CountedMeter | undefined;
    let watts = 0;
    let days = 0;
    let day = '';
    for (let time = at('2026-02-28T22:50:00Z'); time < at('2026-04-02T00:00:00Z'); time += 30 * 60_000) {
      watts += 250;
      ({ meter } = count(meter, { id: '', at: time, import: watts / 1000, export: null }));
      const { activeEnergyImportYesterday, activeEnergyImportLastMonth } = consumption.consumptionReport(meter);
      const today = periodAt(time, 'day', ZONE);
      if (today !== day && today > '2026-03-01' && today <= '2026-04-01') days += Number(activeEnergyImportYesterday);
      day = today;
      if (day === '2026-04-01') assert.equal(activeEnergyImportLastMonth, Math.round(days * 1000) / 1000);
    }
    assert.ok(days > 360);
  });
});

describe('The calendar of consumption', () => {
  it('knows days of 23 and 25 hours', () => {
    assert.equal(periodAt(at('2026-03-28T23:00:00Z'), 'day', ZONE), '2026-03-29');
    assert.equal(periodAt(at('2026-03-29T21:59:59Z'), 'day', ZONE), '2026-03-29');
    assert.equal(periodAt(at('2026-03-29T22:00:00Z'), 'day', ZONE), '2026-03-30');
    assert.equal(periodAt(at('2026-10-25T22:59:59Z'), 'day', ZONE), '2026-10-25');
    assert.equal(periodAt(at('2026-12-31T23:00:00Z'), 'year', ZONE), '2027');
  });

  it('goes back over the ends of months and years', () => {
    assert.equal(periodBefore('2026-03-01'), '2026-02-28');
    assert.equal(periodBefore('2028-03-01'), '2028-02-29');
    assert.equal(periodBefore('2026-01-01'), '2025-12-31');
    assert.equal(periodBefore('2026-01'), '2025-12');
    assert.equal(periodBefore('2026'), '2025');
  });

  it('takes names of time zones and nothing else', () => {
    assert.equal(consumption.timeZoneSetting(undefined), '');
    assert.equal(consumption.timeZoneSetting(' Europe/Zurich '), 'Europe/Zurich');
    for (const wrong of ['Mars/Olympus', 7, {}]) {
      throwsWith(() => consumption.timeZoneSetting(wrong), 'bad-setting');
    }
  });
});

describe('Energy of a message', () => {
  const now = new Date('2026-11-21T12:00:00Z');

  it('is read with its meter and its time', () => {
    const payload = { activeEnergyImport: 5, activeEnergyExport: null };
    const msg = { payload, meter: { serial: '42' }, table: { readAt: '2026-11-21T11:00:00Z' } };
    assert.deepEqual(consumption.energySampleOf(msg, now), {
      id: '42',
      at: at('2026-11-21T11:00:00Z'),
      import: 5,
      export: null,
    });
  });

  it('is not there in other values of a meter', () => {
    assert.equal(consumption.energySampleOf({ payload: { activePower: 7 } }, now), undefined);
  });

  it('is absent where nothing was counted: a reader that has not read yet reports it', () => {
    for (const payload of [{ activeEnergyImport: 0 }, { activeEnergyImport: 0, activeEnergyExport: 0 }]) {
      assert.equal(consumption.energySampleOf({ payload }, now), undefined);
    }
  });

  it('is refused where it cannot be', () => {
    for (const payload of [
      undefined,
      Buffer.of(1),
      'text',
      {},
      { activeEnergyImport: -1 },
      { activeEnergyImport: '5' },
    ]) {
      throwsWith(() => consumption.energySampleOf({ payload }, now), 'bad-payload');
    }
  });
});

describe('What is kept of consumption', () => {
  const meter = countAll([
    sample('2026-11-19T22:30:00Z', 90),
    sample('2026-11-19T23:10:00Z', 91),
    sample('2026-11-20T23:10:00Z', 92),
  ]);

  it('is the same after JSON', () => {
    assert.deepEqual(consumption.recallCountedMeter(JSON.parse(JSON.stringify(meter))), meter);
  });

  it('is nothing where it is something else', () => {
    const { last } = meter;
    const spans = { ...meter.spans, day: { ...meter.spans.day, from: { ...last, import: last.import + 1 } } };
    const others: unknown[] = [
      undefined,
      null,
      1,
      [],
      {},
      { ...meter, last: { ...last, import: -1 } },
      { ...meter, spans },
    ];
    others.push(...PERIODS.map((period) => ({ ...meter, spans: { ...meter.spans, [period]: undefined } })));
    for (const other of others) assert.equal(consumption.recallCountedMeter(other), undefined);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type CountedMeter, countSample } from '../../../../src/readings/consumption/count.js';
import { consumption } from '../../../../src/readings/index.js';
import type { EnergySample } from '../../../../src/readings/consumption/sample.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A household that uses 1 kWh an hour, and the clocks involved in reading its meter. */
class House {
  zone = 'Europe/Copenhagen';
  meter: CountedMeter | undefined;
  /** The true time. */
  time: number;
  /** Errors of the clocks of the computer, of another reader and of the meter, in ms; positive: ahead. */
  hostAhead = 0;
  readerAhead = 0;
  meterAhead: number | undefined;
  #startedAt: number;
  readonly #begun: number;
  readonly reports: consumption.ConsumptionReport[] = [];

  constructor(begin: string) {
    this.time = Date.parse(begin);
    this.#begun = this.time;
    this.#startedAt = this.time;
  }

  get register(): number {
    return Math.round(3000_000 + (this.time - this.#begun) / 3600) / 1000;
  }

  /** Reads at an interval for a duration. */
  run(duration: number, every = MINUTE): this {
    for (const end = this.time + duration; this.time < end;) {
      this.time += Math.min(every, end - this.time);
      this.read();
    }
    return this;
  }

  read(): boolean {
    const host = this.time + this.hostAhead;
    const at = host + this.readerAhead;
    const sample: EnergySample = {
      ...{ id: '', at, import: this.register, export: null },
      ...(this.meterAhead !== undefined && { meterAt: this.time + this.meterAhead }),
    };
    const { meter, isCounted } = countSample(this.meter, sample, this.zone, this.time - this.#startedAt, host - at);
    this.meter = meter;
    if (isCounted) this.reports.push(this.report);
    return isCounted;
  }

  off(duration: number): this {
    this.time += duration;
    this.meter = consumption.recallCountedMeter(JSON.parse(JSON.stringify(this.meter)));
    this.#startedAt = this.time;
    return this;
  }

  get report(): consumption.ConsumptionReport {
    assert.ok(this.meter);
    return consumption.consumptionReport(this.meter);
  }

  /** kWh of today, this month and this year. */
  get counted(): readonly (number | string | null | undefined)[] {
    return ['Today', 'ThisMonth', 'ThisYear'].map((name) => this.report[`activeEnergyImport${name}`]);
  }

  /** The smallest reported consumption of a month. */
  get leastMonth(): number {
    return Math.min(...this.reports.map((each) => Number(each['activeEnergyImportThisMonth'])));
  }
}

/** Noon of the third day, in a month and a year that began during the readings. */
const midYear = (): House =>
  new House('2026-10-30T23:00:00Z').run(DAY, 30 * MINUTE).run(3 * DAY - 12 * HOUR, 30 * MINUTE);
const NOON = [12.5, 60.5, 83.5];
/** The counters so many hours later that day: a day begins with the last reading of the day before. */
const later = (hours: number): readonly number[] => NOON.map((kWh) => kWh + hours);

describe('A clock that is wrong', () => {
  it('does not matter when all clocks agree', () => {
    assert.deepEqual(midYear().counted, NOON);
  });

  for (const [what, ahead] of [
    ['a day', DAY],
    ['a month', 31 * DAY],
    ['years', 3 * 366 * DAY],
  ] as const) {
    for (const meterAhead of [undefined, 0, 2 * HOUR]) {
      const clock = meterAhead === undefined ? 'no meter clock' : `a meter ${meterAhead / HOUR} h ahead`;
      it(`for one reading, ${what} ahead or behind, with ${clock}, changes nothing`, () => {
        for (const jump of [ahead, -ahead]) {
          const house = midYear();
          house.meterAhead = meterAhead;
          house.run(MINUTE).reports.length = 0;
          house.hostAhead = jump;
          house.run(10 * SECOND, 10 * SECOND);
          house.hostAhead = 0;
          house.run(HOUR - 70 * SECOND);
          assert.deepEqual(house.counted, later(1));
          assert.ok(house.leastMonth >= 60.5, `${house.leastMonth} kWh reported meanwhile`);
        }
      });

      it(`for hours, ${what} ahead or behind, with ${clock}, costs no month and no year`, () => {
        for (const jump of [ahead, -ahead]) {
          const house = midYear();
          house.meterAhead = meterAhead;
          house.run(MINUTE);
          house.hostAhead = jump;
          house.run(2 * HOUR - MINUTE);
          house.hostAhead = 0;
          house.run(HOUR);
          const [today, ...longer] = house.counted;
          assert.deepEqual(longer, later(3).slice(1), String(jump));
          assert.ok(Number(today) <= 15.5 && Number(today) >= (meterAhead === 0 ? 15.5 : 0), String(today));
          // The next day is counted normally.
          house.run(DAY);
          assert.deepEqual(house.counted, [15.017, 87.5, 110.5]);
        }
      });
    }

    it(`of a reader elsewhere, ${what} ahead for one reading, changes nothing`, () => {
      const house = midYear();
      house.readerAhead = ahead;
      house.run(10 * SECOND, 10 * SECOND);
      house.readerAhead = 0;
      house.run(HOUR - 10 * SECOND);
      assert.deepEqual(house.counted, later(1));
    });

    it(`after a restart, ${what} ahead until network time comes, costs nothing`, () => {
      for (const meterAhead of [undefined, 0]) {
        const house = midYear();
        house.meterAhead = meterAhead;
        house.run(MINUTE).off(10 * MINUTE).hostAhead = ahead;
        house.run(5 * MINUTE);
        house.hostAhead = 0;
        house.run(HOUR - 16 * MINUTE);
        assert.deepEqual(house.counted, later(1));
      }
    });
  }

  it('of a computer at 1970 after each start, loses and doubles nothing', () => {
    for (const meterAhead of [undefined, 0]) {
      for (const wait of [MINUTE, HOUR, 5 * HOUR]) {
        const house = midYear();
        house.meterAhead = meterAhead;
        house.run(MINUTE).off(10 * MINUTE).hostAhead = -house.time;
        house.run(wait);
        assert.ok(house.leastMonth >= 0);
        assert.equal(house.report['thisYearSince'], '2026-10-30T23:30:00.000Z');
        house.hostAhead = 0;
        house.run(6 * HOUR - wait - 11 * MINUTE);
        assert.deepEqual(house.counted, later(6), `${wait / MINUTE} min`);
      }
    }
  });

  it('of a computer that was never set, is dated when the clock is set', () => {
    const house = new House('2026-11-21T12:00:00Z');
    house.hostAhead = -house.time;
    house.run(2 * HOUR);
    house.hostAhead = 0;
    house.run(HOUR);
    const used = Math.round((3 - 1 / 60) * 1000) / 1000;
    assert.deepEqual(house.counted, [used, used, used]);
    assert.match(String(house.report['todaySince']), /^2026-11-21T12:0/);
  });

  it('gives way to the meter for as long as it is wrong', () => {
    const house = midYear();
    house.meterAhead = 0;
    house.run(MINUTE).hostAhead = 3 * DAY;
    house.run(3 * DAY - MINUTE);
    assert.deepEqual(house.counted, [12.017, 132.5, 155.5]);
    house.off(HOUR).run(HOUR);
    assert.deepEqual(house.counted, [14.017, 134.5, 157.5]);
  });

  it('of a meter that lost its time, or is set, changes nothing', () => {
    for (const ahead of [DAY, -DAY, -30 * 366 * DAY]) {
      const house = midYear();
      house.meterAhead = 0;
      house.run(MINUTE).meterAhead = ahead;
      house
        .run(30 * MINUTE)
        .off(10 * MINUTE)
        .run(19 * MINUTE);
      assert.deepEqual(house.counted, later(1));
    }
  });
});

describe('Whatever the clocks show', () => {
  const event = fc.record({
    ahead: fc.oneof(
      fc.constant(0),
      fc.integer({ min: -3 * 3600, max: 3 * 3600 }),
      fc.integer({ min: -40 * 86_400, max: 40 * 86_400 }),
      fc.integer({ min: -50 * 365 * 86_400, max: 20 * 365 * 86_400 }),
    ),
    readings: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 100 })),
    right: fc.integer({ min: 1, max: 60 }),
    isRestarted: fc.boolean(),
    isReader: fc.boolean(),
  });

  it('month and year hold the consumption once the clock was right for half an hour', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 4 }), fc.constantFrom(undefined, 0, HOUR), (events, meterAhead) => {
        const house = midYear();
        house.meterAhead = meterAhead;
        house.run(MINUTE);
        const begun = house.time - MINUTE;
        for (const { ahead, readings, right, isRestarted, isReader } of events) {
          if (isRestarted) house.off(10 * MINUTE);
          house[isReader ? 'readerAhead' : 'hostAhead'] = ahead * SECOND;
          house.run(readings * MINUTE);
          house.hostAhead = 0;
          house.readerAhead = 0;
          house.run(right * MINUTE);
        }
        house.run(31 * MINUTE);
        const hours = (house.time - begun) / HOUR;
        const [today, ...longer] = house.counted;
        assert.deepEqual(
          longer,
          later(hours)
            .slice(1)
            .map((kWh) => Math.round(kWh * 1000) / 1000),
        );
        assert.ok(Number(today) >= 0 && Number(today) <= 12.5 + hours + 0.001);
      }),
      { numRuns: 300 },
    );
  });

  for (const off of [-400 * DAY, -5 * DAY, DAY / 2, 2 * DAY, 400 * DAY]) {
    it(`readings of another time, ${off / DAY} days off the computer's, count by their own`, () => {
      const times = ['2026-12-30T22:50:00Z', '2026-12-30T23:00:00Z', '2026-12-31T09:00:00Z', '2026-12-31T22:50:00Z'];
      const wrong = '2027-01-01T09:00:01Z';
      const after = ['2026-12-31T22:51:00Z', '2026-12-31T22:55:00Z', '2026-12-31T23:05:00Z', '2027-01-01T01:00:00Z'];
      let meter: CountedMeter | undefined;
      const host = Date.parse('2026-12-31T09:00:00Z') + off;
      const months: unknown[] = [];
      for (const [place, time] of [...times, wrong, ...after].entries()) {
        const at = Date.parse(time);
        const sample = { id: '', at, import: 3000 + place, export: null };
        const count = countSample(meter, sample, 'Europe/Copenhagen', place * 10, host + place * 10 - at);
        ({ meter } = count);
        assert.ok(count.isCounted, time);
        months.push(consumption.consumptionReport(meter)['activeEnergyImportThisMonth']);
      }
      assert.deepEqual([...months.slice(0, 4), ...months.slice(5)], [0, 1, 2, 3, 5, 6, 1, 2]);
    });
  }
});

describe('Days that begin elsewhere', () => {
  it('keep month and year when the time zone changes after midnight, there and back', () => {
    const newYear = new House('2025-12-29T23:00:00Z').run(2 * DAY + HOUR / 2, 30 * MINUTE);
    assert.deepEqual(newYear.counted, [1, 1, 1]);
    newYear.zone = 'UTC';
    newYear.run(10 * MINUTE);
    assert.deepEqual(newYear.counted, [25.167, 48.167, 48.167]);
    newYear.zone = 'Europe/Copenhagen';
    newYear.run(20 * MINUTE);
    assert.deepEqual(newYear.counted, [1.5, 1.5, 1.5]);
  });

  it('count 23 and 25 hours', () => {
    for (const [begin, hours] of [
      ['2026-03-28T22:30:00Z', 23],
      ['2026-10-24T21:30:00Z', 25],
    ] as const) {
      const house = new House(begin).run(HOUR / 2, 5 * MINUTE).run(hours * HOUR + 5 * MINUTE, 5 * MINUTE);
      assert.equal(house.report['activeEnergyImportYesterday'], hours);
    }
  });
});

describe('A register that begins anew', () => {
  const count = (
    meter: CountedMeter | undefined,
    time: string,
    bought: number,
    rolloverDigits?: number,
  ): CountedMeter => {
    const at = Date.parse(time);
    const digits = rolloverDigits === undefined ? {} : { rolloverDigits };
    return countSample(meter, { id: '', at, import: bought, export: null, ...digits }, 'UTC', at).meter;
  };
  const monthOf = (meter: CountedMeter): unknown => consumption.consumptionReport(meter)['activeEnergyImportThisMonth'];

  it('keeps what month and year have counted', () => {
    let meter = count(undefined, '2026-11-20T10:00:00Z', 100);
    meter = count(meter, '2026-11-20T10:30:00Z', 107);
    for (const [minute, kWh] of [2, 2.1, 2.4].entries()) meter = count(meter, `2026-11-20T10:3${minute + 1}:00Z`, kWh);
    assert.equal(monthOf(meter), 7.3);
    const kept = consumption.recallCountedMeter(JSON.parse(JSON.stringify(meter)));
    assert.deepEqual(kept, meter);
    assert.equal(monthOf(count(kept, '2026-11-20T11:00:00Z', 3.4)), 8.3);
  });

  it('after its last digit goes on counting', () => {
    for (const [end, digits] of [
      [99.9, 5],
      [999.95, undefined],
      [99_999.9, 8],
      [99_999.9, 6],
    ] as const) {
      let meter = count(undefined, '2026-11-20T10:00:00Z', end - 5, digits);
      for (const [minute, kWh] of [end, 0.2, 0.3].entries())
        meter = count(meter, `2026-11-20T10:1${minute}:00Z`, kWh, digits);
      const rest = Math.round((10 ** Math.ceil(Math.log10(end)) - end) * 1000) / 1000;
      assert.equal(monthOf(meter), Math.round((5 + rest + 0.3) * 1000) / 1000);
      assert.equal(consumption.consumptionReport(meter)['activeEnergyImportToday'], monthOf(meter));
    }
  });

  it('is not counted when it jumps further than any connection carries', () => {
    let meter = count(undefined, '2026-11-20T10:00:00Z', 0.2);
    meter = count(meter, '2026-11-20T10:01:00Z', 0.25);
    for (const [minute, kWh] of [12_345, 12_345.1, 12_345.2].entries())
      meter = count(meter, `2026-11-20T10:1${minute}:00Z`, kWh);
    assert.equal(monthOf(meter), 0.15);
  });
});

import assert from 'node:assert/strict';
import { mergeOutages, momentsIn } from '../../../../src/history/index.js';
import type { DataSetSetup, SimulatedMeter } from '../../../../src/simulator/index.js';
import type { TableValues } from '../../../../src/tables/index.js';
import type { FakeClock } from '../../../support/fake-clock.js';
import { assertTruth, energyOf, look, simulated, tableOf, textIn } from '../../../support/history/simulated-profile.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const QUARTER = 15 * MINUTE;
const ZONE = 'Europe/Copenhagen';
const QUARTERS: DataSetSetup = { blocks: 4, intervals: 96, minutes: 15, channels: [0, 1] };

const quarters = (start: string): { meter: SimulatedMeter; clock: FakeClock } =>
  simulated({ loadProfile: { dataSets: [QUARTERS] } }, start);

/** The local date on which an interval lies. */
function localDate(end: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE, dateStyle: 'short' });
  return parts.format(Date.parse(end) - 1);
}

describe('Daylight saving time in the simulated load profile', () => {
  for (const [change, date, count] of [
    ['spring', '2026-03-29', 92],
    ['autumn', '2026-10-25', 100],
  ] as const) {
    it(`leaves ${count} quarters in the local day of ${change}, all of 15 minutes in UTC`, async () => {
      const { meter } = quarters(`${date}T23:50:00Z`);
      const read = await look(meter);
      assertTruth(meter, read);
      const day = read.records.filter(({ history }) => localDate(history.end) === date);
      assert.equal(day.length, count);
      for (const [i, { history }] of read.records.entries()) {
        assert.equal(Date.parse(history.end) - Date.parse(history.start), QUARTER);
        if (i > 0) assert.equal(history.start, read.records[i - 1]?.history.end);
        assert.notEqual(history.used['activeEnergyImport'] === null, i > 0);
      }
      // "In effect during or at start of interval": the flag changes with the interval that begins at 01:00 UTC.
      const flagged = read.records.filter(({ history }) => history.flags.includes('daylight-saving'));
      const edge = change === 'spring' ? flagged[0]?.history.start : flagged.at(-1)?.history.end;
      assert.equal(edge, `${date}T01:00:00Z`);
    });
  }

  it('moves the local clock by an hour at 01:00 UTC', async () => {
    const { meter, clock } = quarters('2026-03-29T00:59:00Z');
    const local = (): string => textIn(tableOf(meter, 'BT55'), 'clockCalendar');
    assert.equal(local(), '2026-03-29T01:59:00');
    assert.equal(tableOf(meter, 'BT55')['daylightSavingTime'], false);
    await clock.advance(MINUTE);
    assert.equal(local(), '2026-03-29T03:00:00');
    assert.equal(tableOf(meter, 'BT55')['daylightSavingTime'], true);
    assert.equal(tableOf(meter, 'BT52')['clockCalendar'], '2026-03-29T01:00:00');
    assert.equal(tableOf(meter, 'BT53')['daylightSavingTimeAdjustment'], 60);
    const dates = (tableOf(meter, 'BT54')['recurringDates'] as TableValues[]).filter(({ action }) =>
      [1, 2].includes(Number(action)),
    );
    assert.equal(dates.length, 2);
  });

  it('makes self-reads at local midnight', async () => {
    const { meter, clock } = simulated({}, '2026-10-24T12:00:00Z');
    await clock.advance(48 * HOUR);
    const reads = tableOf(meter, 'BT26');
    const entries = (reads['selfReadEntries'] as TableValues[]).map((entry) => textIn(entry, 'timeAndDate'));
    assert.ok(entries.includes('2026-10-25T00:00') && entries.includes('2026-10-26T00:00'));
    const taken = meter.measure().history;
    const day = Date.UTC(2026, 9, 25) / 86_400_000;
    const flow = taken.totalsAt(Date.parse('2026-10-24T22:00:00Z'))?.forward;
    assert.equal(taken.atMidnight(day)?.totals.forward, flow);
    assert.equal(
      taken.atMidnight(day + 1)?.totals.forward,
      taken.totalsAt(Date.parse('2026-10-25T23:00:00Z'))?.forward,
    );
  });

  it('shows outages of the repeated hour at ambiguous local times, which ET09 resolves', async () => {
    const { meter, clock } = quarters('2026-10-25T00:20:00Z');
    for (let i = 0; i < 2; i++) {
      meter.measure();
      meter.powerOff();
      await clock.advance(10 * MINUTE);
      meter.powerOn();
      await clock.advance(50 * MINUTE);
    }
    const et81 = (tableOf(meter, 'ET81')['logEntries'] as TableValues[]).filter((entry) =>
      textIn(entry, 'startTimestamp').startsWith('2026-10-25T02:20'),
    );
    assert.equal(et81.length, 2);
    const et09 = tableOf(meter, 'ET09')['powerOutageRecords'] as TableValues[];
    const merged = mergeOutages({ et09, et81, momentsOf: momentsIn(ZONE) });
    assert.deepEqual(
      merged.slice(-2).map(({ start, end }) => [start, end]),
      [
        ['2026-10-25T00:20:00Z', '2026-10-25T00:30:00Z'],
        ['2026-10-25T01:20:00Z', '2026-10-25T01:30:00Z'],
      ],
    );
  });
});

describe('An outage in the simulated load profile', () => {
  const cases = {
    'of 3 minutes': ['2026-11-20T10:05:00Z', 3 * MINUTE, 1],
    'of 3 hours': ['2026-11-20T10:05:00Z', 3 * HOUR, 13],
    'over midnight': ['2026-11-20T22:50:00Z', 2 * HOUR, 9],
  } as const;
  for (const [name, [start, lasts, flagged]] of Object.entries(cases)) {
    it(`${name} leaves no hole: its intervals are filled in and flagged`, async () => {
      const { meter, clock } = quarters(start);
      const { cursor } = await look(meter);
      meter.powerOff();
      await clock.advance(lasts);
      meter.powerOn();
      await clock.advance(HOUR);
      const read = await look(meter, { cursor });
      assert.deepEqual(read.lost, []);
      const failed = read.records.filter(({ history }) => history.quality === 'power-fail');
      assert.equal(failed.length, flagged);
      for (const { history } of failed) assert.ok(history.used['activeEnergyImport'] !== null);
      assert.equal(read.records.length, Math.floor((lasts + HOUR + 5 * MINUTE) / QUARTER));
      assertTruth(meter, await look(meter));
    });
  }

  for (const days of [0, 2]) {
    it(`of ${days} days and 2 hours leaves a gap where the meter cannot fill it`, async () => {
      const { meter, clock } = quarters('2026-11-20T22:50:00Z');
      meter.history.fillsOutages = false;
      const first = await look(meter);
      meter.powerOff();
      await clock.advance(days * 24 * HOUR + 2 * HOUR);
      meter.powerOn();
      await clock.advance(HOUR);
      const read = await look(meter, { cursor: first.cursor });
      assert.deepEqual(read.lost, []);
      const [gapped] = read.records;
      assert.equal(gapped?.history.used['activeEnergyImport'], null);
      assert.equal(gapped.history.gap?.start, '2026-11-20T22:45:00Z');
      // Blocks are numbered without a gap whatever was missed.
      assert.equal(gapped.history.block, (first.records.at(-1)?.history.block ?? NaN) + 1);
      assertTruth(meter, await look(meter));
      assert.equal(tableOf(meter, 'BT03')['loadProfileBackfillFailed'], true);
      const events = meter.history.events.kept(false, 3).map(({ event }) => event);
      assert.deepEqual(events, [1, 2, 79]);
    });
  }
});

describe('A clock that is set in the simulated meter', () => {
  const start = '2026-11-20T10:05:00Z';
  const cases = {
    'forward within an interval': [5 * MINUTE, 'partial', 'clock-forward'],
    'forward over intervals': [38 * MINUTE, 'partial', 'clock-forward'],
    'forward to the next day': [20 * HOUR, 'partial', 'clock-forward'],
    'back within an interval': [-3 * MINUTE, 'long', 'clock-back'],
    'back over intervals': [-40 * MINUTE, 'long', 'clock-back'],
    'back to the day before': [-20 * HOUR, 'long', 'clock-back'],
  } as const;
  for (const [name, [ms, quality, flag]] of Object.entries(cases)) {
    it(`${name} is flagged, and the energy over it stays right or unknown`, async () => {
      const { meter, clock } = quarters(start);
      const first = await look(meter);
      const before = first.records.at(-1);
      meter.history.setClock(ms);
      assert.equal(Date.parse(`${textIn(tableOf(meter, 'BT52'), 'clockCalendar')}Z`), Date.parse(start) + ms);
      await clock.advance(3 * HOUR);
      const read = await look(meter, { cursor: first.cursor });
      assert.deepEqual(read.lost, []);
      const [set, ...others] = read.records;
      assert.deepEqual([set?.history.quality, set?.history.flags], [quality, [flag]]);
      assert.ok(others.length > 8 && others.every(({ history }) => history.quality === 'ok'));
      const used = energyOf(read.records);
      const total =
        (read.records.at(-1)?.payload['activeEnergyImport'] ?? NaN) - (before?.payload['activeEnergyImport'] ?? NaN);
      if (ms > -15 * MINUTE) assert.ok(Math.abs(used - total) < 1e-6, `${used} ${total}`);
      else assert.ok(used < total, 'an interval that ends before the last one has no known energy');
      assertTruth(meter, await look(meter));
      const events = meter.history.events.kept(false, 2).map(({ event, time }) => [event, time - Date.parse(start)]);
      assert.deepEqual(events, [
        [3, 0],
        [4, ms],
      ]);
    });
  }

  it('twice in one interval keeps one block', async () => {
    const { meter, clock } = quarters(start);
    meter.history.setClock(4 * MINUTE);
    await clock.advance(MINUTE);
    meter.history.setClock(-4 * MINUTE);
    await clock.advance(HOUR);
    const read = await look(meter);
    assertTruth(meter, read);
    assert.equal(new Set(read.records.slice(-5).map(({ history }) => history.block)).size, 1);
  });
});

describe('The simulated log of events', () => {
  it('has the changes of daylight saving time and of the season', async () => {
    const { meter, clock } = simulated({ isUsed: false }, '2026-03-20T00:00:00Z');
    meter.history.events.kept(false, 1);
    await clock.advance(20 * 24 * HOUR);
    meter.measure();
    assert.deepEqual(
      meter.history.events.kept(false, 10).map(({ event, time }) => [event, new Date(time).toISOString()]),
      [
        [22, '2026-03-29T01:00:00.000Z'],
        [24, '2026-03-31T22:00:00.000Z'],
      ],
    );
  });
});

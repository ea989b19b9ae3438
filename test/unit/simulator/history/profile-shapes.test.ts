import assert from 'node:assert/strict';
import { toHex } from '../../../../src/bytes/hex.js';
import { RecordedDataSet } from '../../../../src/simulator/load-profile/data-set.js';
import type { DataSetSetup } from '../../../../src/simulator/index.js';
import {
  assertTruth,
  energyOf,
  look,
  profilesOf,
  simulated,
  tableOf,
} from '../../../support/history/simulated-profile.js';

const HOUR = 3_600_000;
const QUARTERS: DataSetSetup = { blocks: 3, intervals: 96, minutes: 15, channels: [0, 1] };

/** The data set of the worked example: 15 min, 2 channels, 4 intervals a block, of which two are recorded. */
function example(): RecordedDataSet {
  const start = Date.parse('2025-12-01T00:00:00Z');
  const values = [
    [1_000, 10],
    [1_010, 10],
  ];
  const setup = { blocks: 1, intervals: 4, minutes: 15, channels: [0, 1] };
  return new RecordedDataSet(setup, { from: start, offset: 0, sequence: 0 }, () => ({
    breaks: [],
    now: start + 31 * 60_000,
    isRecorded: () => true,
    contentOf: ({ number }) => ({ common: number === 1 ? 2 : 0, statuses: [0, 0], values: values[number] ?? [] }),
  }));
}

describe('A block of the simulated load profile', () => {
  it('has the bytes of the worked example', () => {
    const bytes = toHex(example().image, ' ').toUpperCase();
    const recorded = '19 0C 01 00 1E 03 00 00 E8 03 00 00 0A 00 00 00 20 00 F2 03 00 00 0A 00 00 00'.toUpperCase();
    assert.equal(bytes.slice(0, recorded.length), recorded);
    // Two intervals that were not recorded: 20 bytes to ignore, which are not zeros.
    assert.equal(bytes.length, recorded.length + 3 * 20);
    assert.match(bytes.slice(recorded.length), /F2 03/);
  });
});

describe('The load profile of a simulated meter', () => {
  it('reaches back a month, and its energy is the difference of the register', async () => {
    const { meter } = simulated({ profile: 'gen3' });
    const read = await look(meter);
    assertTruth(meter, read);
    assert.equal(read.records.length, 31 * 96 + 40);
    const totals = read.records.map(({ payload }) => payload['activeEnergyImport'] ?? NaN);
    assert.ok(Math.abs(energyOf(read.records) - ((totals.at(-1) ?? NaN) - (totals[0] ?? NaN))) < 1e-6);
    const [register = NaN] = tableOf(meter, 'BT23')['summations'] as number[];
    const since = register / 1_000 - (totals.at(-1) ?? NaN);
    assert.ok(since >= 0 && since < 2, String(since));
    assert.ok(read.records.every(({ history }) => history.quality === 'ok'));
    assert.ok(read.requests <= 71, String(read.requests));
  });

  it('costs one read where nothing is new, and few bytes for one interval', async () => {
    const { meter, clock } = simulated({ loadProfile: { dataSets: [QUARTERS] } });
    const { cursor } = await look(meter);
    const idle = await look(meter, { cursor });
    assert.deepEqual([idle.requests, idle.bytes, idle.records.length], [1, 13, 0]);
    await clock.advance(HOUR / 4);
    const next = await look(meter, { cursor });
    assert.equal(next.records.length, 1);
    assert.ok(next.requests <= 3 && next.bytes <= 60, `${next.requests} ${next.bytes}`);
  });

  const shapes: Readonly<Record<string, DataSetSetup>> = {
    'of hours in blocks of a day': { blocks: 5, intervals: 24, minutes: 60, channels: [0, 1] },
    'of days': { blocks: 2, intervals: 7, minutes: 1_440, channels: [0, 1] },
    'of 18 hours that begin at 06:00': { blocks: 4, intervals: 72, minutes: 15, channels: [0], startMinute: 360 },
    'of 5 minutes in blocks of an hour': { blocks: 30, intervals: 12, minutes: 5, channels: [1, 0, 2] },
    'of 1 minute': { blocks: 2, intervals: 30, minutes: 1, channels: [0] },
    'of 7 minutes': { blocks: 2, intervals: 100, minutes: 7, channels: [0] },
    'of one block with one interval': { blocks: 1, intervals: 1, minutes: 15, channels: [0] },
    'with 16 channels': {
      blocks: 2,
      intervals: 96,
      minutes: 15,
      channels: [0, 1, 2, 3, 6, 7, 108, 109, 110, 111, 15, 16, 17, 8, 9, 4],
    },
  };
  for (const [name, set] of Object.entries(shapes)) {
    it(`is read as it was recorded, in blocks ${name}`, async () => {
      const { meter, clock } = simulated({ loadProfile: { dataSets: [set] } });
      const read = await look(meter, { pieceBytes: 104 });
      assertTruth(meter, read);
      assert.ok(read.records.length > 0);
      await clock.advance(set.minutes * 60_000);
      const more = await look(meter, { cursor: read.cursor });
      assert.deepEqual(more.lost, []);
      const all = [...read.records, ...more.records].map(({ history: { end } }) => Date.parse(end));
      for (const [i, end] of all.entries()) if (i > 0) assert.equal(end - (all[i - 1] ?? 0), set.minutes * 60_000);
      assert.equal(all.at(-1), meter.history.recorded().at(-1)?.end);
      const definition = tableOf(meter, 'ET42');
      assert.deepEqual(
        [definition['blockStartHour'], definition['intervalsPerBlock'], definition['numberOfChannels']],
        [(set.startMinute ?? 0) / 60, set.intervals, set.channels.length],
      );
    });
  }

  it('has up to four data sets, of which one is the primary', async () => {
    const sets = [60, 30, 15, 5].map((minutes, i) => ({ blocks: 2, intervals: 24, minutes, channels: [i % 2] }));
    const { meter } = simulated({ loadProfile: { dataSets: sets, primary: 3 } });
    assert.equal(profilesOf(meter).length, 4);
    assert.equal(tableOf(meter, 'ET55')['primaryLoadProfileIndex'], 2);
    for (const dataSet of [1, 2, 3, 4]) {
      const read = await look(meter, { dataSet });
      assertTruth(meter, read, dataSet);
      assert.equal(read.records[0]?.history.minutes, sets[dataSet - 1]?.minutes);
    }
  });

  it('has one data set of 13 bytes in BT61 before firmware 3.50', async () => {
    const { meter } = simulated({ profile: 'gen2' });
    assert.equal(meter.image('BT61')?.length, 13);
    assert.equal(meter.image('BT63')?.length, 13);
    assert.equal(profilesOf(meter).length, 1);
    assertTruth(meter, await look(meter));
  });

  it('can be none at all', () => {
    const { meter } = simulated({ loadProfile: { dataSets: [] } });
    assert.deepEqual(profilesOf(meter), []);
    assert.ok(meter.image('BT61')?.every((byte, at) => at < 7 || byte === 0));
    assert.equal(meter.image('BT64')?.length, 0);
    assert.deepEqual(meter.history.recorded(), []);
  });

  it('is empty in a new meter, until its first interval has ended', async () => {
    const { meter, clock } = simulated({ isUsed: false, loadProfile: { dataSets: [QUARTERS] } });
    assert.deepEqual((await look(meter)).records, []);
    await clock.advance(HOUR);
    const read = await look(meter);
    assertTruth(meter, read);
    assert.equal(read.records.length, 4);
  });

  for (const [unit, ratio] of [
    [1, 1],
    [10, 1],
    [100, 60],
  ] as const) {
    it(`has the registers' unit: ${unit} Wh with a CT ratio of ${ratio}`, async () => {
      const setup = { energyRegisterUnit: unit, ctRatio: ratio };
      const { meter } = simulated({ setup, loadProfile: { dataSets: [QUARTERS] } }, '2026-11-20T10:00:00Z');
      const read = await look(meter);
      assertTruth(meter, read);
      const last = read.records.at(-1);
      const [register = NaN] = tableOf(meter, 'BT23')['summations'] as number[];
      assert.equal(last?.registers[0]?.raw, register);
      assert.ok(Math.abs((last.payload['activeEnergyImport'] ?? NaN) - (register * unit) / 1_000) < 1e-9);
    });
  }

  it('rolls over with the registers, and no energy is lost in it', async () => {
    const { meter, clock } = simulated({
      setup: { rolloverDigits: 5 },
      loadProfile: { dataSets: [{ blocks: 30, intervals: 24, minutes: 60, channels: [0] }] },
    });
    const first = await look(meter);
    const begin = meter.measure().registers.totals.forward;
    await clock.advance(15 * 24 * HOUR);
    const read = await look(meter, { cursor: first.cursor });
    const raws = read.records.map(({ registers }) => registers[0]?.raw ?? 0);
    assert.ok(
      raws.some((raw, i) => raw < (raws[i - 1] ?? 0)),
      'no rollover',
    );
    assert.ok(Math.max(...raws) < 100_000);
    const end = meter.measure().registers.totals.forward;
    // Both sides of the span are cut to an hour.
    assert.ok(Math.abs(energyOf(read.records) - (end - begin) / 3.6e6) < 5);
    assert.ok(read.records.every(({ history }) => (history.used['activeEnergyImport'] ?? -1) >= 0));
  });
});

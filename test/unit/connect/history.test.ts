import assert from 'node:assert/strict';
import { HistoryStage } from '../../support/history/history-stage.js';
import { stage } from '../../support/meter/meter-stage.js';
import { opticalMeterStage } from '../../support/meter/optical-meter-stage.js';

const QUARTER_MS = 900_000;
const made: ConstructorParameters<typeof HistoryStage>[0][] = [];

function historyOf(kept: ConstructorParameters<typeof HistoryStage>[0], options = {}): HistoryStage {
  made.push(kept);
  return new HistoryStage(kept, options);
}

describe('The history of a simulated meter', () => {
  afterEach(async () => {
    for (const { clock, meter } of made.splice(0)) await clock.run(meter.close());
  });

  it('has each interval once and in order, and its energy adds up to the register', async () => {
    const { records, notes } = await historyOf(stage()).look();
    const ends = records.map(({ history }) => Date.parse(String(history['end'])));
    assert.ok(ends.every((end, at) => at === 0 || end - (ends[at - 1] ?? 0) === QUARTER_MS));
    const total = (at: number): number => Number(records.at(at)?.payload['activeEnergyImport']);
    const used = records.slice(1).map(({ history }) => history['used'] as Record<string, number>);
    const sum = used.reduce((all, one) => all + (one['activeEnergyImport'] ?? NaN), 0);
    assert.equal(Math.round(sum * 1_000), Math.round((total(-1) - total(0)) * 1_000));
    assert.equal(records.at(-1)?.history['more'], 0);
    assert.ok(records.every(({ history }) => history['backfill'] === true));
    const [profile] = notes;
    assert.ok(profile?.topic === 'profile' && 'days' in profile.payload);
    assert.deepEqual([profile.payload.dataSet, profile.payload.minutes], [1, 15]);
    assert.equal(records.length, profile.payload.days * 96);
    assert.equal(profile.payload.newest, records.at(-1)?.history['end']);
    assert.equal(profile.payload.oldest, records[0]?.history['start']);
  });

  it('takes one read of 13 bytes where nothing is new, and three for one interval', async () => {
    const history = historyOf(stage());
    await history.look();
    const nothing = await history.look();
    assert.deepEqual([nothing.records, nothing.notes, nothing.reads], [[], [], [[63, 0, 13]]]);
    await history.made.clock.advance(QUARTER_MS);
    const { records, reads } = await history.look();
    assert.equal(records.length, 1);
    assert.deepEqual([records[0]?.history['backfill'], records[0]?.history['more']], [false, 0]);
    assert.ok(reads.length <= 3, JSON.stringify(reads));
    assert.ok(reads.reduce((sum, [, , bytes]) => sum + bytes, 0) <= 60, JSON.stringify(reads));
  });

  it('sends a span again with the same energies, and leaves the position', async () => {
    const history = historyOf(stage());
    const { records } = await history.look();
    const { memory } = history;
    const span = { from: Date.parse('2026-11-18T00:00:00Z'), to: Date.parse('2026-11-18T06:00:00Z') };
    const again = await history.look({ span });
    assert.equal(again.records.length, 24);
    const usedOf = (all: typeof records): unknown[] => all.map(({ history: { end, used } }) => [end, used]);
    const former = records.filter(({ history: { start, end } }) => {
      return Date.parse(String(start)) >= span.from && Date.parse(String(end)) <= span.to;
    });
    assert.deepEqual(usedOf(again.records), usedOf(former));
    assert.deepEqual(history.memory, memory);
    const future = await history.look({ span: { from: Date.parse('2027-01-01'), to: Date.parse('2027-01-02') } });
    assert.deepEqual([future.records, future.notes.map(({ topic }) => topic)], [[], ['profile']]);
    const past = await history.look({ span: { from: Date.parse('2020-01-01'), to: Date.parse('2020-01-02') } });
    assert.deepEqual([past.records, past.notes.map(({ topic }) => topic)], [[], ['profile']]);
  });

  it('begins with what is new, or some days back', async () => {
    const fromNow = historyOf(stage());
    assert.deepEqual((await fromNow.look({ start: 'now' })).records, []);
    await fromNow.made.clock.advance(QUARTER_MS);
    const [record] = (await fromNow.look({ start: 'now' })).records;
    assert.equal(record?.history['end'], '2026-11-20T12:15:00Z');
    assert.notEqual((record.history['used'] as Record<string, unknown>)['activeEnergyImport'], null);
    const { records } = await historyOf(stage()).look({ start: { days: 2 } });
    assert.equal(records.length, 2 * 96);
  });

  it('is the same at the optical port with the key that only reads', async () => {
    const { records } = await historyOf(stage()).look({ start: { days: 4 } });
    const optical = historyOf(opticalMeterStage());
    const found = await optical.look({ start: { days: 4 } });
    assert.deepEqual(
      found.records.map(({ history }) => history),
      records.map(({ history }) => history),
    );
    assert.deepEqual(
      (await optical.look()).reads.map(([table, , bytes]) => [table, bytes]),
      [[63, 13]],
    );
  });

  for (const what of ['events', 'billing', 'outages'] as const) {
    it(`has each record of ${what} once`, async () => {
      const history = historyOf(stage({ profile: 'gen4' }), { what });
      const { records } = await history.look();
      assert.ok(records.length >= 5, String(records.length));
      assert.equal(
        new Set(records.map(({ payload, history: own }) => JSON.stringify([payload, own]))).size,
        records.length,
      );
      const times = records.map(({ table }) => String(table.readAt));
      assert.deepEqual(times, times.slice().sort());
      assert.deepEqual((await history.look()).records, []);
      const span = { from: Date.parse(times[1] ?? ''), to: Date.parse(times[3] ?? '') };
      const again = await history.look({ span });
      assert.ok(again.records.length >= 1 && again.records.length < records.length);
      assert.ok(
        again.records.every(({ payload }) =>
          records.some((one) => JSON.stringify(one.payload) === JSON.stringify(payload)),
        ),
      );
    });
  }

  it('never sends a service that writes', async () => {
    for (const what of ['intervals', 'billing', 'events', 'outages', 'mbus'] as const) {
      const history = historyOf(stage({ profile: 'gen4' }), { what });
      await history.look();
      await history.look();
      assert.deepEqual(
        [...history.services].filter((service) => !service.includes('read')),
        [],
        what,
      );
    }
  });
});

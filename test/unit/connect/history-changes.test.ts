import assert from 'node:assert/strict';
import type { HistoryNote } from '../../../src/connect/index.js';
import type { LoadProfileSetup } from '../../../src/simulator/load-profile/setup.js';
import { HistoryStage } from '../../support/history/history-stage.js';
import { stage } from '../../support/meter/meter-stage.js';

const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
const SMALL: LoadProfileSetup = { dataSets: [{ blocks: 3, intervals: 24, minutes: 15, channels: [0, 1] }] };
const OTHER: LoadProfileSetup = { dataSets: [{ blocks: 4, intervals: 24, minutes: 15, channels: [1, 0, 15] }] };

const made: ReturnType<typeof stage>[] = [];

function historyOf(options: Parameters<typeof stage>[0] = {}): HistoryStage {
  const kept = stage(options);
  made.push(kept);
  return new HistoryStage(kept);
}

const reasons = (notes: readonly HistoryNote[]): unknown[] =>
  notes.flatMap(({ payload }) => ('reason' in payload ? [payload.reason] : []));

describe('The history of a meter that is changed', () => {
  afterEach(async () => {
    for (const { clock, meter } of made.splice(0)) await clock.run(meter.close());
  });

  it('reports a meter without a load profile, and has no record', async () => {
    const history = historyOf({ loadProfile: { dataSets: [] } });
    const { records, notes } = await history.look();
    assert.deepEqual([records, reasons(notes)], [[], ['no-profile']]);
    assert.deepEqual((await history.look()).notes, []);
  });

  it('reports a load profile that was switched off before the first look', async () => {
    const history = historyOf();
    history.made.transport.meter.history.optOut(true);
    const { records, notes } = await history.look();
    assert.deepEqual([records, reasons(notes)], [[], ['switched-off']]);
  });

  it('reports once that the load profile is switched off, and goes on', async () => {
    const history = historyOf({ loadProfile: SMALL });
    await history.look();
    history.made.transport.meter.history.setActive(false);
    assert.deepEqual(reasons((await history.look()).notes), ['switched-off']);
    assert.deepEqual((await history.look()).notes, []);
    history.made.transport.meter.history.setActive(true);
    await history.made.clock.advance(QUARTER_MS);
    const { records, notes } = await history.look();
    assert.deepEqual([records.length, notes], [1, []]);
  });

  it('begins anew under a new set-up between two looks, without a difference across', async () => {
    const history = historyOf({ loadProfile: SMALL });
    await history.look();
    history.made.transport.meter.history.reconfigure(OTHER);
    await history.made.clock.advance(4 * QUARTER_MS);
    const { records, notes } = await history.look();
    assert.ok(reasons(notes).includes('reconfigured'), JSON.stringify(notes));
    const truth = history.made.transport.meter.history.recorded();
    assert.equal(records.length, truth.length);
    assert.deepEqual(Object.keys(records[0]?.payload ?? {}), ['activeEnergyExport', 'activeEnergyImport', 'voltageL1']);
    assert.equal((records[0]?.history['used'] as Record<string, unknown>)['activeEnergyImport'], null);
  });

  it('uses no byte of another set-up that came during a look', async () => {
    const history = historyOf();
    const { transport, clock } = history.made;
    let pieces = 0;
    transport.meter.onExchange(({ request }) => {
      if (request && 'table' in request && request.table === 64 && ++pieces === 12) {
        transport.meter.history.reconfigure(OTHER);
      }
    });
    const { records, notes } = await history.look();
    assert.ok(reasons(notes).includes('reconfigured'), JSON.stringify(notes));
    await clock.advance(3 * QUARTER_MS);
    const after = await history.look();
    const all = [...records, ...after.records];
    const imports = all.map(({ payload }) => Number(payload['activeEnergyImport']));
    assert.ok(
      imports.every((value, at) => value > 40_000 && value < 60_000 && (at === 0 || value >= (imports[at - 1] ?? 0))),
    );
  });

  it('reports what was overwritten since the last look', async () => {
    const history = historyOf({ loadProfile: SMALL });
    const first = await history.look();
    await history.made.clock.advance(2 * DAY_MS);
    const { records, notes } = await history.look();
    const news = notes.find(({ topic }) => topic === 'news');
    assert.ok(news?.topic === 'news');
    assert.deepEqual(news.payload, {
      reason: 'overtaken',
      lost: { from: first.records.at(-1)?.history['end'], to: records[0]?.history['start'] },
    });
    const truth = history.made.transport.meter.history.recorded();
    assert.equal(records.length, truth.length);
  });

  it('reports a clock that was set', async () => {
    const history = historyOf({ loadProfile: SMALL });
    await history.look();
    const { clock, transport } = history.made;
    await clock.advance(QUARTER_MS / 3);
    transport.meter.history.setClock(300_000);
    await clock.advance(2 * QUARTER_MS);
    const { records, notes } = await history.look();
    assert.ok(records.length >= 2);
    assert.deepEqual(reasons(notes), ['clock-set']);
  });
});

import assert from 'node:assert/strict';
import { METER_TIMING } from '../../../src/simulator/index.js';
import { HistoryStage } from '../../support/history/history-stage.js';
import { stage } from '../../support/meter/meter-stage.js';
import { startPolls } from '../../support/meter/polls.js';

const POLL_MS = 2_000;
/** An answer of 465 bytes at 9600 baud, with its request. */
const ANSWER_MS = 700;
const DAYS = 30;
const INTERVALS = DAYS * 96;
const MONTH = { dataSets: [{ blocks: DAYS, intervals: 96, minutes: 15, channels: [0, 1] }] };
const HALF_DAY_MS = 43_200_000;

describe('A month of history at 9600 baud beside polls', () => {
  it('leaves no gap between live readings and takes less than four minutes', async () => {
    const made = stage({ minIntervalMs: 1_000, timing: { ...METER_TIMING, baudRate: 9_600 }, loadProfile: MONTH });
    const { clock, meter } = made;
    const history = new HistoryStage(made);
    await clock.advance(HALF_DAY_MS);
    await clock.run(meter.readTable('BT28', { priority: 'poll' }));
    const polls = startPolls(made, POLL_MS);
    const started = clock.now();
    const { records, reads } = await history.look();
    const took = clock.now() - started;
    await clock.run(polls.stop());

    const gaps = polls.gaps();
    assert.ok(Math.max(...gaps) <= POLL_MS + ANSWER_MS + 1_000, `gap ${Math.max(...gaps)} ms`);
    assert.ok(took < 240_000, `${took} ms`);
    const data = reads.filter(([table]) => table === 64 || table === 63);
    assert.ok(data.length <= 68, data.map((read) => read.join(':')).join(' '));
    assert.equal(records.length, INTERVALS);
    const ends = records.map(({ history: { end } }) => Date.parse(String(end)));
    assert.ok(ends.every((end, at) => at === 0 || end - (ends[at - 1] ?? 0) === 900_000));
    const wattHours = (at: number): number => Math.round(1_000 * Number(records.at(at)?.payload['activeEnergyImport']));
    const used = records.map(({ history: own }) => (own['used'] as Record<string, number>)['activeEnergyImport']);
    const sum = used.slice(1).reduce((all: number, one) => all + Math.round(1_000 * Number(one)), 0);
    assert.equal(sum, wattHours(-1) - wattHours(0));
    await meter.close();
  });
});

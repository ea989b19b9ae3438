import assert from 'node:assert/strict';
import { loadProfilesOf, readIntervals } from '../../../src/history/index.js';
import { METER_TIMING } from '../../../src/simulator/index.js';
import { decodeTable, findTable } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';
import { startPolls } from '../../support/meter/polls.js';

const POLL_MS = 2_000;
/** An answer of 465 bytes at 9600 baud, with its request. */
const ANSWER_MS = 700;

/** Reads the load profile of the simulated meter as far as there is any. */
async function readProfile({ meter }: Stage): Promise<{ intervals: number; used: number; total: number }> {
  const { bytes, meter: known } = await meter.readTable('BT62');
  const table = findTable('BT62');
  assert.ok(table);
  const [profile] = loadProfilesOf({ ...known.dimensions, BT62: decodeTable(table, bytes, known.dimensions) });
  assert.ok(profile);
  const totals: number[] = [];
  let used = 0;
  const steps = readIntervals(profile);
  for (let { value: step } = steps.next(); step;) {
    for (const { payload, history } of step.records) {
      totals.push(payload['activeEnergyImport'] ?? NaN);
      used += history.used['activeEnergyImport'] ?? 0;
    }
    if (step.request === undefined) break;
    const { table: name, ...range } = step.request;
    step = steps.next((await meter.readPiece(name, range)).bytes).value;
  }
  return { intervals: totals.length, used, total: (totals.at(-1) ?? NaN) - (totals[0] ?? NaN) };
}

describe('A piece of the history', () => {
  it('is one answer, read without anything else', async () => {
    const made = stage();
    await made.clock.run(made.meter.identify());
    made.asked.length = 0;
    const { bytes, meter } = await made.clock.run(made.meter.readPiece('BT64', { offset: 100, count: 5_000 }));
    assert.equal(bytes.length, 465);
    assert.equal(meter.serial, made.meter.identity.serial);
    assert.deepEqual(
      made.asked.map(({ table, offset, count }) => [table, offset, count]),
      [[64, 100, 465]],
    );
    await made.meter.close();
  });

  it('is refused where it is none', async () => {
    const made = stage();
    await rejectsWith(made.clock.run(made.meter.readPiece('BT64', { offset: -1, count: 1 })), 'bad-offset');
    await rejectsWith(made.clock.run(made.meter.readPiece('BT64', { offset: 0, count: 0 })), 'bad-count');
    await rejectsWith(made.clock.run(made.meter.readPiece('BT99', { offset: 0, count: 1 })), 'unknown-table');
    await made.meter.close();
  });

  it('leaves no gap between the polls of others while the load profile is read', async () => {
    const made = stage({ minIntervalMs: 1_000, timing: { ...METER_TIMING, baudRate: 9_600 } });
    const { clock, meter, asked } = made;
    await clock.run(meter.readTable('BT28', { priority: 'poll' }));
    const polls = startPolls(made, POLL_MS);
    const started = clock.now();
    const { intervals, used, total } = await clock.run(readProfile(made));
    const took = clock.now() - started;
    await clock.run(polls.stop());
    assert.equal(intervals, 32 * 96 - 96 + 48);
    assert.ok(Math.abs(used - total) < 1e-6, `${used} ${total}`);
    const pieces = asked.filter(({ table }) => table === 64).length;
    assert.ok(pieces <= 71, String(pieces));
    const gaps = polls.gaps();
    assert.ok(Math.max(...gaps) <= POLL_MS + ANSWER_MS + 1_000, String(Math.max(...gaps)));
    assert.ok(took <= pieces * 3_000 + 10_000, String(took));
    await meter.close();
  });

  it('is read while polls take all the time that the pace leaves', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    const { clock, meter } = made;
    await clock.run(meter.identify());
    let isPolling = true;
    const poll = async (): Promise<void> => {
      while (isPolling) await meter.readTable('BT28', { priority: 'poll' });
    };
    const polls = [poll(), poll()];
    const started = clock.now();
    for (let piece = 0; piece < 3; piece++) {
      await clock.run(meter.readPiece('BT64', { offset: 465 * piece, count: 465 }));
    }
    assert.ok(clock.now() - started <= 3 * 11_000, String(clock.now() - started));
    isPolling = false;
    await clock.run(Promise.all(polls));
    await meter.close();
  });

  it('is dropped at once when its reader no longer wants it', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    await made.clock.run(made.meter.identify());
    await made.clock.run(made.meter.readTable('BT28'));
    const controller = new AbortController();
    const piece = made.meter.readPiece('BT64', { offset: 0, count: 10 }, controller.signal);
    controller.abort();
    await rejectsWith(piece, 'cancelled');
    await made.meter.close();
  });
});

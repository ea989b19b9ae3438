import assert from 'node:assert/strict';
import { memoryPair } from '../../../src/transport/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { ascii, EventLog } from '../../support/line/event-log.js';
import { FakeClock } from '../../support/fake-clock.js';

describe('memoryPair', () => {
  async function openPair(...args: Parameters<typeof memoryPair>) {
    const [left, right] = memoryPair(...args);
    const [leftLog, rightLog] = [new EventLog(), new EventLog()];
    await left.open(leftLog);
    await right.open(rightLog);
    return { left, right, leftLog, rightLog };
  }

  it('carries bytes both ways, in order, later, as copies', async () => {
    const { left, right, leftLog, rightLog } = await openPair();
    const bytes = ascii('one');
    const written = left.write(bytes);
    assert.equal(rightLog.text, '');
    bytes.fill(0);
    await written;
    await left.write(ascii('two'));
    await right.write(ascii('back'));
    await rightLog.until(({ text }) => text.length === 6);
    assert.equal(rightLog.text, 'onetwo');
    assert.equal(leftLog.text, 'back');
    await left.close();
    await right.close();
  });

  it('delivers in the pieces asked for, each at its time', async () => {
    const clock = new FakeClock();
    const chunk = (bytes: Uint8Array) => [bytes.subarray(0, 2), bytes.subarray(2, 2), bytes.subarray(2)];
    const { left, rightLog } = await openPair(clock, { chunk, delayMs: 10 });
    await left.write(ascii('abcde'));
    await clock.advance(9);
    assert.equal(rightLog.text, '');
    await clock.advance(1);
    assert.equal(rightLog.text, 'ab');
    await clock.advance(10);
    assert.deepEqual(
      rightLog.chunks.map((piece) => piece.length),
      [2, 3],
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it('closes the other end after what was sent before, and reports only there', async () => {
    const { left, right, leftLog, rightLog } = await openPair();
    await left.write(ascii('last'));
    await left.close();
    await rightLog.until(({ errors }) => errors.length > 0);
    assert.equal(rightLog.text, 'last');
    assert.equal(rightLog.errors[0]?.code, 'connection-lost');
    assert.deepEqual(leftLog.errors, []);
    await rejectsWith(left.write(ascii('x')), 'connection-closed');
    await rejectsWith(right.write(ascii('x')), 'connection-closed');
  });

  it('reports nothing after close, and loses what was under way to the closed end', async () => {
    const clock = new FakeClock();
    const { left, right, rightLog } = await openPair(clock);
    await left.write(ascii('late'));
    await right.close();
    await clock.advance(1_000);
    assert.deepEqual([rightLog.text, rightLog.errors.length, clock.pendingTimers], ['', 0, 0]);
    await left.open(new EventLog());
    await right.open(rightLog);
    await left.write(ascii('new'));
    await clock.advance(1_000);
    assert.equal(rightLog.text, 'new');
    await left.close();
  });

  it('opens again after either end closed; an old hang-up does not affect the new line', async () => {
    const { left, right, rightLog } = await openPair();
    await left.close();
    const leftAgain = new EventLog();
    await left.open(leftAgain);
    await rightLog.until(({ errors }) => errors.length > 0);
    const rightAgain = new EventLog();
    await right.open(rightAgain);
    await left.write(ascii('again'));
    await rightAgain.until(({ text }) => text === 'again');
    assert.deepEqual([leftAgain.errors, rightAgain.errors], [[], []]);
    await left.close();
    await right.close();
    await right.close();
  });

  it('loses data without a listener, takes one user, and obeys the abort signal', async () => {
    const [left, right] = memoryPair();
    const log = new EventLog();
    await left.open(new EventLog());
    await left.write(ascii('nobody'));
    await right.open(log);
    await left.write(ascii('somebody'));
    await log.until(({ text }) => text.length > 0);
    assert.equal(log.text, 'somebody');
    await rejectsWith(left.open(new EventLog()), 'port-busy');
    await left.close();
    await rejectsWith(left.open(new EventLog(), AbortSignal.abort()), 'cancelled');
  });
});

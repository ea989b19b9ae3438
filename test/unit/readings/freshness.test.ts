import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  datedReading,
  checkReading,
  type NewestReadings,
  recallReadings,
  rememberReadings,
} from '../../../src/readings/freshness.js';

const START = Date.UTC(2026, 10, 20, 12);

/** Receives readings in sequence, at times that the test sets. */
class Receiver {
  known: NewestReadings = {};
  /** Monotonic seconds since the start, and the error of the wall clock. */
  second = 0;
  wallOff = 0;

  /** @param readAt seconds since the start; undefined: the source gives no time */
  isNew(
    readAt: number | undefined,
    values: Readonly<Record<string, unknown>> = { voltageL1: 230 },
    id = 'BT28',
  ): boolean {
    const time = readAt === undefined ? undefined : new Date(START + readAt * 1_000).toISOString();
    const arrival = { date: START + (this.second + this.wallOff) * 1_000, now: this.second * 1_000 };
    const dated = datedReading({ payload: values, table: { id, readAt: time } });
    const { isNew, known } = checkReading(this.known, dated, arrival);
    this.known = known;
    return isNew;
  }
}

describe('Freshness of readings', () => {
  let receiver: Receiver;

  beforeEach(() => {
    receiver = new Receiver();
  });

  it('takes no reading twice, and none that is older than the newest of its table', () => {
    assert.equal(receiver.isNew(0), true);
    assert.equal(receiver.isNew(0), false);
    assert.equal(receiver.isNew(10), true);
    assert.equal(receiver.isNew(0), false);
    assert.equal(receiver.isNew(9), false);
    assert.equal(receiver.isNew(10), false);
    assert.equal(receiver.isNew(11), true);
  });

  it('takes each message without a time as new', () => {
    for (let i = 0; i < 3; i++) assert.equal(receiver.isNew(undefined), true);
  });

  it('compares each table with its own newest reading', () => {
    assert.equal(receiver.isNew(10, { voltageL1: 230 }, 'BT28'), true);
    assert.equal(receiver.isNew(5, { activeEnergyImport: 1 }, 'BT23'), true);
    assert.equal(receiver.isNew(5, { activeEnergyImport: 1 }, 'BT23'), false);
    assert.equal(receiver.isNew(5, { activeEnergyImport: 1 }, 'not a table'), true);
  });

  it('takes the parts of a reading that was split over several messages, each once', () => {
    for (const isNew of [true, false]) {
      for (const key of ['L1', 'L2', 'L3']) assert.equal(receiver.isNew(0, { [`voltage${key}`]: 230 }), isNew);
    }
  });

  it('takes right readings again at once after one that is dated in the future', () => {
    assert.equal(receiver.isNew(0), true);
    receiver.second = 10;
    assert.equal(receiver.isNew(86_400), true);
    receiver.second = 20;
    assert.equal(receiver.isNew(20), true);
    receiver.second = 30;
    assert.equal(receiver.isNew(30), true);
    assert.equal(receiver.isNew(20), false);
  });

  it('goes on at once when the clock of the computer is set back by an hour', () => {
    for (; receiver.second <= 60; receiver.second += 10) assert.equal(receiver.isNew(receiver.second), true);
    receiver.wallOff = -3_600;
    for (; receiver.second <= 120; receiver.second += 10) assert.equal(receiver.isNew(receiver.second - 3_600), true);
  });

  it('follows a source whose clock was set back within a minute', () => {
    for (const setBack of [20, 170, 3_600]) {
      receiver = new Receiver();
      for (; receiver.second <= 60; receiver.second += 10) assert.equal(receiver.isNew(receiver.second), true);
      const since = receiver.second;
      while (!receiver.isNew(receiver.second - setBack)) receiver.second += 10;
      assert.ok(receiver.second - since <= 60, `${setBack} s: ${receiver.second - since}`);
    }
  });

  it('takes no old readings that arrive together', () => {
    for (; receiver.second <= 600; receiver.second += 10) assert.equal(receiver.isNew(receiver.second), true);
    for (let readAt = 0; readAt < 590; readAt += 10) assert.equal(receiver.isNew(readAt), false, String(readAt));
  });

  it('takes no old readings that come between new ones', () => {
    for (; receiver.second <= 600; receiver.second += 10) {
      assert.equal(receiver.isNew(receiver.second), true);
      assert.equal(receiver.isNew(receiver.second - 3_600), false);
    }
  });

  it('recognises a repeated reading after a restart', () => {
    receiver.isNew(0);
    receiver.known = recallReadings(JSON.parse(JSON.stringify(rememberReadings(receiver.known))));
    receiver.second = 0;
    assert.equal(receiver.isNew(0), false);
    assert.equal(receiver.isNew(-10), false);
    assert.equal(receiver.isNew(10), true);
  });

  it('makes something usable of whatever was kept', () => {
    fc.assert(
      fc.property(fc.anything(), (kept) => {
        receiver.known = recallReadings(kept);
        return receiver.isNew(0) || Object.keys(receiver.known).length > 0;
      }),
    );
    assert.deepEqual(recallReadings({ BT28: { readAt: 'noon', contents: [] }, BT23: { readAt: 1 } }), {});
    assert.equal(rememberReadings({}), undefined);
  });

  it('takes values of any kind: other code checks them', () => {
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    for (const value of [NaN, 'high', 1n, null, circle]) {
      receiver = new Receiver();
      assert.equal(receiver.isNew(0, { voltageL1: value }), true);
      assert.equal(receiver.isNew(0, { voltageL1: value }), false);
    }
  });

  it('is never without a reading for more than a minute, whatever clocks do', () => {
    const step = fc.record({
      wall: fc.integer({ min: -7_200, max: 7_200 }),
      source: fc.integer({ min: -7_200, max: 7_200 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), (steps) => {
        receiver = new Receiver();
        for (const { wall, source } of [{ wall: 0, source: 0 }, ...steps]) {
          receiver.wallOff = wall;
          let newest = receiver.second;
          for (const end = receiver.second + 200; receiver.second < end; receiver.second += 10) {
            if (receiver.isNew(receiver.second + source)) newest = receiver.second;
            if (receiver.second - newest > 60) return false;
          }
        }
        return true;
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { mergeOutages, type MeterEvent } from '../../../src/history/index.js';

const event = (sequence: number, number: number, time: string | null, argument = 0): MeterEvent => ({
  log: 'BT74',
  time,
  sequence,
  event: number,
  name: null,
  isSure: true,
  argument,
  user: 'none',
});

/** Danish time without its rule: UTC + 1 h in winter, + 2 h in summer until 1 UTC on 26 October 2025. */
function momentsOf(local: string): number[] {
  const asUtc = Date.parse(`${local}Z`);
  const end = Date.UTC(2025, 9, 26, 1);
  const hour = 3_600_000;
  const summer = asUtc - 2 * hour < end ? [asUtc - 2 * hour] : [];
  const winter = asUtc - hour >= end ? [asUtc - hour] : [];
  return [...summer, ...winter];
}

describe('One list of outages', () => {
  it('holds an outage of all three lists once, with its cause and source', () => {
    const outages = mergeOutages({
      et09: [{ powerOffDateTime: '2025-11-30T22:58:00', powerOnDateTime: '2025-11-30T23:03:10', resetCause: 3 }],
      events: [event(1, 1, '2025-11-30T22:58:40Z'), event(2, 2, '2025-11-30T23:04:00Z', 3)],
      et81: [{ startTimestamp: '2025-11-30T23:58:00', endTimestamp: '2025-12-01T00:03:11' }],
      momentsOf,
    });
    assert.deepEqual(outages, [
      {
        start: '2025-11-30T22:58:00Z',
        end: '2025-11-30T23:03:10Z',
        seconds: 310,
        cause: 'power-failure',
        source: 'ET09',
      },
    ]);
  });

  it('takes from each list what the others do not have, in the order of time', () => {
    const outages = mergeOutages({
      et09: [{ powerOffDateTime: '2025-11-30T10:00:00', powerOnDateTime: '2025-11-30T10:00:30', resetCause: 8 }],
      events: [event(7, 1, '2025-11-20T10:00:00Z'), event(8, 2, '2025-11-20T13:00:00Z')],
      et81: [{ startTimestamp: '2025-07-01T12:00:00', endTimestamp: '2025-07-01T12:10:00' }],
      momentsOf,
    });
    assert.deepEqual(
      outages.map(({ start, seconds, cause, source }) => [start, seconds, cause, source]),
      [
        ['2025-07-01T10:00:00Z', 600, 'unknown', 'ET81'],
        ['2025-11-20T10:00:00Z', 10_800, 'unknown', 'BT74'],
        ['2025-11-30T10:00:00Z', 30, 'brown-out', 'ET09'],
      ],
    );
  });

  it('keeps short outages of one list apart, which lie close to each other', () => {
    const events = [0, 20, 40].flatMap((second, at) => [
      event(2 * at, 1, new Date(Date.UTC(2025, 10, 1, 0, 0, second)).toISOString().replace('.000', '')),
      event(2 * at + 1, 2, new Date(Date.UTC(2025, 10, 1, 0, 0, second + 5)).toISOString().replace('.000', '')),
    ]);
    assert.equal(mergeOutages({ events }).length, 3);
  });

  it('has none that still lasts, that is half known, or that was a restart', () => {
    const time = '2025-11-01T00:00:00Z';
    const later = '2025-11-01T00:10:00Z';
    assert.deepEqual(mergeOutages({ events: [event(1, 1, time)] }), []);
    assert.deepEqual(mergeOutages({ events: [event(1, 2, time)] }), []);
    assert.deepEqual(mergeOutages({ events: [event(1, 1, null), event(2, 2, later)] }), []);
    assert.deepEqual(mergeOutages({ events: [event(1, 1, time), event(2, 2, later, 4)] }), []);
    assert.deepEqual(mergeOutages({ events: [event(1, 1, later), event(2, 2, time)] }), []);
    assert.deepEqual(mergeOutages({ et09: [{ powerOffDateTime: null, powerOnDateTime: null, resetCause: 0 }] }), []);
    assert.deepEqual(mergeOutages({}), []);
  });

  it('settles the repeated hour of autumn by another list or by the order', () => {
    const local = { startTimestamp: '2025-10-26T02:10:00', endTimestamp: '2025-10-26T02:20:00' };
    assert.deepEqual(mergeOutages({ et81: [local], momentsOf }), []);
    const settled = mergeOutages({
      events: [event(1, 1, '2025-10-26T01:10:02Z'), event(2, 2, '2025-10-26T01:20:02Z')],
      et81: [local],
      momentsOf,
    });
    assert.deepEqual(
      settled.map(({ start, source }) => [start, source]),
      [['2025-10-26T01:10:02Z', 'BT74']],
    );
    const before = { startTimestamp: '2025-10-26T01:30:00', endTimestamp: '2025-10-26T03:05:00' };
    assert.equal(mergeOutages({ et81: [before, local], momentsOf }).length, 1);
    const after = { startTimestamp: '2025-10-26T02:40:00', endTimestamp: '2025-10-26T03:05:00' };
    const ordered = mergeOutages({
      events: [event(1, 1, '2025-10-26T00:40:00Z'), event(2, 2, '2025-10-26T02:05:00Z')],
      et81: [after, { startTimestamp: '2025-10-26T03:10:00', endTimestamp: '2025-10-26T03:20:00' }],
      momentsOf,
    });
    assert.deepEqual(
      ordered.map(({ start, source }) => [start, source]),
      [
        ['2025-10-26T00:40:00Z', 'BT74'],
        ['2025-10-26T02:10:00Z', 'ET81'],
      ],
    );
  });
});

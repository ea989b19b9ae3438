import assert from 'node:assert/strict';
import fc from 'fast-check';
import { mergeEvents, type MeterEvent, readEvents } from '../../../src/history/index.js';
import { EventLogModel, type ModelEvent } from '../../support/history/event-log-model.js';

interface Look {
  readonly events: readonly MeterEvent[];
  readonly lost: unknown;
  readonly newest: number | undefined;
  readonly requests: number;
}

function look(
  model: EventLogModel,
  known?: number,
  maxBytes = 465,
  before: (request: number) => void = () => {},
): Look {
  const steps = readEvents(model.log, known);
  let requests = 0;
  for (let { value: step } = steps.next(); ;) {
    assert.ok(step);
    if (step.request === undefined) return { ...step, requests };
    before(requests++);
    ({ value: step } = steps.next(model.answer(step.request, maxBytes)));
  }
}

function eventsFrom(first: number, count: number, step = 1): ModelEvent[] {
  return Array.from({ length: count }, (_, at) => ({
    sequence: first + at * step,
    time: new Date(Date.UTC(2025, 10, 1) + at * 61_000).toISOString().slice(0, 19),
    event: 1 + (at % 2),
    argument: at & 0xff,
    user: 0xffff,
  }));
}

const numbersOf = (events: readonly { sequence: number }[]): number[] => events.map(({ sequence }) => sequence);

describe('The reader of events', () => {
  it('gives each event with its name, number, argument and user', () => {
    const model = new EventLogModel(
      [
        { sequence: 65_535, time: '2025-11-30T23:00:01', event: 48, argument: 0x0102, user: 0xfffd },
        { sequence: 65_536, time: '2025-11-30T23:00:02', event: 24, argument: 0, user: 0xfffe },
        { sequence: 65_537, time: '2025-11-30T23:00:03', event: 2, argument: 3, user: 1_234 },
        { sequence: 65_538, time: '2025-11-30T23:00:04', event: 2_066, argument: 0, user: 0xffff },
      ],
      10,
    );
    const { events } = look(model);
    assert.deepEqual(events[0], {
      log: 'BT74',
      time: '2025-11-30T23:00:01Z',
      sequence: 65_535,
      event: 48,
      name: 'coverRemoved',
      isSure: false,
      argument: 0x0102,
      user: 'mep',
    });
    assert.deepEqual(
      events.slice(1).map(({ sequence, name, isSure, argument, user }) => [sequence, name, isSure, argument, user]),
      [
        [65_536, 'seasonChanged', false, 0, 'network'],
        [65_537, 'powerUp', true, 3, 1_234],
        [65_538, null, false, 0, 'none'],
      ],
    );
  });

  it('sees with one read of 11 bytes that nothing is new, and reads one event in two', () => {
    const model = new EventLogModel(eventsFrom(500, 300), 100);
    assert.equal(look(model, 799).requests, 1);
    const { events, requests, newest } = look(model, 798);
    assert.deepEqual([numbersOf(events), requests, newest], [[799], 2, 799]);
  });

  it('reports events that may have been overwritten since the last look', () => {
    const model = new EventLogModel(eventsFrom(1, 300), 100);
    const { events, lost } = look(model, 150);
    assert.deepEqual(lost, { from: 151, to: 200 });
    assert.deepEqual(
      numbersOf(events),
      Array.from({ length: 100 }, (_, i) => 201 + i),
    );
    assert.equal(look(model, 200).lost, null);
    assert.equal(look(model).lost, null);
  });

  it('uses no event that is overwritten while the log is read', () => {
    const model = new EventLogModel(eventsFrom(1, 130), 100);
    model.now = 120;
    const { events, lost } = look(model, 20, 60, (request) => {
      if (request === 2) model.now = 123;
    });
    assert.deepEqual(lost, { from: 21, to: 23 });
    assert.deepEqual(
      numbersOf(events),
      Array.from({ length: 97 }, (_, i) => 24 + i),
    );
  });

  it('begins anew with a log that was reset, and refuses a header that is none', () => {
    assert.deepEqual(numbersOf(look(new EventLogModel(eventsFrom(1, 5), 100), 700).events), [1, 2, 3, 4, 5]);
    assert.deepEqual(look(new EventLogModel([], 100), 7).events, []);
    const steps = readEvents({ table: 'BT74', entries: 100, argumentBytes: 2 });
    steps.next();
    assert.throws(() => steps.next(new Uint8Array(11).fill(0xff)), { code: 'value-out-of-range' });
  });

  it('gives of two logs that share one count each event once', () => {
    const all = eventsFrom(1, 60);
    const odd = new EventLogModel(
      all.filter(({ sequence }) => sequence % 3 !== 0),
      100,
    );
    const even = new EventLogModel(
      all.filter(({ sequence }) => sequence % 3 === 0 || sequence > 50),
      100,
      'ET79',
    );
    const merged = mergeEvents(look(odd).events, look(even).events);
    assert.deepEqual(numbersOf(merged), numbersOf(all));
    assert.ok(merged.filter(({ sequence }) => sequence % 3 === 0).every(({ log }) => log === 'ET79'));
    const later = mergeEvents(look(odd, 40).events, look(even, 40).events);
    assert.deepEqual(
      numbersOf(later),
      Array.from({ length: 20 }, (_, i) => 41 + i),
    );
  });

  it('reads any log once, in order, whatever the answers hold', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 40 }),
        fc.integer({ min: 0, max: 70_000 }),
        fc.integer({ min: 11, max: 80 }),
        fc.nat(45),
        (entries, steps, first, maxBytes, knownAt) => {
          let sequence = first;
          const events = eventsFrom(0, steps.length).map((event, at) => {
            sequence += steps[at] ?? 1;
            return { ...event, sequence };
          });
          const model = new EventLogModel(events, entries);
          const known = knownAt < events.length ? events[knownAt]?.sequence : undefined;
          const expected = model.kept().filter((one) => one.sequence > (known ?? -1));
          const seen = look(model, known, maxBytes);
          assert.deepEqual(numbersOf(seen.events), numbersOf(expected));
          assert.deepEqual(
            seen.events.map(({ argument }) => argument),
            expected.map(({ argument }) => argument),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

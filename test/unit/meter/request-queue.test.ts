import assert from 'node:assert/strict';
import { reconnectPause } from '../../../src/meter/connection-supervisor.js';
import { type Priority, RequestQueue } from '../../../src/meter/request-queue.js';
import { TransportError } from '../../../src/errors.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';

const work = (clock: FakeClock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

describe('Request queue', () => {
  it('runs one job at a time, starting at least the interval apart', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const starts: number[] = [];
    const jobs = [300, 1500, 10].map((ms) =>
      queue.add('poll', () => {
        starts.push(clock.now());
        return work(clock, ms);
      }),
    );
    await clock.run(Promise.all(jobs));
    assert.deepEqual(starts, [0, 1000, 2500]);
  });

  it('takes alerts before users before polls, each in order', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const order: string[] = [];
    const add = (priority: Priority, name: string): Promise<void> =>
      queue.add(priority, () => {
        order.push(name);
        return Promise.resolve();
      });
    const jobs = [add('poll', 'p1'), add('poll', 'p2'), add('user', 'u1'), add('alert', 'a1'), add('user', 'u2')];
    await clock.run(Promise.all(jobs));
    assert.deepEqual(order, ['p1', 'a1', 'u1', 'u2', 'p2']);
  });

  it('takes history behind everything else, and at least every tenth time', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const order: Priority[] = [];
    let polls = 40;
    const add = (priority: Priority): Promise<void> =>
      queue.add(priority, () => {
        order.push(priority);
        // A poll is always waiting, as with continuous polling.
        if (priority === 'poll' && polls-- > 0) void add('poll');
        return Promise.resolve();
      });
    const history = [add('history'), add('history'), add('history')];
    const others = [add('poll'), add('user'), add('alert')];
    await clock.run(Promise.all([...history, ...others]));
    // The first job found an empty queue.
    assert.deepEqual(order.slice(0, 4), ['history', 'alert', 'user', 'poll']);
    const turns = order.flatMap((priority, at) => (priority === 'history' ? at : []));
    assert.deepEqual(turns, [0, 10, 20]);
    await clock.advance(60_000);
  });

  it('does not let history pass alerts and users', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 0);
    const order: Priority[] = [];
    const add = (priority: Priority): Promise<void> =>
      queue.add(priority, () => {
        order.push(priority);
        return work(clock, 10);
      });
    const jobs = [add('user'), add('history'), ...Array.from({ length: 20 }, () => add('user')), add('poll')];
    await clock.run(Promise.all(jobs));
    assert.deepEqual(order.slice(-2), ['history', 'poll']);
  });

  it('lets a job of several reads wait the next one accordingly', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const starts: number[] = [];
    const jobs = [2, 0, 0].map((further) =>
      queue.add('poll', () => {
        starts.push(clock.now());
        queue.charge(further);
        return Promise.resolve();
      }),
    );
    await clock.run(Promise.all(jobs));
    assert.deepEqual(starts, [0, 3000, 4000]);
  });

  it('goes on after a job that failed', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 0);
    const failing = queue.add('poll', () => Promise.reject(new Error('no')));
    const next = queue.add('poll', () => Promise.resolve(7));
    await assert.rejects(clock.run(failing), /no/);
    assert.equal(await clock.run(next), 7);
  });

  it('drops a waiting job at once when its signal fires', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const controller = new AbortController();
    let ran = false;
    const first = queue.add('poll', () => work(clock, 500));
    const second = queue.add('poll', () => Promise.resolve((ran = true)), controller.signal);
    controller.abort();
    await rejectsWith(second, 'cancelled');
    await clock.run(first);
    await clock.advance(5000);
    assert.equal(ran, false);
    assert.equal(clock.pendingTimers, 0);
    await rejectsWith(
      queue.add('poll', () => Promise.resolve(), controller.signal),
      'cancelled',
    );
  });

  it('rejects what waits when cleared, and refuses more than it can hold', async () => {
    const clock = new FakeClock();
    const queue = new RequestQueue(clock, 1000);
    const running = queue.add('poll', () => work(clock, 100));
    const waiting = Array.from({ length: 100 }, () => queue.add('poll', () => Promise.resolve()));
    await rejectsWith(
      queue.add('poll', () => Promise.resolve()),
      'queue-full',
    );
    queue.clear(new TransportError('connection-closed', 'closed'));
    for (const job of waiting) await rejectsWith(job, 'connection-closed');
    await clock.run(running);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe('Reconnect pauses', () => {
  it('double, stay within 15 seconds, and vary by a fifth', () => {
    const middle = [0, 1, 2, 5, 6, 50].map((attempt) => reconnectPause(attempt, () => 0.5));
    assert.deepEqual(middle, [1000, 2000, 4000, 15_000, 15_000, 15_000]);
    assert.equal(
      reconnectPause(0, () => 0),
      800,
    );
    assert.ok(reconnectPause(0, () => 0.999) < 1200);
  });
});

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { connectionClosed } from '../../src/errors.js';
import { Mutex, withAbort } from '../../src/mutex.js';
import { rejectsWith } from '../support/assert-error.js';

/** A task that runs until it is let go. */
function task(log: string[], name: string) {
  let finish!: () => void;
  const done = new Promise<void>((resolve) => (finish = resolve));
  return {
    finish,
    work: async () => {
      log.push(`${name} begins`);
      await done;
      log.push(`${name} ends`);
      return name;
    },
  };
}

describe('A mutex', () => {
  it('runs one task at a time, in the order of the calls', async () => {
    const [mutex, log] = [new Mutex(), [] as string[]];
    const tasks = ['a', 'b', 'c'].map((name) => task(log, name));
    const results = Promise.all(tasks.map(({ work }) => mutex.run(work)));
    for (const { finish } of tasks.reverse()) finish();
    assert.deepEqual(await results, ['a', 'b', 'c']);
    assert.deepEqual(log, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('goes on after a task that fails or throws at once', async () => {
    const mutex = new Mutex();
    const failing = mutex.run(() => Promise.reject(new Error('rejected')));
    const throwing = mutex.run(() => {
      throw new Error('thrown');
    });
    const next = mutex.run(() => Promise.resolve('next'));
    await assert.rejects(failing, /rejected/);
    await assert.rejects(throwing, /thrown/);
    assert.equal(await next, 'next');
  });

  it('rejects a waiting task when it is aborted, and never runs it', async () => {
    const [mutex, log] = [new Mutex(), [] as string[]];
    const first = task(log, 'first');
    const running = mutex.run(first.work);
    const caller = new AbortController();
    const waiting = mutex.run(task(log, 'waiting').work, caller.signal);
    caller.abort();
    await rejectsWith(waiting, 'cancelled');
    await rejectsWith(mutex.run(task(log, 'late').work, caller.signal), 'cancelled');
    assert.deepEqual(log, ['first begins']);
    first.finish();
    await running;
    assert.equal(await mutex.run(() => Promise.resolve('last')), 'last');
    assert.deepEqual(log, ['first begins', 'first ends']);
  });

  it('leaves a task that has begun to itself when it is aborted', async () => {
    const [mutex, log] = [new Mutex(), [] as string[]];
    const first = task(log, 'first');
    const caller = new AbortController();
    const running = mutex.run(first.work, caller.signal);
    await setImmediate();
    caller.abort();
    first.finish();
    assert.equal(await running, 'first');
  });

  it('leaves no unhandled rejection when a task fails', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const mutex = new Mutex();
    const caller = new AbortController();
    const failing = mutex.run(() => Promise.reject(new Error('failed'))).catch(() => undefined);
    const aborted = mutex.run(() => Promise.resolve(), caller.signal).catch(() => undefined);
    caller.abort();
    await Promise.all([failing, aborted, mutex.whenIdle()]);
    await setImmediate();
    process.off('unhandledRejection', note);
    assert.deepEqual(unhandled, []);
  });

  it('is idle when all that was queued is over', async () => {
    const [mutex, log] = [new Mutex(), [] as string[]];
    await mutex.whenIdle();
    const first = task(log, 'first');
    void mutex.run(first.work);
    const idle = mutex.whenIdle().then(() => log.push('idle'));
    first.finish();
    await idle;
    assert.deepEqual(log, ['first begins', 'first ends', 'idle']);
  });
});

describe('An abort scope', () => {
  it('fires with the first of its signals, and keeps an error of ours as the reason', async () => {
    const [caller, connection] = [new AbortController(), new AbortController()];
    await withAbort([caller.signal, undefined, connection.signal], (signal) => {
      connection.abort(connectionClosed());
      caller.abort();
      assert.equal((signal.reason as { code?: string }).code, 'connection-closed');
      return Promise.resolve();
    });
  });

  it('turns any other reason into a cancelled request', async () => {
    const caller = new AbortController();
    await withAbort([caller.signal], (signal) => {
      caller.abort(new Error('of the caller'));
      assert.equal((signal.reason as { code?: string }).code, 'cancelled');
      return Promise.resolve();
    });
  });

  it('runs nothing when a signal has fired before', async () => {
    const work = (): Promise<void> => assert.fail('not to be run');
    await rejectsWith(withAbort([AbortSignal.abort()], work), 'cancelled');
    await rejectsWith(withAbort([undefined, AbortSignal.abort(connectionClosed())], work), 'connection-closed');
  });

  it('leaves no listener behind', async () => {
    const caller = new AbortController();
    let kept: AbortSignal | undefined;
    await withAbort([caller.signal], (signal) => {
      kept = signal;
      return Promise.resolve();
    });
    caller.abort();
    assert.equal(kept?.aborted, false);
  });
});

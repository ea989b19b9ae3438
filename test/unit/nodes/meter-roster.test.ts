import assert from 'node:assert/strict';
import type { Node, NodeAPI } from 'node-red';
import { backgroundClock } from '../../../nodes/lib/background-clock.js';
import { endConnection, placeConnection, renewConnection, tokenOf } from '../../../nodes/lib/connection-tokens.js';
import { MeterRoster } from '../../../nodes/lib/meter-roster.js';
import { NodeContext } from '../../../nodes/lib/node-context.js';
import { throwsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { processorMs } from '../../support/processor-time.js';

interface Meter {
  readonly id: string;
  readonly value: number;
}

describe('MeterRoster', () => {
  let clock: FakeClock;
  let kept: unknown[];
  let writes: number;
  let log: string[];
  let number = 0;
  const after = backgroundClock.after.bind(backgroundClock);

  beforeEach(() => {
    clock = new FakeClock();
    [kept, writes, log] = [[], 0, []];
    number++;
    backgroundClock.after = (delayMs, callback) => clock.after(delayMs, callback);
  });
  afterEach(() => {
    backgroundClock.after = after;
    for (const id of ['one', 'two']) endConnection(id);
  });

  const isMeter = (value: unknown): value is Meter => typeof value === 'object' && value !== null && 'id' in value;

  function roster(maxMeters: unknown = '3', silentAfter = 60): MeterRoster<Meter, string, 'value'> {
    const context = {
      get: (_key: string, _store: unknown, done: (error: null, value: unknown) => void) => {
        done(null, kept);
      },
      set: (_key: string, value: unknown[], _store: unknown, done: (error: null) => void) => {
        writes++;
        kept = value;
        done(null);
      },
    };
    const node = { id: `roster ${number}`, context: () => context, warn: (text: string) => log.push(text) };
    const RED = { settings: {}, log: { warn: () => undefined }, _: (key: string) => key };
    return new MeterRoster({
      context: new NodeContext(RED as unknown as NodeAPI, node as unknown as Node, { maxMeters }),
      clock,
      contextKey: 'meters',
      idOf: ({ id }) => id,
      recall: (value) => (isMeter(value) ? { id: value.id, value: value.value } : undefined),
      remember: (meter) => meter,
      tally: ({ value }) => ({ value }),
      silentAfter,
      onDropped: ({ id }) => [`dropped ${id}`],
      onReplaced: ({ id }, by) => [by === 'meter' ? `other ${id}` : `replaced ${id}`],
      send: (messages) => log.push(...messages),
    });
  }
  function receive(meters: MeterRoster<Meter, string, 'value'>, id: string, from?: unknown, value = 1): boolean {
    if (!meters.admit(id, from)) return false;
    meters.setRead({ id, value }, from);
    return true;
  }
  const ids = (meters: MeterRoster<Meter, string, 'value'>): string[] => [...meters.values()].map(({ id }) => id);

  it('holds at most the allowed number of meters, and reports once that it is full', () => {
    const meters = roster();
    for (const id of ['a', 'b', 'c']) receive(meters, id);
    throwsWith(() => receive(meters, 'd'), 'too-many-meters');
    for (const id of ['e', 'f', 'g']) assert.equal(receive(meters, id), false);
    assert.equal(receive(meters, 'b'), true, 'those it has go on');
    assert.deepEqual(ids(meters), ['a', 'c', 'b']);
  });

  it('drops the meter without readings for longest, and names the consequences', async () => {
    const meters = roster();
    for (const id of ['a', 'b', 'c']) receive(meters, id);
    await clock.advance(61_000);
    receive(meters, 'a');
    assert.equal(receive(meters, 'd'), true);
    assert.deepEqual([ids(meters), log], [['c', 'a', 'd'], ['dropped b']]);
  });

  it('has 64 meters by default, and refuses a number that is none', () => {
    const meters = roster('');
    for (let id = 0; id < 64; id++) receive(meters, `m${id}`);
    throwsWith(() => receive(meters, 'one more'), 'too-many-meters');
    for (const wrong of ['0', '-1', '1.5', 'many', '10001']) throwsWith(() => roster(wrong), 'bad-setting');
  });

  it('keeps sums up to date', () => {
    const meters = roster();
    receive(meters, 'a', undefined, 5);
    receive(meters, 'b', undefined, 7);
    receive(meters, 'a', undefined, 6);
    assert.equal(meters.sum('value'), 13);
    meters.delete('b');
    assert.equal(meters.sum('value'), 6);
  });

  it('writes to the context once a second at most', async () => {
    const meters = roster('100');
    for (let id = 0; id < 100; id++) receive(meters, `m${id}`);
    assert.equal(writes, 0);
    await clock.advance(1_000);
    assert.deepEqual([writes, kept.length], [1, 100]);
    await meters.close(false);
    assert.equal(writes, 1);
  });

  it('writes what has not been written when it closes, and nothing afterwards', async () => {
    const meters = roster();
    receive(meters, 'a');
    await meters.close(false);
    assert.deepEqual(kept, [{ id: 'a', value: 1 }]);
    assert.equal(receive(meters, 'b'), false);
    assert.equal(meters.get('b'), undefined);
    await clock.advance(60_000);
    assert.equal(writes, 1);
  });

  it('hands over to the node of the same id, unless it is removed', async () => {
    const first = roster();
    receive(first, 'a', undefined, 9);
    await first.close(false);
    kept = [];
    const second = roster();
    await second.load();
    assert.deepEqual([second.get('a')?.value, second.sum('value')], [9, 9]);
    await second.close(true);
    const third = roster();
    await third.load();
    assert.equal(third.size, 0);
  });

  it('keeps as many of those that were kept as it may have', async () => {
    kept = ['a', 'b', 'c', 'd', 'e', 7].map((id) => (typeof id === 'string' ? { id, value: 1 } : id));
    const meters = roster();
    await meters.load();
    assert.deepEqual(ids(meters), ['a', 'b', 'c']);
  });

  it('replaces the meter that another one follows at its connection', () => {
    placeConnection('one', 'here');
    const from = { connection: tokenOf('one') };
    const meters = roster();
    receive(meters, 'a', from);
    receive(meters, 'b', { connection: 'that of another Node-RED' });
    receive(meters, 'c', { connection: 'that of another Node-RED' });
    assert.deepEqual(log, []);
    receive(meters, 'b', from);
    assert.deepEqual(log, ['replaced a']);
    receive(meters, 'a', from);
    assert.deepEqual(log, ['replaced a', 'replaced b']);
  });

  it('replaces nothing where a message does not name its meter', () => {
    placeConnection('one', 'here');
    const from = { connection: tokenOf('one') };
    const meters = roster();
    receive(meters, 'a', from);
    receive(meters, '', from);
    receive(meters, 'a', from);
    assert.deepEqual(log, []);
  });

  it('replaces the meter of a connection that leads elsewhere, over a deploy or not', async () => {
    placeConnection('one', 'here');
    placeConnection('two', 'there');
    const first = roster();
    receive(first, 'a', { connection: tokenOf('one') });
    receive(first, 'b', { connection: tokenOf('two') });
    placeConnection('one', 'here');
    await clock.advance(2_000);
    assert.deepEqual(log, [], 'a deploy that changes nothing');
    placeConnection('one', 'elsewhere');
    await clock.advance(2_000);
    assert.deepEqual(log, ['replaced a']);
    await first.close(false);
    endConnection('two');
    const second = roster();
    await second.load();
    await clock.advance(2_000);
    assert.deepEqual(log, ['replaced a', 'replaced b']);
  });

  it('replaces a simulated meter by a real one of its serial number, and the reverse', async () => {
    const simulated = { serial: 'a', simulated: true };
    const meters = roster();
    receive(meters, 'a', simulated);
    receive(meters, 'a', simulated);
    receive(meters, 'a');
    assert.deepEqual(log, [], 'a message without a meter does not show which it is');
    receive(meters, 'a', { serial: 'a' });
    assert.deepEqual(log, ['other a']);
    receive(meters, 'a', simulated);
    assert.deepEqual(log, ['other a', 'other a']);
    await meters.close(false);
    number++;
    const next = roster();
    await next.load();
    receive(next, 'a', { serial: 'a' });
    assert.deepEqual(log, ['other a', 'other a', 'other a'], 'over a restart too');
  });

  it('knows after a restart which readings are not new', async () => {
    const reading = (readAt: number): object => ({
      payload: { voltageL1: 230 },
      table: { id: 'BT28', readAt: new Date(Date.UTC(2026, 10, 20) + readAt).toISOString() },
    });
    const isNew = (meters: MeterRoster<Meter, string, 'value'>, readAt: number): boolean => {
      if (!meters.admit('a', undefined) || !meters.isNew('a', reading(readAt))) return false;
      meters.setRead({ id: 'a', value: 1 }, undefined, false);
      return true;
    };
    const first = roster();
    assert.deepEqual([isNew(first, 1), isNew(first, 1), isNew(first, 2)], [true, false, true]);
    await clock.advance(1_000);
    assert.equal(writes, 0, 'not written with each reading');
    await first.close(false);
    number++;
    const second = roster();
    await second.load();
    assert.deepEqual([isNew(second, 2), isNew(second, 1), isNew(second, 3)], [false, false, true]);
  });

  it('replaces the meter when another one answers at the same place', async () => {
    placeConnection('one', 'here');
    const meters = roster();
    receive(meters, 'a', { connection: tokenOf('one') });
    renewConnection('one');
    await clock.advance(2_000);
    assert.deepEqual(log, ['replaced a']);
  });

  it('knows after a restart which connection a meter was read through', async () => {
    placeConnection('one', 'here');
    const first = roster();
    receive(first, 'a', { connection: tokenOf('one') });
    await clock.advance(1_000);
    assert.deepEqual(kept, [{ id: 'a', value: 1, connection: 'one' }]);
    number++;
    const second = roster();
    await second.load();
    receive(second, 'b', { connection: tokenOf('one') });
    assert.deepEqual(log, ['replaced a']);
  });

  it('ends the timers of a meter with it', async () => {
    const meters = roster();
    receive(meters, 'a');
    meters.timers.expectReading('a', 5, 0, () => log.push('silent'));
    meters.timers.after('a', 'repeat', 1_000, () => log.push('repeat'));
    meters.timers.after('a', 'repeat', 1, () => log.push('planned already'));
    await clock.advance(1_000);
    meters.timers.after('a', 'repeat', 1_000, () => log.push('again'));
    meters.delete('a');
    await clock.advance(60_000);
    assert.deepEqual(log, ['repeat']);
  });

  it('takes the same time for each message, however many come', () => {
    const meters = roster('64');
    for (let id = 0; id < 64; id++) receive(meters, `m${id}`);
    throwsWith(() => receive(meters, 'too many'), 'too-many-meters');
    const msFor = (count: number): number => {
      const start = processorMs();
      for (let id = 0; id < count; id++) receive(meters, `${count} ${id}`);
      return (processorMs() - start) / count;
    };
    msFor(10_000);
    assert.ok(msFor(100_000) < 0.05, 'below 50 µs');
  });
});

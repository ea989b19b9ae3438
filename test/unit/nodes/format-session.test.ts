import assert from 'node:assert/strict';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import { backgroundClock } from '../../../nodes/lib/background-clock.js';
import { FormatSession } from '../../../nodes/lib/format-session.js';
import { NodeContext } from '../../../nodes/lib/node-context.js';
import type { FormatMessage } from '../../../src/publish/format.js';
import { type MeterSnapshot, SNAPSHOTS } from '../../../src/publish/meter-snapshot.js';
import { decoded, SERIAL } from '../../support/readings/decoded.js';
import { FakeClock } from '../../support/fake-clock.js';
import { formatOf } from '../../support/readings/format-stage.js';

const AVAILABILITY = `nes/${SERIAL}/availability`;

describe('FormatSession', () => {
  let clock: FakeClock;
  let sent: string[];
  let session: FormatSession<MeterSnapshot, FormatMessage>;
  const after = backgroundClock.after.bind(backgroundClock);

  beforeEach(() => {
    clock = new FakeClock();
    sent = [];
    backgroundClock.after = (delayMs, callback) => clock.after(delayMs, callback);
    const context = {
      get: (_key: string, _store: unknown, done: (error: null, value: unknown) => void) => {
        done(null, undefined);
      },
      set: (_key: string, _value: unknown, _store: unknown, done: (error: null) => void) => {
        done(null);
      },
    };
    const node = { id: 'format session', context: () => context, warn: () => undefined };
    const RED = { settings: {}, log: { warn: () => undefined }, _: (key: string) => key };
    session = new FormatSession({
      context: new NodeContext(RED as unknown as NodeAPI, node as unknown as Node, { expireAfter: 3_600 }),
      format: formatOf('json'),
      model: SNAPSHOTS,
      clock,
      onDue: note,
    });
  });
  afterEach(async () => {
    backgroundClock.after = after;
    await session.close(true);
  });

  function note(messages: readonly FormatMessage[]): void {
    sent.push(...messages.filter(({ topic }) => topic === AVAILABILITY).map(({ payload }) => String(payload)));
  }
  function receive(msg: object): void {
    note(session.receive(msg as NodeMessageInFlow).messages);
  }
  const read = (): void => {
    receive(decoded('BT28', { readAt: clock.date().toISOString() }));
  };
  const report = (state: string): void => {
    receive({ payload: { state }, meter: { serial: SERIAL } });
  };

  it('keeps a meter online whose link was reported silent before it came back', async () => {
    read();
    report('unreachable');
    report('silent');
    await clock.advance(10_000);
    report('online');
    await clock.advance(60_000);
    assert.deepEqual(sent, ['online', 'offline', 'online']);
  });

  it('takes a meter offline 30 s after the first report of a silent link', async () => {
    read();
    report('silent');
    await clock.advance(20_000);
    report('silent');
    await clock.advance(9_000);
    assert.deepEqual(sent, ['online']);
    await clock.advance(1_000);
    assert.deepEqual(sent, ['online', 'offline']);
  });

  it('keeps no meter of which no value was read', () => {
    receive({ payload: { activePower: null }, meter: { serial: SERIAL } });
    report('online');
    assert.deepEqual(session.count(), { total: 0, online: 0 });
  });
});

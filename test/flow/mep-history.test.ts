import assert from 'node:assert/strict';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

/** A node id for each test: a deploy hands the position over by it. */
let tests = 0;
const idOf = (): string => `history${tests}`;
const node = (properties: object = {}): FlowNode => ({
  id: idOf(),
  type: 'mep-history',
  meter: 'meter',
  wires: [['out'], ['out']],
  ...properties,
});
const load = (properties: object = {}): Promise<Flow> => Flow.load([SIMULATED_METER, node(properties)]);

type History = Record<string, unknown>;
const historyIn = (msg: Message): History => msg['history'] as History;
const recordsIn = (flow: Flow): Message[] => flow.out.filter((msg) => 'history' in msg);
const notesIn = (flow: Flow): Message[] => flow.out.filter((msg) => !('history' in msg));
const isComplete = (flow: Flow): boolean => /complete/.test(flow.lastStatus(idOf()) ?? '');
const complete = (flow: Flow): Promise<void> =>
  until(() => isComplete(flow), 'the end of the history', { seen: () => [flow.out.length, flow.statuses.at(-1)] });

describe('mep-history', () => {
  withNodeRed();
  beforeEach(() => {
    tests += 1;
  });

  it('fills in what is missing after a deploy, in order, and describes the profile', async () => {
    const flow = await load({ from: 'days', days: '3' });
    await complete(flow);
    const records = recordsIn(flow);
    assert.equal(records.length, 3 * 96);
    const ends = records.map((msg) => Date.parse(String(historyIn(msg)['end'])));
    assert.ok(ends.every((end, at) => at === 0 || end - (ends[at - 1] ?? 0) === 900_000));
    assert.equal(historyIn(records.at(-1) as Message)['more'], 0);
    assert.equal((records[0]?.['table'] as History)['readAt'], historyIn(records[0] as Message)['end']);
    assert.equal((records[0]?.['meter'] as History)['simulated'], true);
    const [profile] = notesIn(flow);
    assert.equal(profile?.topic, 'profile');
    assert.equal((profile.payload as History)['minutes'], 15);
    assert.deepEqual(flow.caught, []);
  });

  it('goes on where it was after a deploy', async () => {
    const flow = await load({ from: 'days', days: '1' });
    await complete(flow);
    const before = recordsIn(flow).length;
    await flow.redeploy([SIMULATED_METER, node({ from: 'days', days: '1', name: 'changed' })]);
    await until(() => notesIn(flow).length === 2, 'the profile');
    flow.send(idOf(), { history: { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' } });
    await until(() => notesIn(flow).length === 3, 'the profile');
    assert.ok(recordsIn(flow).length - before <= 1, String(recordsIn(flow).length));
  });

  it('reads nothing before a message where the interval is 0', async () => {
    const flow = await load({ interval: '0', from: 'days', days: '1' });
    const refused = await flow.ask(idOf(), { history: { from: 'yesterday', to: 'today' } });
    assert.equal(refused.error?.code, 'bad-history');
    assert.deepEqual(flow.out, []);
    flow.send(idOf(), {});
    await complete(flow);
    assert.equal(recordsIn(flow).length, 96);
  });

  it('takes the span of a message that carries a reading', async () => {
    const flow = await load({ interval: '0', from: 'days', days: '1' });
    const history = { from: '2020-01-01T00:00:00Z', to: '2020-01-02T00:00:00Z' };
    flow.send(idOf(), { payload: { activePower: 1, activeEnergyImport: 2 }, history });
    await until(() => flow.completed.length === 1, 'the span', { seen: () => flow.caught });
    assert.deepEqual(flow.caught, []);
  });

  it('sends a span again, and everything after a reset', async () => {
    const flow = await load({ interval: '0', from: 'days', days: '2' });
    flow.send(idOf(), {});
    await until(() => flow.completed.length === 1, 'the first look');
    const records = recordsIn(flow).splice(0);
    const [from, to] = [historyIn(records[8] as Message)['start'], historyIn(records[19] as Message)['end']];
    flow.send(idOf(), { history: { from, to } });
    await until(() => flow.completed.length === 2, 'the span');
    const again = recordsIn(flow).slice(records.length);
    assert.deepEqual(
      again.map((msg) => historyIn(msg)['used']),
      records.slice(8, 20).map((msg) => historyIn(msg)['used']),
    );
    flow.send(idOf(), { history: { reset: true } });
    await until(() => flow.completed.length === 3, 'everything once more');
    const all = recordsIn(flow).slice(records.length + again.length);
    assert.ok(all.length - records.length <= 1 && all.length >= records.length - 1, String(all.length));
  });

  it('refuses what is no order with an error for Catch nodes', async () => {
    const flow = await load({ interval: '0' });
    const spans = [{ from: 1, to: 2 }, { from: '2026-01-02', to: '2026-01-01' }, { reset: 1 }, {}, 'all', []];
    for (const history of spans) {
      const caught = await flow.ask(idOf(), { history });
      assert.equal(caught.error?.code, 'bad-history', JSON.stringify(history));
    }
  });

  it('sends lists, one for each response of the meter', async () => {
    const flow = await load({ from: 'days', days: '1', send: 'list' });
    await complete(flow);
    const lists = flow.out.filter(({ topic }) => topic === 'interval').map(({ payload }) => payload as History[]);
    assert.equal(lists.flat().length, 96);
    assert.ok(lists.length < 10, String(lists.length));
    assert.deepEqual(Object.keys(lists[0]?.[0] ?? {}).sort(), ['history', 'payload', 'registers']);
  });

  for (const [what, topic] of [
    ['billing', 'billing'],
    ['events', 'event'],
    ['outages', 'outage'],
    ['mbus', 'mbus'],
  ] as const) {
    it(`sends ${what}`, async () => {
      const flow = await load({ what });
      await complete(flow);
      const records = recordsIn(flow);
      assert.ok(records.length > 0);
      assert.ok(records.every((msg) => msg.topic === topic && historyIn(msg)['kind'] === topic));
      assert.deepEqual(flow.caught, []);
    });
  }

  it('words events with their names and numbers', async () => {
    const flow = await load({ what: 'events' });
    await complete(flow);
    const down = recordsIn(flow).find(({ payload }) => (payload as History)['event'] === 1);
    const { name, text, sure } = down?.payload as History;
    // The runtime of the tests has no catalogues: a text is its key.
    assert.deepEqual([sure, text], [true, 'mep-history.event.sure']);
    assert.match(String(name), /events\.1$/);
  });

  it('is refused by nodes that take live readings', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      node({ from: 'days', days: '1', wires: [['consumption'], []] }),
      { id: 'consumption', type: 'mep-consumption', wires: [['out']] },
    ]);
    await until(() => flow.caught.length > 0, 'an error');
    assert.equal(flow.caught[0]?.error?.code, 'history-not-live');
    assert.deepEqual(flow.out, []);
  });
});

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { LINK_STATES } from '../../src/link-state.js';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import texts from '../../nodes/locales/en-US/mep-status.json';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const KEY = '0123456789abcdefghij';

interface Status {
  state: string;
  online: boolean;
  code: string | null;
  text: string;
  since: string;
  lastReading: string | null;
  alerts: boolean;
  roundTrip: { last: number | null; mean: number | null; max: number | null };
  counters: Record<string, number>;
}
const statusIn = (msg: Message): Status => msg.payload as Status;

const node = (properties: object = {}): FlowNode => ({
  id: 'status',
  type: 'mep-status',
  meter: 'meter',
  interval: '0',
  staleAfter: '180',
  wires: [['out']],
  ...properties,
});
const reader: FlowNode = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT28', interval: '0' };

describe('mep-status', () => {
  withNodeRed();

  it('reports which meter is online, and nothing more until a change', async () => {
    const flow = await Flow.load([SIMULATED_METER, reader, node()]);
    flow.send('read', {});
    await until(() => flow.out.some((msg) => statusIn(msg).state === 'online'), 'online');
    const before = flow.out.length;
    for (let i = 0; i < 5; i++) flow.send('read', {});
    await pause(1_500);
    assert.equal(flow.out.length, before);
    assert.deepEqual(flow.caught, []);
    const { meter } = flow.out.at(-1) as Message & { meter: { serial: string; protocol: string } };
    assert.match(meter.serial, /^\d+$/);
    assert.equal(meter.protocol, 'mep');
    assert.equal(flow.lastStatus('status'), 'mep-status.status.online');
  });

  it('answers a message with the present status and keeps the rest of it', async () => {
    const flow = await Flow.load([SIMULATED_METER, reader, node({ id: 'status' })]);
    flow.send('read', {});
    await until(() => flow.lastStatus('read') === 'mep-read-table.status.read', 'a reading');
    const answer = (await flow.ask('status', { topic: 'mine', payload: 'x' })) as Message & { topic: string };
    assert.equal(answer.topic, 'mine');
    const status = statusIn(answer);
    assert.deepEqual(Object.keys(status), [
      'state',
      'online',
      'code',
      'text',
      'since',
      'lastReading',
      'alerts',
      'roundTrip',
      'counters',
    ]);
    assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
    assert.equal(status.online, true);
    assert.ok(Math.abs(Date.parse(status.lastReading!) - Date.now()) < 60_000);
    assert.ok(status.roundTrip.max! > 0);
    assert.ok(status.counters['requests']! > 0);
    assert.equal(status.counters['reconnects'], 0);
  });

  it('reports at its interval', async () => {
    const flow = await Flow.load([SIMULATED_METER, node({ interval: '0.3' })]);
    await until(() => flow.out.length >= 6, 'six messages');
    assert.ok(flow.out.every((msg) => LINK_STATES.includes(statusIn(msg).state as 'online')));
    await flow.redeploy([SIMULATED_METER], 'nodes');
    const before = flow.out.length;
    await pause(700);
    assert.equal(flow.out.length, before, 'a deleted node is quiet');
  });

  it('reports readings that stopped although the meter responds', async () => {
    const flow = await Flow.load([SIMULATED_METER, reader, node({ staleAfter: '2' })]);
    flow.send('read', {});
    await until(() => flow.out.some((msg) => statusIn(msg).state === 'stale'), 'stale');
    assert.equal(statusIn(flow.out.at(-1)!).online, false);
    await until(() => flow.lastStatus('status') === 'mep-status.status.stale', 'the status below the node');
    flow.send('read', {});
    await until(() => statusIn(flow.out.at(-1)!).state === 'online', 'online again');
  });

  describe('on a port that fails', () => {
    let served: ServedMeter;
    let meter: SimulatedMeter;
    let config: FlowNode;
    const credentials = { meter: { key: KEY } };
    beforeEach(async () => {
      meter = new SimulatedMeter({ mbk: Buffer.from(KEY).subarray(0, 16) });
      served = await serveTcp({ meter, port: 0 });
      const [host, tcpPort] = served.address.split(':');
      config = { id: 'meter', type: 'mep-config', transport: 'tcp', host, tcpPort, minInterval: '0' };
    });
    afterEach(() => served.close());

    it('reports that the meter is gone, why, and since when', async () => {
      const flow = await Flow.load([config, reader, node()], credentials);
      await until(() => flow.out.some((msg) => statusIn(msg).state === 'online'), 'online');
      await served.close();
      await until(() => flow.out.some((msg) => statusIn(msg).state === 'unreachable'), 'unreachable');
      const gone = statusIn(flow.out.find((msg) => statusIn(msg).state === 'unreachable')!);
      assert.match(gone.code ?? '', /^(connection-lost|host-refused)$/);
      assert.match(gone.text, /errors\.(connection-lost|host-refused)$/);
      assert.ok(Math.abs(Date.parse(gone.since) - Date.now()) < 60_000);
      await pause(4_000);
      const states = flow.out.map((msg) => statusIn(msg).state);
      assert.ok(!states.slice(states.indexOf('unreachable')).includes('connecting'), states.join());
      assert.ok(states.length <= 4, states.join());
      assert.deepEqual(flow.caught, []);
    });

    it('reports a rejected key without the key', async () => {
      const wrong = { meter: { key: 'ABCDEFGHIJ0123456789' } };
      const flow = await Flow.load([config, node()], wrong);
      await until(() => flow.out.some((msg) => statusIn(msg).state === 'key-rejected'), 'key-rejected');
      assert.equal(statusIn(flow.out.at(-1)!).code, 'key-rejected');
      assert.ok(!JSON.stringify(flow.out).includes('ABCDEFGHIJ'));
      assert.match(flow.lastStatus('status') ?? '', /status\.key-rejected$/);
    });

    it('reports unusable settings', async () => {
      const flow = await Flow.load([config, node()], {});
      await until(() => flow.out.length > 0, 'a message');
      assert.deepEqual([statusIn(flow.out[0]!).state, statusIn(flow.out[0]!).code], ['closed', 'key-missing']);
      assert.equal((flow.out[0] as unknown as { meter: unknown }).meter, null);
    });
  });

  for (const [what, properties, code] of [
    ['no connection', { meter: 'gone' }, 'bad-setting'],
    ['an interval that is none', { interval: 'often' }, 'bad-setting'],
    ['a time that is below zero', { staleAfter: '-1' }, 'bad-setting'],
  ] as const) {
    it(`with ${what} shows it and reports it on request`, async () => {
      const flow = await Flow.load([SIMULATED_METER, node(properties)]);
      const caught = await flow.ask('status', {});
      assert.equal(caught.error?.code, code);
      assert.deepEqual(flow.out, []);
    });
  }

  it('has words for every state', () => {
    assert.deepEqual(Object.keys(texts['mep-status'].text).sort(), [...LINK_STATES].sort());
    for (const text of Object.values(texts['mep-status'].text)) assert.ok(text.length > 20, text);
  });

  it('leaves no timer behind, however often it is deployed', async () => {
    const nodes = [SIMULATED_METER, node({ interval: '1' })];
    const flow = await Flow.load(nodes);
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await until(() => flow.out.length > 1, 'two messages');
    for (let i = 0; i < 20; i++) await flow.redeploy(nodes, i % 2 === 0 ? 'full' : 'flows');
    await pause(100);
    const after20 = timers();
    for (let i = 0; i < 20; i++) await flow.redeploy(nodes, 'full');
    await pause(100);
    assert.ok(timers() <= after20 + 4, `${timers()} timers, ${after20} before`);
  });
});

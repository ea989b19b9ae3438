import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { virtualTime } from '../support/node-red/virtual-time.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

const node = (properties: object = {}): FlowNode => ({
  id: 'format',
  type: 'mep-format',
  format: 'json',
  expireAfter: '180',
  wires: [['out']],
  ...properties,
});
const linkStatus = (state: string): object => ({ payload: { state }, meter: { serial: SERIAL } });

describe('mep-format', () => {
  let running: Flow | undefined;
  // A deleted node does not hand its state over to the node of the next test.
  afterEach(async () => {
    await running?.redeploy([], 'nodes');
    running = undefined;
  });
  withNodeRed();

  const start = async (properties: object = {}): Promise<Flow> => (running = await Flow.load([node(properties)]));
  const payloadsOn = (flow: Flow, topic: string): unknown[] =>
    flow.out.filter((msg) => msg.topic === topic).map((msg) => msg.payload);
  const availability = (flow: Flow): unknown[] => payloadsOn(flow, `nes/${SERIAL}/availability`);
  async function receive(flow: Flow, ...messages: object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send('format', cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
  }

  it('sends nothing before the first reading', async () => {
    const flow = await start();
    await receive(flow, linkStatus('silent'), linkStatus('unreachable'));
    assert.deepEqual(flow.out, []);
    assert.equal(flow.lastStatus('format'), 'mep-format.status.waiting');
  });

  it('collects the tables of each meter, and keeps meters apart', async () => {
    const flow = await start();
    await receive(flow, decoded('BT28'), decoded('BT23'), decoded('BT28', { serial: '7' }));
    const [, both] = payloadsOn(flow, `nes/${SERIAL}/state`).map((text) => JSON.parse(String(text)) as object);
    assert.ok(both && 'activePower' in both && 'activeEnergyImport' in both);
    const [other] = payloadsOn(flow, 'nes/7/state').map((text) => JSON.parse(String(text)) as object);
    assert.ok(other && 'activePower' in other && !('activeEnergyImport' in other));
    for (const msg of flow.out) assert.deepEqual([(msg as { retain?: boolean }).retain], [true]);
  });

  it('reports once that an unresponsive meter is gone, and once that it is back', async () => {
    const clock = virtualTime();
    const flow = await start({ expireAfter: '1' });
    await receive(flow, decoded('BT28'), decoded('BT23'));
    await clock.advance(1_000);
    await until(() => availability(flow).length === 2, 'offline');
    await clock.advance(60_000);
    await receive(flow, decoded('BT28'));
    assert.deepEqual(availability(flow), ['online', 'offline'], 'the same reading again');
    await receive(flow, decoded('BT28', { readAt: '2026-11-20T12:00:10Z' }));
    assert.deepEqual(availability(flow), ['online', 'offline', 'online']);
  });

  it('believes mep-status that the meter cannot be reached', async () => {
    const flow = await start();
    await receive(flow, decoded('BT28'), linkStatus('unreachable'), linkStatus('unreachable'));
    assert.deepEqual(availability(flow), ['online', 'offline']);
  });

  it('keeps values over a deploy, sends all again, and still detects a missing meter', async () => {
    const clock = virtualTime();
    const flow = await start({ expireAfter: '4' });
    await receive(flow, decoded('BT23'));
    await flow.redeploy([node({ expireAfter: '4', name: 'renamed' })]);
    await receive(flow, decoded('BT28'));
    const state = JSON.parse(String(payloadsOn(flow, `nes/${SERIAL}/state`).at(-1))) as object;
    assert.ok('activeEnergyImport' in state && 'activePower' in state);
    assert.deepEqual(availability(flow), ['online', 'online']);
    await flow.redeploy([node({ expireAfter: '4', name: 'again' })]);
    await until(() => clock.pendingTimers > 0, 'the node to watch');
    await clock.advance(4_000);
    await until(() => availability(flow).at(-1) === 'offline', 'offline');
  });

  it('takes its meters offline when it is deleted', async () => {
    const flow = await start();
    await receive(flow, decoded('BT28'), decoded('BT28', { serial: '7' }));
    const before = flow.out.length;
    await flow.redeploy([], 'nodes');
    await until(() => flow.out.length >= before + 2, 'two farewells');
    assert.deepEqual(
      flow.out.slice(before).map((msg) => [msg.topic, msg.payload]),
      [
        [`nes/${SERIAL}/availability`, 'offline'],
        ['nes/7/availability', 'offline'],
      ],
    );
  });

  it('takes the serial number of its own for messages that bring none', async () => {
    const flow = await start({ serial: ' 42 ' });
    await receive(flow, decoded('BT28', { serial: null }));
    assert.equal(payloadsOn(flow, 'nes/42/state').length, 1);
  });

  for (const [what, msg] of [
    ['bytes that were not decoded', { payload: Buffer.from('960a0000', 'hex') }],
    ['a reading without a serial number', decoded('BT28', { serial: null })],
    ['a request that its format does not answer', { req: { method: 'GET', path: '/api' }, res: {} }],
  ] as const) {
    it(`refuses ${what}, and goes on`, async () => {
      const flow = await start();
      await receive(flow, msg);
      assert.deepEqual(
        flow.caught.map(({ error }) => error?.code),
        ['bad-payload'],
      );
      await receive(flow, decoded('BT28'));
      assert.equal(flow.out.length, 2);
    });
  }

  for (const properties of [{ format: 'nonsense' }, { format: '' }, { expireAfter: 'soon' }, { baseTopic: 'a b' }]) {
    it(`shows that ${JSON.stringify(properties)} cannot be`, async () => {
      const flow = await start(properties);
      flow.send('format', decoded('BT28'));
      await until(() => flow.caught.length > 0, 'an error');
      assert.equal(flow.caught.at(-1)?.error?.code, 'bad-setting');
      assert.deepEqual(flow.out, []);
    });
  }

  it('leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const flow = await start();
    const before = timers();
    await receive(flow, decoded('BT28'), decoded('BT28', { serial: '7' }));
    for (let i = 0; i < 10; i += 1) await flow.redeploy([node({ name: `deploy ${i}` })], 'nodes');
    await flow.redeploy([], 'nodes');
    await pause(50);
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import texts from '../../nodes/locales/en-US/mep-http-server.json';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { virtualTime } from '../support/node-red/virtual-time.js';
import { freePort, listening } from '../support/ports.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

describe('mep-http-server', () => {
  let running: Flow | undefined;
  // A deleted node does not hand its state over to the node of the next test.
  afterEach(async () => {
    await running?.redeploy([], 'nodes');
    running = undefined;
  });
  withNodeRed();
  const load = async (...nodes: FlowNode[]): Promise<Flow> => (running = await Flow.load(nodes));
  /** Loads a node that can open its port, and waits until it listens. */
  async function serve(properties?: object): Promise<Flow> {
    const flow = await load(node(properties));
    await listening(port);
    return flow;
  }
  let port: number;
  beforeEach(async () => {
    port = await freePort();
  });

  const node = (properties: object = {}): FlowNode => ({
    id: 'server',
    type: 'mep-http-server',
    format: 'homewizard',
    port: String(port),
    host: '127.0.0.1',
    announce: false,
    expireAfter: '180',
    ...properties,
  });
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);
  const data = async (): Promise<Record<string, number>> =>
    (await (await get('/api/v1/data')).json()) as Record<string, number>;
  const status = async (): Promise<number> => (await get('/api/v1/data')).status;
  async function receive(flow: Flow, ...messages: object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send('server', cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
  }

  it('answers 503 before it knows both tables, then with what was read', async () => {
    const flow = await serve();
    assert.equal((await get('/api')).status, 503);
    await receive(flow, decoded('BT28'));
    assert.equal(await status(), 503);
    assert.equal((await get('/api')).status, 200);
    await receive(flow, decoded('BT23'));
    const { active_power_w: power, total_power_import_kwh: energy } = await data();
    assert.deepEqual([power, energy], [399, 65845.343]);
    assert.equal((await get('/api/v1/data?x=1')).status, 200);
    assert.equal((await get('/somewhere')).status, 404);
  });

  it('answers 503 again when the meter is silent', async () => {
    const clock = virtualTime();
    const flow = await serve({ expireAfter: '4' });
    await receive(flow, decoded('BT28'), decoded('BT23'));
    assert.equal(await status(), 200);
    await clock.advance(4_000);
    await until(async () => (await status()) === 503, 'silence');
    assert.equal(flow.lastStatus('server'), 'mep-http-server.status.silent');
    await receive(flow, decoded('BT28'));
    assert.equal(await status(), 503, 'the same reading again');
    await receive(flow, decoded('BT28', { readAt: '2026-11-20T12:00:10Z' }));
    assert.equal(await status(), 200);
    await receive(flow, { payload: { state: 'unreachable' }, meter: { serial: SERIAL } });
    assert.equal(await status(), 503);
  });

  it('refuses a second meter, and takes one that replaces a silent one', async () => {
    const clock = virtualTime();
    const flow = await serve({ expireAfter: '4' });
    await receive(flow, decoded('BT28'), decoded('BT23'), decoded('BT23', { serial: '7' }));
    assert.deepEqual(
      flow.caught.map(({ error }) => error?.code),
      ['bad-payload'],
    );
    const before = ((await (await get('/api')).json()) as { serial: string }).serial;
    await clock.advance(4_000);
    await until(async () => (await status()) === 503, 'silence');
    await receive(flow, decoded('BT28', { serial: '7' }), decoded('BT23', { serial: '7' }));
    assert.equal(await status(), 200);
    assert.notEqual(((await (await get('/api')).json()) as { serial: string }).serial, before);
  });

  it('serves on after a deploy and frees its port when deleted, despite clients', async () => {
    const flow = await serve();
    await receive(flow, decoded('BT28'), decoded('BT23'));
    const idler = connect(port, '127.0.0.1');
    idler.on('error', () => undefined);
    await once(idler, 'connect');
    await flow.redeploy([node({ name: 'renamed' })]);
    await until(async () => (await status().catch(() => 0)) === 200, 'the server after the deploy');
    await flow.redeploy([], 'nodes');
    await assert.rejects(get('/api'));
    idler.destroy();
  });

  it('reports that its port is in use and listens as soon as it is free', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const flow = await load(node());
    const { error } = flow.node('server') as unknown as { error: { args: [Error & { code: string }][] } };
    try {
      await receive(flow, decoded('BT28'), decoded('BT23'));
      await until(() => /status\.port-busy$/.test(flow.lastStatus('server') ?? ''), 'the status');
    } finally {
      other.close();
      await once(other, 'close');
    }
    await until(async () => (await status().catch(() => 0)) === 200, 'the server');
    const codes = error.args.map(([first]) => first.code);
    assert.deepEqual(codes, ['port-busy'], 'the problem is reported once');
  });

  it('answers as the ESP32 module', async () => {
    const flow = await serve({ format: 'dabbler-http' });
    await receive(flow, decoded('BT28'), decoded('BT23'));
    const answer = await get('/getDashDataWS');
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
    const body = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([body['Fwd_Act_Wh'], body['Utility_SN'], body['L3_RMS_V']], [65845343, SERIAL, 227779]);
  });

  it('has words for whatever can keep it from listening', () => {
    const { error } = texts['mep-http-server'];
    assert.deepEqual(Object.keys(error).sort(), ['foreign-host', 'mdns', 'port-busy', 'port-denied', 'port-failed']);
  });

  for (const properties of [{ format: 'json' }, { port: '0' }, { port: 'eighty' }, { expireAfter: '-1' }]) {
    it(`shows that ${JSON.stringify(properties)} cannot be`, async () => {
      const flow = await load(node(properties));
      flow.send('server', decoded('BT28'));
      await until(() => flow.caught.length > 0, 'an error');
      assert.equal(flow.caught.at(-1)?.error?.code, 'bad-setting');
    });
  }
});

describe('mep-format between http in and http response', () => {
  withNodeRed();

  it('answers a request from what it knows, and sends nothing by itself', async () => {
    const flow = await Flow.load([{ id: 'answering', type: 'mep-format', format: 'homewizard', wires: [['out']] }]);
    const request = { req: { method: 'GET', path: '/api/v1/data' }, res: {}, _msgid: 'a' };
    const before = await flow.ask('answering', request);
    assert.equal((before as { statusCode?: number }).statusCode, 503);
    flow.send('answering', decoded('BT28'));
    flow.send('answering', decoded('BT23'));
    const answer = (await flow.ask('answering', request)) as unknown as Record<string, unknown>;
    assert.equal(answer['statusCode'], 200);
    assert.ok('res' in answer && 'req' in answer, 'http response needs them');
    assert.equal((JSON.parse(String(answer['payload'])) as Record<string, unknown>)['active_power_w'], 399);
    assert.equal(flow.out.length, 2);
  });
});

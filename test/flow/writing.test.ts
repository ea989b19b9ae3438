import assert from 'node:assert/strict';
import { DEMO_KEY, serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { adminApi, Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { TEST_KEYS } from '../support/secret-watch.js';
import { helper } from '../support/node-red/test-helper.js';
import { until } from '../support/until.js';

const [, MAK] = TEST_KEYS;
const REGISTERED = 'mepInboundConfiguration[0].mepDeviceRegistered';
const write = (settings: object = {}): FlowNode => ({
  id: 'write',
  type: 'mep-write-table',
  meter: 'meter',
  table: 'ET50',
  dryRun: false,
  wires: [['out']],
  ...settings,
});
const procedure = (settings: object = {}): FlowNode => ({
  id: 'run',
  type: 'mep-procedure',
  meter: 'meter',
  procedure: 'EP61',
  dryRun: false,
  wires: [['out']],
  ...settings,
});

describe('The nodes that change a meter', () => {
  withNodeRed();
  let served: ServedMeter;
  let simulated: SimulatedMeter;
  let meters = 0;
  let connection: FlowNode;
  const keys = { meter: { key: DEMO_KEY, advancedKey: MAK } };

  beforeEach(async () => {
    // The budget belongs to a meter: each test has a new meter.
    simulated = new SimulatedMeter({ mak: Buffer.from(MAK).subarray(0, 16), serial: String(++meters) });
    served = await serveTcp({ meter: simulated, port: 0 });
    const [host, tcpPort] = served.address.split(':');
    connection = {
      id: 'meter',
      type: 'mep-config',
      transport: 'tcp',
      host,
      tcpPort,
      minInterval: '0',
      allowWrites: true,
    };
  });
  afterEach(() => served.close());

  it('write fields and report each byte that changed', async () => {
    const flow = await Flow.load([connection, write()], keys);
    const { payload, ...msg } = await flow.ask('write', { payload: { [REGISTERED]: true }, topic: 'kept' });
    assert.deepEqual(payload, {
      outcome: 'written',
      table: 'ET50',
      offset: 30,
      before: '00',
      after: '01',
      changes: [{ offset: 30, before: 0, after: 1 }],
      writes: [{ offset: 30, data: '01' }],
      budget: null,
    });
    assert.equal(msg.topic, 'kept');
    assert.equal(simulated.image('ET50')?.[30], 1);
    assert.equal(flow.lastStatus('write'), 'mep-write-table.status.written');
  });

  it('refuse a message that a broker had stored: it would write again at each start', async () => {
    const flow = await Flow.load([connection, write(), procedure()], keys);
    for (const id of ['write', 'run']) {
      const { error } = await flow.ask(id, { payload: { [REGISTERED]: true }, retain: true });
      assert.equal(error?.code, 'stored-message', id);
    }
    assert.equal(simulated.counters.writes, 0);
  });

  it('write bytes to the table that the message names', async () => {
    const flow = await Flow.load([connection, write({ table: '', offset: '3' })], keys);
    await flow.ask('write', { payload: Buffer.from('NES'), table: 'ET50' });
    assert.deepEqual([...(simulated.image('ET50') ?? []).slice(3, 6)], [0x4e, 0x45, 0x53]);
  });

  it('write the bytes where they were read, and nowhere else', async () => {
    const extent = { id: 'ET50', offset: 30, length: 1 };
    const flow = await Flow.load([connection, write({ offset: '' }), { ...write({ offset: '0' }), id: 'other' }], keys);
    await flow.ask('write', { payload: Buffer.of(1), table: extent });
    assert.equal(simulated.image('ET50')?.[30], 1);
    const { error } = await flow.ask('other', { payload: Buffer.of(0), table: extent });
    assert.equal(error?.code, 'bad-offset');
    assert.equal(simulated.counters.writes, 1);
    const text = await flow.ask('write', { payload: Buffer.of(0), table: { ...extent, offset: '30' } });
    assert.equal(text.error?.code, 'bad-offset', 'a text is no place');
    // Bytes that were read of another table are no evidence about this one.
    await flow.ask('other', { payload: Buffer.of(9), table: { ...extent, id: 'BT28' } });
    assert.equal(simulated.image('ET50')?.[0], 9);
  });

  it('log a write that a deploy cut off: its Catch nodes are gone too', async () => {
    const flow = await Flow.load([connection, write()], keys);
    const warnings: { code?: string }[] = [];
    const node = helper.getNode('write') as unknown as NodeJS.EventEmitter;
    node.on('call:warn', ({ args }: { args: [{ code?: string }] }) => warnings.push(args[0]));
    let writes = 0;
    simulated.onExchange(({ request }) => {
      if (!request || !('data' in request)) return;
      writes++;
      simulated.isStuck = true;
    });
    flow.send('write', { payload: { [REGISTERED]: true } });
    await until(() => writes > 0, 'the write to reach the meter');
    await flow.redeploy([connection], 'nodes', keys);
    await until(() => warnings.length > 0, 'the warning');
    assert.equal(warnings[0]?.code, 'write-outcome-unknown');
  });

  it('run a procedure once, even if a connection test takes the port in between', async () => {
    const flow = await Flow.load([connection, procedure()], keys);
    const { host, tcpPort } = connection;
    const settings = { protocol: 'mep', security: 'digest', transport: 'tcp', host, tcpPort };
    let starts = 0;
    let tested: PromiseLike<unknown> | undefined;
    simulated.onExchange(({ request, code }) => {
      if (!request || !('data' in request) || code !== 0) return;
      starts++;
      tested ??= adminApi().post('/nes-meter/test').send({ id: 'meter', settings }).then();
    });
    const { error } = await flow.ask('run', { payload: { lock: 1 } });
    await tested;
    assert.equal(error?.code, 'procedure-unanswered');
    assert.equal(starts, 1);
  });

  it('run a procedure and report the response', async () => {
    const flow = await Flow.load([connection, procedure()], keys);
    const { payload } = await flow.ask('run', { payload: { lock: 1 } });
    assert.deepEqual(payload, {
      outcome: 'completed',
      procedure: 'EP61',
      sequence: 5,
      written: '3D 08 05 01',
      result: 'completed',
      values: {},
      budget: null,
    });
  });

  it('take the parameters of the node, and the name in the message', async () => {
    const flow = await Flow.load([connection, procedure({ procedure: '', parameters: '{"lock": 0}' })], keys);
    const { payload } = await flow.ask('run', { payload: 'anything', procedure: 'EP61' });
    assert.equal((payload as { written: string }).written, '3D 08 05 00');
  });

  for (const [allowDangerousWrites, table, msg, code] of [
    [undefined, 'ET13', {}, 'danger-not-allowed'],
    ['true', 'ET13', {}, 'danger-not-allowed'],
    [true, '', { table: 'ET13' }, 'danger-by-message'],
    [true, '', { table: { id: 'BT15' } }, 'danger-by-message'],
    [true, 'ET13', {}, undefined],
  ] as const) {
    it(`write ${table || 'what msg.table names'} with dangerous writes ${String(allowDangerousWrites)}: ${code ?? 'yes'}`, async () => {
      const flow = await Flow.load([{ ...connection, allowDangerousWrites }, write({ table, offset: '' })], keys);
      const { error } = await flow.ask('write', { payload: Buffer.of(0x5a), ...msg });
      assert.equal(error?.code, code, error?.message);
      assert.equal(simulated.counters.writes, code === undefined ? 1 : 0);
    });
  }

  it('run a dangerous procedure only where the node names it', async () => {
    const allowed = { ...connection, allowDangerousWrites: true };
    const flow = await Flow.load([allowed, procedure({ procedure: '', dryRun: true })], keys);
    const payload = { action: 0, deviceHandle: 1000 };
    assert.equal((await flow.ask('run', { payload, procedure: 'EP17' })).error?.code, 'danger-by-message');
    await flow.redeploy([allowed, procedure({ procedure: 'EP17', dryRun: true })], 'nodes', keys);
    assert.equal((await flow.ask('run', { payload })).error, undefined);
  });

  it('share the budget of one meter at four addresses', async () => {
    const hosts = ['127.0.0.1', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'];
    const nodes = hosts.flatMap((host, index) => [
      { ...connection, id: `meter${index}`, host },
      write({ id: `write${index}`, meter: `meter${index}`, table: 'ET51' }),
    ]);
    const flow = await Flow.load(nodes, Object.fromEntries(hosts.map((_, index) => [`meter${index}`, keys.meter])));
    const field = 'mepDeviceConfiguration[0].mepHealthTimeout';
    for (let value = 0; value < 12; value++) await flow.ask(`write${value % 4}`, { payload: { [field]: 600 + value } });
    assert.equal(simulated.counters.writes, 4);
  });

  it('go on with the budget of a meter whose serial number the utility changes', async () => {
    const flow = await Flow.load([connection, write({ table: 'ET51' })], keys);
    const field = 'mepDeviceConfiguration[0].mepHealthTimeout';
    for (let value = 0; value < 8; value++) {
      await flow.ask('write', { payload: { [field]: 600 + value } });
      const identity = simulated.image('ET03') ?? assert.fail();
      simulated.setImage(2051, identity.fill(0x30 + value, 0, 8));
    }
    assert.equal(simulated.counters.writes, 4);
  });

  for (const dryRun of [true, undefined, 'false', 0]) {
    it(`write nothing in a dry run, which is on unless it was turned off: ${String(dryRun)}`, async () => {
      const flow = await Flow.load([connection, write({ dryRun }), procedure({ dryRun })], keys);
      const written = await flow.ask('write', { payload: { [REGISTERED]: true } });
      const run = await flow.ask('run', { payload: { lock: 1 } });
      for (const { payload } of [written, run]) assert.equal((payload as { outcome: string }).outcome, 'dry-run');
      assert.equal(simulated.counters.writes, 0);
    });
  }

  for (const allowWrites of [false, undefined, 'true', 1]) {
    it(`are refused where the connection does not allow it: ${String(allowWrites)}`, async () => {
      const flow = await Flow.load([{ ...connection, allowWrites }, write(), procedure()], keys);
      for (const id of ['write', 'run']) {
        const { error } = await flow.ask(id, { payload: { lock: 1 } });
        assert.equal(error?.code, 'writes-not-allowed');
      }
      assert.equal(simulated.counters.writes, 0);
    });
  }

  for (const [what, node, msg, code] of [
    ['no table', write({ table: '' }), { payload: {} }, 'unknown-table'],
    ['a text', write(), { payload: 'on' }, 'bad-payload'],
    ['a number', write(), { payload: 1 }, 'bad-payload'],
    ['nothing', write(), {}, 'bad-payload'],
    ['a field that is not there', write(), { payload: { colour: 'red' } }, 'value-out-of-range'],
    ['a prototype', write(), { payload: JSON.parse('{"__proto__": {"x": 1}}') as object }, 'value-out-of-range'],
    ['registers', write({ table: 'BT23' }), { payload: Buffer.alloc(4) }, 'not-writable'],
    ['no procedure', procedure({ procedure: '' }), { payload: {} }, 'unknown-procedure'],
    ['parameters that are no object', procedure(), { payload: [1] }, 'bad-payload'],
    ['parameters that are no JSON', procedure({ parameters: '{lock' }), { payload: {} }, 'bad-setting'],
  ] as const) {
    it(`report the error in ${what}, and send nothing`, async () => {
      const flow = await Flow.load([connection, node], keys);
      const { error } = await flow.ask(node.id, { ...msg });
      assert.equal(error?.code, code);
      assert.equal(simulated.counters.writes, 0);
    });
  }

  it('leave the flow alone without a connection', async () => {
    const flow = await Flow.load([write({ meter: '' }), procedure({ meter: 'gone' })]);
    assert.equal((await flow.ask('write', { payload: {} })).error?.code, 'bad-setting');
    assert.equal((await flow.ask('run', { payload: {} })).error?.code, 'bad-setting');
  });

  it('are the only ones that write: other nodes never do, although writes are allowed', async () => {
    simulated.setAlert(true);
    const read = (id: string, table: string, more: object = {}): FlowNode => ({
      id,
      type: 'mep-read-table',
      meter: 'meter',
      table,
      interval: '0.3',
      wires: [['out']],
      ...more,
    });
    const flow = await Flow.load(
      [
        connection,
        read('live', 'BT28'),
        read('energy', 'BT23'),
        read('alerts', 'ET13', { output: 'decoded' }),
        { id: 'link', type: 'mep-status', meter: 'meter', interval: '0.2', wires: [['out']] },
      ],
      keys,
    );
    await until(() => flow.out.length > 12 && simulated.counters.reads > 20, 'readings');
    await flow.redeploy([connection, read('live', 'BT28')], 'full', keys);
    await until(() => flow.out.length > 16, 'readings after a deploy');
    assert.equal(simulated.counters.writes, 0);
  });
});

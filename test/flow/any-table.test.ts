import assert from 'node:assert/strict';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { deployedMeter, serveTestedMeter, TESTED_KEY } from '../support/node-red/tested-meter.js';
import { until } from '../support/until.js';

const READ = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT52', interval: '0', wires: [['out']] };
const DECODE: FlowNode = { id: 'decode', type: 'mep-decode-table', table: '', offset: '0', wires: [['out']] };
const ET13 = 2061;
/** Of each M-Bus device in ET13; MEP devices have none. [MEP p.81-82] */
const KEY_BYTES = 32;
const M_BUS_DEVICES = 4;
const CLOCK = Buffer.from([26, 11, 20, 12, 20, 5, 0]);

describe('Any table in a flow', () => {
  withNodeRed();

  const bare = async (node: Partial<FlowNode>, msg: object): Promise<Message> =>
    (await Flow.load([{ ...DECODE, ...node }])).ask('decode', msg);

  for (const table of ['ET03', 'BT01', 'BT21', 'BT22', 'BT27', 'BT52']) {
    it(`${table} is read and decoded, by two nodes or by one`, async () => {
      const flow = await Flow.load([
        SIMULATED_METER,
        { ...READ, table, wires: [['decode']] },
        DECODE,
        { ...READ, id: 'both', table, output: 'decoded' },
      ]);
      const two = await flow.ask('read', { topic: 'mine' });
      const one = await flow.ask('both', { topic: 'mine' });
      assert.equal(two.error, undefined);
      const values = two.payload as Record<string, unknown>;
      assert.ok(Object.keys(values).length > 0);
      assert.deepEqual(JSON.parse(JSON.stringify(values)), values);
      if (table !== 'BT52') assert.deepEqual(one.payload, values);
      else assert.deepEqual(Object.keys(one.payload as object), Object.keys(values));
      for (const msg of [one, two]) {
        assert.equal(msg.topic, 'mine');
        assert.ok(Buffer.isBuffer(msg['raw']));
        assert.equal((msg['table'] as { id: string }).id, table);
        assert.ok('dimensions' in (msg['meter'] as object));
        assert.ok(!('registers' in msg));
      }
      assert.equal(flow.lastStatus('decode'), 'mep-decode-table.status.decoded');
    });
  }

  it('a key in a table reaches no message', async () => {
    const { meter, served, tcp } = await serveTestedMeter();
    try {
      const { length } = meter.image('ET13') ?? assert.fail();
      meter.setImage(ET13, new Uint8Array(length).fill(0x41));
      const nodes = [
        deployedMeter(tcp),
        { ...READ, table: 'ET13' },
        { ...READ, id: 'both', table: 'ET13', output: 'decoded' },
      ];
      const flow = await Flow.load(nodes, { meter: { key: TESTED_KEY } });
      const bytes = (await flow.ask('read', {})).payload as Buffer;
      assert.equal(bytes.length, length);
      const devices = Math.min(Number(meter.dimensions['ET11']?.['numberOfDevices']), M_BUS_DEVICES);
      assert.ok(devices > 0);
      assert.equal(bytes.filter((byte) => byte === 0).length, KEY_BYTES * devices);
      assert.equal(bytes.filter((byte) => byte === 0x41).length, length - KEY_BYTES * devices);
      assert.deepEqual((await flow.ask('both', {}))['raw'], bytes);
    } finally {
      await served.close();
    }
  });

  it('the clock is a time of now', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, output: 'decoded' }]);
    const { payload } = await flow.ask('read', {});
    const { clockCalendar } = payload as Record<string, string>;
    assert.match(clockCalendar ?? '', /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/);
  });

  it('the values of BT23 are nested, and its registers are those of mep-decode-bt23', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      { ...READ, table: 'BT23', wires: [['flat', 'decode']] },
      { id: 'flat', type: 'mep-decode-bt23', wires: [['out']] },
      { ...DECODE, wires: [['caught']] },
    ]);
    flow.send('read', {});
    await until(() => flow.out.length > 0 && flow.caught.length > 0, 'both messages');
    const [flat, nested] = [flow.out[0]!, flow.caught[0]!];
    const registers = nested['registers'] as { path: string; raw: number }[];
    const places = registers.map(({ path }) => path);
    const expected = flat['registers'] as object[];
    assert.deepEqual(
      registers,
      expected.map((register, index) => ({ ...register, path: places[index] })),
    );
    assert.equal(places[0], 'summations[0]');
    assert.equal((nested.payload as { summations: number[] }).summations[0], registers[0]!.raw);
  });

  it('a part of a table has null for what was not read', async () => {
    const flow = await Flow.load([
      SIMULATED_METER,
      { ...READ, table: 'BT23', mode: 'partial', offset: '4', count: '4', output: 'decoded' },
    ]);
    const msg = await flow.ask('read', {});
    const values = msg.payload as Record<string, unknown>;
    const [first, second] = [values['activeEnergyImport'], values['activeEnergyExport']];
    assert.deepEqual([first, typeof second], [null, 'number']);
    assert.equal((msg['registers'] as unknown[]).length, 1);
  });

  it('no registers of an earlier table stay in the message', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, output: 'decoded' }]);
    const msg = await flow.ask('read', { registers: ['of BT28'] });
    assert.ok(!('registers' in msg));
  });

  it('names the wrong setting before it sends a request to the meter', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, output: 'poem' }]);
    const { error } = await flow.ask('read', {});
    assert.equal(error?.code, 'bad-setting');
  });

  for (const [kind, payload] of [
    ['a Buffer', CLOCK],
    ['a Uint8Array', new Uint8Array(CLOCK)],
    ['a Buffer that went through JSON', JSON.parse(JSON.stringify(CLOCK)) as unknown],
  ] as const) {
    it(`${kind} from elsewhere is of the table that is set`, async () => {
      const msg = await bare({ table: 'bt52' }, { payload });
      assert.equal((msg.payload as Record<string, unknown>)['clockCalendar'], '2026-11-20T12:20:05');
    });
  }

  it('prefers msg.table to the setting', async () => {
    const msg = await bare({ table: 'ET03' }, { payload: CLOCK, table: 'BT52' });
    assert.equal((msg.payload as Record<string, unknown>)['clockCalendar'], '2026-11-20T12:20:05');
  });

  it('the first byte that is set counts for bare buffers', async () => {
    const msg = await bare({ table: 'BT23', offset: '4' }, { payload: Buffer.from('9f1d0000', 'hex') });
    assert.deepEqual((msg.payload as { summations: unknown[] }).summations.slice(0, 2), [null, 7583]);
  });

  for (const [what, node, msg, code] of [
    ['no table', {}, { payload: CLOCK }, 'unknown-table'],
    ['an unknown table', {}, { payload: CLOCK, table: 'BT99' }, 'unknown-table'],
    ['a text', { table: 'BT52' }, { payload: '1a0b' }, 'bad-payload'],
    ['values already decoded', { table: 'BT52' }, { payload: { a: 1 } }, 'bad-payload'],
    ['nothing', { table: 'BT52' }, { payload: Buffer.alloc(0) }, 'table-too-short'],
    ['a field cut off', { table: 'BT52' }, { payload: CLOCK.subarray(0, 3) }, 'table-too-short'],
    ['too much', { table: 'BT52' }, { payload: Buffer.alloc(99) }, 'table-too-long'],
    ['a table laid out by others', { table: 'BT64' }, { payload: Buffer.alloc(99) }, 'dimensions-missing'],
    ['an offset that is none', { table: 'BT52', offset: '-3' }, { payload: CLOCK }, 'bad-setting'],
  ] as const) {
    it(`${what} goes to a Catch node as ${code}, and the next message is decoded`, async () => {
      const flow = await Flow.load([{ ...DECODE, ...node }]);
      const { error } = await flow.ask('decode', msg);
      assert.equal(error?.code, code);
      const next = await flow.ask('decode', {
        payload: CLOCK,
        table: { id: 'BT52', offset: 0, complete: true },
        meter: { dimensions: {} },
      });
      assert.equal((next.payload as Record<string, unknown>)['clockCalendar'], '2026-11-20T12:20:05');
    });
  }

  it('reports an impossible setting at once', async () => {
    const flow = await Flow.load([{ ...DECODE, table: 'BT99' }]);
    assert.equal(flow.lastStatus('decode')?.endsWith('status.unknown-table'), true);
  });
});

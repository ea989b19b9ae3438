import assert from 'node:assert/strict';
import { Flow, type FlowNode, type Message, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { deployedMeter, serveTestedMeter, TESTED_KEY, type TestedMeter } from '../support/node-red/tested-meter.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

const DECODED = { type: 'mep-read-table', meter: 'meter', output: 'decoded', interval: '0', wires: [['out']] };
const LIVE = [
  { table: 'BT28', interval: 1 },
  { table: 'BT23', interval: '2' },
];
const BT23 = 23;

const idOf = (msg: Message): unknown => (msg['table'] as { id?: unknown }).id;
const decoders: readonly FlowNode[] = ['BT23', 'BT28'].map((table) => ({
  ...{ id: `decode-${table}`, type: `mep-decode-${table.toLowerCase()}` },
  wires: [['out']],
}));

describe('mep-read-table with decoded values', () => {
  let flow: Flow;
  withNodeRed();

  for (const table of ['BT23', 'BT28']) {
    for (const part of [{}, { mode: 'partial', offset: '4', count: '8' }]) {
      it(`gives of ${'mode' in part ? 'a part of ' : ''}${table} exactly what its decode node gives`, async () => {
        flow = await Flow.load([SIMULATED_METER, { id: 'read', ...DECODED, table, ...part }, ...decoders]);
        const read = await flow.ask('read', { topic: 'mine' });
        assert.equal(read.error, undefined);
        const bytes = { ...cloned(read), payload: read['raw'] };
        const { registers, ...undecoded } = bytes as Record<string, unknown>;
        assert.ok(Array.isArray(registers));
        delete undecoded['raw'];
        const decoded = await flow.ask(`decode-${table}`, undecoded);
        for (const name of ['topic', 'payload', 'registers', 'raw', 'table', 'meter']) {
          assert.deepEqual(read[name], decoded[name], name);
        }
        const values = read.payload as Record<string, unknown>;
        assert.ok(Object.values(values).some((value) => typeof value === 'number'));
      });
    }
  }

  it('shows the most important value below the node', async () => {
    flow = await Flow.load([SIMULATED_METER, { id: 'read', ...DECODED, table: 'BT23' }]);
    await flow.ask('read', {});
    assert.match(flow.lastStatus('read') ?? '', /^[\d.]+ kWh$/);
  });
});

describe('mep-read-table with several tables', () => {
  let flow: Flow;
  withNodeRed();
  const received = (table: string): Message[] => flow.out.filter((msg) => idOf(msg) === table);

  it('reads each at its own interval, and all of them on a message', async () => {
    flow = await Flow.load([
      { ...SIMULATED_METER, minInterval: '0' },
      { id: 'read', ...DECODED, table: 'ET03', interval: '1', reads: LIVE },
    ]);
    await until(() => received('BT28').length > 1 && received('BT23').length > 0, 'both tables by themselves');
    assert.deepEqual(received('ET03'), [], 'the single table is not read beside them');
    flow.send('read', { topic: 'mine' });
    const mine = (): unknown[] => flow.out.filter(({ topic }) => topic === 'mine').map(idOf);
    await until(() => mine().length === 2, 'both tables of the message');
    assert.deepEqual(mine(), ['BT28', 'BT23']);
    await until(() => flow.completed.length === 1, 'the end of the message');
    assert.deepEqual(flow.caught, []);
  });

  it('reads the one that a message names, and not that of an earlier reading', async () => {
    const reads = LIVE.map(({ table }) => ({ table, interval: 0 }));
    flow = await Flow.load([SIMULATED_METER, { id: 'read', ...DECODED, reads }]);
    const clock = await flow.ask('read', { table: 'BT52' });
    assert.equal(idOf(clock), 'BT52');
    flow.send('read', cloned(clock));
    await until(() => flow.out.length === 3, 'both tables');
    assert.deepEqual(flow.out.slice(1).map(idOf), ['BT28', 'BT23']);
  });

  it('reads the others when one is not available, and reports that', async () => {
    const reads = [{ table: 'ET250', interval: 0 }, ...LIVE.map(({ table }) => ({ table, interval: 0 }))];
    flow = await Flow.load([SIMULATED_METER, { id: 'read', ...DECODED, reads }]);
    flow.send('read', {});
    await until(() => flow.caught.length === 1, 'the error');
    assert.equal(flow.caught[0]?.error?.code, 'unknown-table');
    assert.deepEqual(flow.out.map(idOf), ['BT28', 'BT23']);
  });

  it('is the whole flow from a meter to Home Assistant, with one node behind it', async () => {
    flow = await Flow.load([
      SIMULATED_METER,
      { id: 'read', ...DECODED, reads: LIVE, wires: [['ha']] },
      { id: 'ha', type: 'mep-ha-discovery', wires: [['out']] },
    ]);
    const state = (): string => {
      const payload = flow.out.filter(({ topic }) => topic?.endsWith('/state')).at(-1)?.payload;
      return typeof payload === 'string' ? payload : '';
    };
    await until(() => /"activePower":-?\d/.test(state()) && /"activeEnergyImport":\d/.test(state()), 'a state', {
      seen: () => [state(), flow.caught],
    });
    assert.deepEqual(flow.caught, []);
  });

  for (const reads of [
    'BT28',
    7,
    [{ interval: 5 }],
    [{ table: 'BT28', interval: -1 }],
    [{ table: ' ', interval: 1 }],
  ]) {
    it(`refuses the list ${JSON.stringify(reads)} at the start`, async () => {
      flow = await Flow.load([SIMULATED_METER, { id: 'read', ...DECODED, reads }]);
      assert.match(flow.lastStatus('read') ?? '', /status\.bad-setting$/);
    });
  }
});

describe('mep-read-table with the guard', () => {
  let flow: Flow;
  let tested: TestedMeter;
  beforeEach(async () => {
    tested = await serveTestedMeter();
  });
  afterEach(async () => {
    await flow.redeploy([], 'nodes');
    await tested.served.close();
  });
  withNodeRed();

  /** The import register of the meter, in Wh, in each reading from now on. */
  function setImport(wattHours: number): void {
    const image = Buffer.from(tested.meter.image('BT23') ?? assert.fail());
    image.writeUInt32LE(wattHours, 0);
    tested.meter.setImage(BT23, image);
  }

  it('holds back what the plausibility node holds back, on the second output', async () => {
    flow = await Flow.load(
      [
        deployedMeter(tested.tcp),
        { id: 'guarded', ...DECODED, table: 'BT23', guard: true, wires: [['one-passed'], ['one-held']] },
        { id: 'read', ...DECODED, table: 'BT23', wires: [['plausibility']] },
        { id: 'plausibility', type: 'mep-plausibility', wires: [['two-passed'], ['two-held']] },
        ...['one-passed', 'one-held', 'two-passed', 'two-held'].map((id) => ({ id, type: 'helper' })),
      ],
      { meter: { key: TESTED_KEY } },
    );
    const sent = new Map<string, Message[]>();
    for (const id of ['one-passed', 'one-held', 'two-passed', 'two-held']) {
      sent.set(id, []);
      flow.node(id).on('input', (msg, _send, done) => {
        sent.get(id)?.push(msg);
        done();
      });
    }
    const count = (way: string): number => sent.get(`${way}-passed`)!.length + sent.get(`${way}-held`)!.length;
    async function both(msg: object): Promise<void> {
      const before = [count('one'), count('two')];
      flow.send('guarded', cloned(msg));
      flow.send('read', cloned(msg));
      await until(() => count('one') > before[0]! && count('two') > before[1]!, 'both ways', {
        seen: () => [[...sent], flow.caught],
      });
    }
    for (const wattHours of [5_000_000, 5_000_001, 5_000_002, 905_000_000, 5_000_003]) {
      setImport(wattHours);
      await both({});
    }
    const energies = (id: string): unknown[] =>
      sent.get(id)!.map(({ payload }) => (payload as Record<string, unknown>)['activeEnergyImport']);
    const reasons = (id: string): unknown[] =>
      sent.get(id)!.map((msg) => (msg['plausibility'] as { reason: string }).reason);
    assert.deepEqual(energies('one-passed'), energies('two-passed'));
    assert.deepEqual(energies('one-held'), energies('two-held'));
    assert.deepEqual(reasons('one-held'), reasons('two-held'));
    assert.ok(energies('one-held').includes(905_000));
    assert.ok(!energies('one-passed').includes(905_000));
    assert.equal(energies('one-passed').at(-1), 5000.003);
    assert.deepEqual(
      Object.keys(sent.get('one-passed')!.at(-1)!).sort(),
      Object.keys(sent.get('two-passed')!.at(-1)!).sort(),
    );
  });

  it('takes the request to believe a value, and remembers over a deploy', async () => {
    const nodes = [
      deployedMeter(tested.tcp),
      { id: 'guarded', ...DECODED, table: 'BT23', guard: 'true', wires: [['out'], ['held']] },
      { id: 'held', type: 'helper' },
    ];
    const keys = { meter: { key: TESTED_KEY } };
    flow = await Flow.load(nodes, keys);
    const energy = (): unknown =>
      (flow.out.at(-1)?.payload as Record<string, unknown> | undefined)?.['activeEnergyImport'];
    async function read(wattHours: number): Promise<void> {
      setImport(wattHours);
      const done = flow.completed.length;
      flow.send('guarded', {});
      await until(() => flow.completed.length > done, 'the reading', { seen: () => flow.caught });
    }
    for (const wattHours of [8_000_000, 8_000_000, 8_000_001]) await read(wattHours);
    assert.equal(energy(), 8000.001);
    await flow.redeploy(nodes, 'full', keys);
    await read(1_000);
    assert.equal(energy(), 8000.001, 'a register that fell is held back');
    assert.match(flow.lastStatus('guarded') ?? '', /status\.held$/);
    const reads = flow.completed.length;
    flow.send('guarded', { topic: 'believe' });
    await until(() => flow.completed.length > reads, 'the request');
    await read(1_001);
    assert.equal(energy(), 1.001);
  });
});

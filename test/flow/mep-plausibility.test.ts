import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeAPI, NodeMessage } from 'node-red';
import { REASONS } from '../../src/readings/plausibility/index.js';
import { decodeReading } from '../../src/readings/index.js';
import mepPlausibility from '../../nodes/mep-plausibility.js';
import { hex } from '../support/fixtures/exchanges.js';
import { readFixtures } from '../support/fixtures/fixtures.js';
import { helper, removeAllNodes } from '../support/node-red/test-helper.js';
import { until } from '../support/until.js';
import texts from '../../nodes/locales/en-US/mep-plausibility.json';

interface Report {
  result: string;
  reason: string;
  key: string;
  value: number | null;
  last: number | null;
  limit: number | null;
  unit: string | null;
  text: string;
  findings: object[];
  confirmations?: number;
  needed?: number | null;
}
type Message = NodeMessage & { plausibility?: Report; error?: { code?: string; message: string } };

const [, bt23] = readFixtures<{ hex: string }>('BT23').find(([name]) => name === 'nes-five-blocks')!;
const decoded = decodeReading('BT23', hex(bt23.hex));
const IMPORT = decoded.payload['activeEnergyImport']!;
/** Each reading has another time: five readings of the same moment would count as one. */
let readAt = Date.UTC(2026, 10, 20);

function reading(changes: object = {}, serial = '83334000001'): Message {
  readAt += 10_000;
  return {
    topic: 'mine',
    payload: { ...decoded.payload, ...changes },
    registers: decoded.registers,
    raw: Buffer.alloc(4),
    table: { id: 'BT23', complete: true, readAt: new Date(readAt).toISOString() },
    meter: { serial, dimensions: {} },
  };
}

/** A new id for each test: the state of a node is handed over to the next one with its id. */
let guard = 'guard';

const flow = (properties: object = {}): object[] => [
  { id: 'tab', type: 'tab', label: 'test' },
  { id: guard, z: 'tab', x: 1, y: 1, type: 'mep-plausibility', wires: [['passed'], ['held']], ...properties },
  ...['passed', 'held', 'caught', 'completed'].map((id) => ({ id, z: 'tab', x: 1, y: 1, type: 'helper', wires: [] })),
  { id: 'catch', z: 'tab', x: 1, y: 1, type: 'catch', scope: null, wires: [['caught']] },
  { id: 'complete', z: 'tab', x: 1, y: 1, type: 'complete', scope: [guard], wires: [['completed']] },
];

let red: NodeAPI;
const nodes = [
  mepPlausibility,
  (RED: NodeAPI): void => {
    red = RED;
  },
];

/** The messages of the node, and its statuses. */
class Watch {
  readonly passed: Message[] = [];
  readonly held: Message[] = [];
  readonly caught: Message[] = [];
  readonly completed: Message[] = [];
  readonly statuses: { fill?: string; text?: string }[] = [];

  constructor() {
    for (const name of ['passed', 'held', 'caught', 'completed'] as const) {
      helper.getNode(name)!.on('input', (msg, _send, done) => {
        this[name].push(msg);
        done();
      });
    }
    red.events.removeAllListeners('node-status');
    red.events.on('node-status', ({ id, status }: { id: string; status: object }) => {
      if (id === guard) this.statuses.push(status);
    });
  }

  /** Sends a message and waits until it is completed or has failed. */
  async receive(message: Message): Promise<void> {
    const before = this.completed.length + this.caught.length;
    helper.getNode(guard)!.receive(message);
    await until(() => this.completed.length + this.caught.length > before, 'the message to be done with');
    await pause(2);
    assert.equal(this.completed.length + this.caught.length, before + 1, 'each message is completed exactly once');
  }
}

async function start(properties: object = {}): Promise<Watch> {
  guard += '+';
  await helper.load(nodes, flow(properties));
  return new Watch();
}

async function redeploy(type: 'full' | 'nodes', properties: object = {}): Promise<Watch> {
  await helper.setFlows(flow(properties), type);
  return new Watch();
}

describe('mep-plausibility', () => {
  before(() => helper.startServer());
  after(() => helper.stopServer());
  afterEach(() => removeAllNodes());

  it('lets the same message through that came in, from the second reading on', async () => {
    const watch = await start();
    const first = reading();
    await watch.receive(first);
    assert.equal(watch.passed.length, 0);
    assert.equal(watch.held[0]?.plausibility?.reason, 'first-reading');
    const second = reading();
    await watch.receive(second);
    assert.equal(watch.held.length, 1);
    assert.equal(watch.passed[0], second);
    assert.equal(watch.passed[0].plausibility, undefined);
  });

  it('holds a whole message back and gives the reason', async () => {
    const watch = await start();
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    const zeroed = reading({ activeEnergyImport: IMPORT - 1 });
    await watch.receive(zeroed);
    assert.equal(watch.passed.length, 1);
    const { plausibility, payload, topic, registers } = watch.held.at(-1)! as Message & { registers: unknown };
    assert.deepEqual(
      { payload, topic, registers },
      { payload: zeroed.payload, topic: 'mine', registers: decoded.registers },
    );
    const { text, findings, ...report } = plausibility!;
    assert.deepEqual(report, {
      result: 'held',
      reason: 'fell',
      key: 'activeEnergyImport',
      value: IMPORT - 1,
      last: IMPORT,
      limit: IMPORT,
      unit: 'kWh',
      confirmations: 0,
      needed: 3,
    });
    assert.match(text, /mep-plausibility\.held\.fell$/);
    assert.equal(findings.length, 1);
    assert.equal(watch.statuses.at(-1)?.fill, 'yellow');
    await watch.receive(reading());
    assert.equal(watch.passed.length, 2);
    assert.equal(watch.statuses.at(-1)?.fill, 'green');
    assert.match(watch.statuses.at(-1)?.text ?? '', /status\.counts$/);
  });

  it('lets measurements go on without the energy that is held back', async () => {
    const watch = await start();
    const both = (activeEnergyImport: number): Message => {
      const { payload, ...rest } = reading({ activeEnergyImport, activePower: 812, voltageL1: 230 });
      return { ...rest, payload };
    };
    for (let i = 0; i < 2; i += 1) await watch.receive(both(IMPORT));
    const before = watch.passed.length;
    await watch.receive(both(0.003));
    const [rest, ...more] = watch.passed.slice(before) as (Message & { table: { complete: boolean } })[];
    assert.deepEqual(more, []);
    const payload = rest!.payload as Record<string, unknown>;
    assert.deepEqual([payload['activePower'], payload['voltageL1'], payload['activeEnergyImport']], [812, 230, null]);
    assert.deepEqual([rest!.table.complete, rest!.plausibility], [false, undefined]);
    const held = watch.held.at(-1)!;
    assert.equal((held.payload as Record<string, unknown>)['activeEnergyImport'], 0.003);
    assert.equal(held.plausibility?.reason, 'fell');
  });

  it('believes what is held back when it is asked to, for the meter that is named', async () => {
    const watch = await start();
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    await watch.receive(reading({ activeEnergyImport: 5 }));
    await watch.receive({ topic: 'believe', payload: 'another' });
    await watch.receive(reading({ activeEnergyImport: 5 }));
    assert.equal(watch.passed.length, 1);
    await watch.receive({ topic: 'believe', payload: '83334000001' });
    await watch.receive(reading({ activeEnergyImport: 5.001 }));
    assert.equal(watch.passed.length, 2);
    assert.equal(watch.held.at(-1)?.plausibility?.result, 'accepted');
  });

  it('rejects implausible values in JSON and reports them', async () => {
    const watch = await start();
    await watch.receive(reading({ frequency: NaN }));
    const { needed, value } = watch.held[0]!.plausibility!;
    assert.deepEqual({ needed, value }, { needed: null, value: null });
  });

  it('lets through what stays, with the news on the second output', async () => {
    const watch = await start({ confirmations: '2', confirmSeconds: '0' });
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    const before = watch.held.length;
    for (let i = 0; i < 3; i += 1) await watch.receive(reading({ activeEnergyImport: 5 }));
    assert.equal(watch.passed.length, 2);
    assert.equal((watch.passed[1]!.payload as Record<string, number>)['activeEnergyImport'], 5);
    const [one, two, news, ...more] = watch.held.slice(before);
    assert.deepEqual(
      [one, two].map((msg) => msg?.plausibility?.confirmations),
      [0, 1],
    );
    assert.deepEqual(more, []);
    const { plausibility, payload, meter, table, topic, registers, raw } = news as Message & Record<string, unknown>;
    assert.equal(plausibility?.result, 'accepted');
    assert.equal(plausibility.reason, 'fell');
    assert.equal(payload, plausibility.text);
    assert.match(plausibility.text, /mep-plausibility\.accepted\.fell$/);
    assert.ok(meter && table);
    assert.equal(topic, 'mine');
    assert.deepEqual([registers, raw], [undefined, undefined], 'no values for a sink that is wired here by mistake');
  });

  it('judges each meter by itself, and measurements too', async () => {
    const watch = await start();
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    await watch.receive(reading({}, '2'));
    assert.equal(watch.held.at(-1)?.plausibility?.reason, 'first-reading');
    await watch.receive({ payload: { voltageL1: 231, frequency: 50 }, meter: { serial: '3' } });
    await watch.receive({ payload: { voltageL1: 823, frequency: 50 }, meter: { serial: '3' } });
    assert.equal(watch.passed.length, 2);
    assert.equal(watch.held.at(-1)?.plausibility?.reason, 'out-of-range');
  });

  it('follows its settings', async () => {
    const watch = await start({ fuse: '1', phases: '1', margin: '1' });
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    await watch.receive(reading({ activeEnergyImport: IMPORT + 0.1 }));
    assert.equal(watch.held.at(-1)?.plausibility?.reason, 'rose-too-fast');
  });

  for (const type of ['nodes', 'full'] as const) {
    it(`keeps the last good reading over a deploy (${type})`, async () => {
      const watch = await start();
      for (let i = 0; i < 2; i += 1) await watch.receive(reading());
      const next = await redeploy(type, { fuse: '35' });
      await next.receive(reading({ activeEnergyImport: IMPORT + 1000 }));
      assert.equal(next.held[0]?.plausibility?.reason, 'rose-too-fast');
      await next.receive(reading({ activeEnergyImport: IMPORT + 0.01 }));
      assert.equal(next.passed.length, 1, 'and does not wait for a second one');
    });
  }

  it('confirms what stays across a deploy', async () => {
    const watch = await start({ confirmations: '2', confirmSeconds: '0' });
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    for (let i = 0; i < 2; i += 1) await watch.receive(reading({ activeEnergyImport: 5 }));
    const next = await redeploy('nodes', { confirmations: '2', confirmSeconds: '0', name: 'again' });
    await next.receive(reading({ activeEnergyImport: 5 }));
    assert.equal(next.passed.length, 1);
  });

  it('forgets when it is deleted', async () => {
    const watch = await start();
    for (let i = 0; i < 2; i += 1) await watch.receive(reading());
    await helper.setFlows(
      flow().filter((node) => (node as { id: string }).id !== guard),
      'nodes',
    );
    const next = await redeploy('nodes');
    await next.receive(reading());
    assert.equal(next.held[0]?.plausibility?.reason, 'first-reading');
  });

  for (const [what, message] of [
    ['bytes that were not decoded', { payload: Buffer.from('960a0000', 'hex') }],
    ['nothing', {}],
    ['a text', { payload: 'hello' }],
    ['values of something else', { payload: { temperature: 21 } }],
    ['a time that is none', { payload: { frequency: 50 }, table: { readAt: 'noon' } }],
  ] as const) {
    it(`refuses ${what} with an error for Catch nodes, and goes on`, async () => {
      const watch = await start();
      await watch.receive(message);
      assert.equal(watch.caught[0]?.error?.code, 'bad-payload');
      assert.equal(watch.statuses.at(-1)?.fill, 'red');
      await watch.receive({ payload: { frequency: 50 } });
      assert.equal(watch.passed.length, 1);
      assert.equal(watch.statuses.at(-1)?.fill, 'green');
    });
  }

  it('with a setting that cannot be shows so and refuses messages', async () => {
    const watch = await start({ fuse: 'thick' });
    await watch.receive(reading());
    assert.equal(watch.caught[0]?.error?.code, 'bad-setting');
    assert.deepEqual([watch.passed, watch.held], [[], []]);
  });

  it('leaves nothing behind, however often it is deployed', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const watch = await start();
    await watch.receive(reading());
    const before = timers();
    for (let i = 0; i < 50; i += 1) {
      helper.getNode(guard)!.receive(reading());
      await helper.setFlows(flow({ name: `deploy ${i}` }), i % 2 === 0 ? 'nodes' : 'full');
    }
    await pause(50);
    assert.ok(timers() <= before + 1, `${timers()} timers, ${before} before`);
  });
});

describe('The words of mep-plausibility', () => {
  const { held, accepted } = texts['mep-plausibility'] as unknown as Record<
    'held' | 'accepted',
    Record<string, string>
  >;
  /** Reasons that are accepted without a notice, or never accepted. */
  const QUIET = ['first-reading', 'long-gap', 'large-rise', 'not-a-number', 'nothing-counted'];

  it('there is a sentence for every reason', () => {
    assert.deepEqual(Object.keys(held).sort(), [...REASONS].sort());
    assert.deepEqual(Object.keys(accepted).sort(), REASONS.filter((reason) => !QUIET.includes(reason)).sort());
  });

  it('use only what every report brings', () => {
    for (const text of [...Object.values(held), ...Object.values(accepted)]) {
      for (const [, name] of text.matchAll(/__(\w+?)__/g)) {
        assert.ok(['label', 'value', 'last', 'limit', 'unit'].includes(name!), text);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { DEMO_KEY, SimulatedMeter } from '../../../src/simulator/index.js';
import { Random } from '../../../src/simulator/random.js';
import { type BridgedMeter, bridgedMeter } from '../../support/line/tcp-bridge.js';
import { type Census, NodeRedProcess } from '../../support/node-red/node-red-process.js';
import { until } from '../../support/until.js';

const DEPLOYS = 200;
/** Heap that a deploy may leave behind: less than one node and its connection. */
const MAX_HEAP_PER_DEPLOY = 15_000;

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly [property: string]: unknown;
}
type Change = (nodes: readonly FlowNode[], turn: number) => readonly FlowNode[];

const altered = (nodes: readonly FlowNode[], id: string, change: object): FlowNode[] =>
  nodes.map((node) => (node.id === id ? { ...node, ...change } : node));

/** Changes in the editor between two deploys; each starts from the original flow. */
const CHANGES: Readonly<Record<string, Change>> = {
  nothing: (nodes) => nodes,
  'rename a node': (nodes, turn) => altered(nodes, 'fast', { name: `fast ${turn}` }),
  'rename the connection': (nodes, turn) => altered(nodes, 'meter', { name: `cellar ${turn}` }),
  'delete a node': (nodes) => nodes.filter(({ id }) => id !== 'fast'),
  'delete all readers': (nodes) => nodes.filter(({ type }) => type !== 'mep-read-table'),
  'delete the connection': (nodes) => nodes.filter(({ id }) => id !== 'meter'),
  'disable a node': (nodes) => altered(nodes, 'fast', { d: true }),
  'disable the tab': (nodes) => altered(nodes, 'tab', { disabled: true }),
  'disable the connection': (nodes) => altered(nodes, 'meter', { d: true }),
  'duplicate a node': (nodes) => [...nodes, { ...nodes.find(({ id }) => id === 'fast')!, id: 'another' }],
  'duplicate the connection': (nodes) => [
    ...nodes,
    { ...nodes.find(({ id }) => id === 'meter')!, id: 'meter2' },
    { ...nodes.find(({ id }) => id === 'fast')!, id: 'another', meter: 'meter2' },
  ],
};

describe('Deploys in a real Node-RED', () => {
  let meter: SimulatedMeter;
  let far: BridgedMeter;
  let nodeRed: NodeRedProcess;
  let flow: readonly FlowNode[];

  before(async () => {
    meter = new SimulatedMeter({ seed: 5 });
    far = await bridgedMeter({}, meter);
    nodeRed = await NodeRedProcess.install({ hasCensus: true, installation: 'copied' });
    await nodeRed.start();
    const config = { type: 'mep-config', transport: 'tcp', host: '127.0.0.1', tcpPort: String(far.bridge.port) };
    const on = (id: string, type: string, properties: object): FlowNode => ({
      ...{ id, type, z: 'tab', x: 0, y: 0, wires: [] },
      ...properties,
    });
    flow = [
      { id: 'tab', type: 'tab', label: 'readings' },
      { id: 'meter', ...config, name: 'cellar', minInterval: '0', credentials: { key: DEMO_KEY } },
      on('fast', 'mep-read-table', { meter: 'meter', table: 'BT28', interval: '1', wires: [['decode28']] }),
      on('slow', 'mep-read-table', { meter: 'meter', table: 'BT23', interval: '2', wires: [['decode23']] }),
      on('decode28', 'mep-decode-bt28', { wires: [['guard']] }),
      on('decode23', 'mep-decode-bt23', { wires: [['guard']] }),
      on('guard', 'mep-plausibility', { wires: [['ha'], []] }),
      on('ha', 'mep-ha-discovery', { expireAfter: '60' }),
    ];
  });

  after(async () => {
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (far as BridgedMeter | undefined)?.close();
  });

  /** Resources of Node-RED after the original flow has run for a while. */
  async function settled(): Promise<Census> {
    await nodeRed.deploy(flow);
    const { reads } = meter.counters;
    await until(() => meter.counters.reads > reads + 6, 'readings');
    await pause(2_500);
    return nodeRed.census();
  }

  it(`keeps one connection and leaves nothing behind after ${DEPLOYS} of them`, async () => {
    const random = new Random(1);
    const names = Object.keys(CHANGES);
    const types = ['full', 'flows', 'nodes'] as const;
    // Modules that Node-RED loads at the first deploys are not counted.
    for (let turn = 0; turn < 10; turn++) await nodeRed.deploy(CHANGES[names[turn % names.length]!]!(flow, turn));
    const before = await settled();
    let most = 0;
    for (let turn = 0; turn < DEPLOYS; turn++) {
      await nodeRed.deploy(CHANGES[names[turn % names.length]!]!(flow, turn), types[random.integer(0, 2)]);
      // Each deploy interrupts another step of the one before: the opening, the first request, a later one.
      await pause(random.integer(0, 250));
      most = Math.max(most, far.bridge.openConnections);
    }
    const after = await settled();
    assert.ok(most <= 1, `${most} connections at a time`);
    assert.equal(far.bridge.openConnections, 1);
    assert.ok(
      far.bridge.accepted.length > DEPLOYS / 4,
      `only ${far.bridge.accepted.length} connections were made: the deploys changed little`,
    );
    assert.equal(after.listeners, before.listeners, 'listeners of the process');
    assert.ok(after.files <= before.files + 1, `${before.files} files and sockets became ${after.files}`);
    const { Timeout: timersAfter = 0, ...handlesAfter } = after.resources;
    const { Timeout: timersBefore = 0, ...handlesBefore } = before.resources;
    // Some timers belong to a reading in progress.
    assert.ok(timersAfter <= timersBefore + 4, `${timersBefore} timers became ${timersAfter}`);
    for (const [kind, count] of Object.entries(handlesAfter)) {
      assert.ok(count <= (handlesBefore[kind] ?? 0) + 1, `${kind}: ${handlesBefore[kind] ?? 0} became ${count}`);
    }
    const grown = after.heapUsed - before.heapUsed;
    assert.ok(grown < DEPLOYS * MAX_HEAP_PER_DEPLOY, `the heap grew by ${grown} bytes`);
  });

  it('closes every node in time and logs no errors', () => {
    const trouble = nodeRed.log
      .split('\n')
      .filter((line) => /error stopping|timed out|uncaught|unhandled|MaxListeners/i.test(line));
    assert.deepEqual(trouble, []);
    assert.equal(meter.counters.rejected, 0);
    assert.equal(meter.counters.writes, 0);
  });

  it('lets go of the meter when the last node that uses it goes', async () => {
    await nodeRed.deploy(flow.filter(({ type }) => type !== 'mep-read-table'));
    await until(() => far.bridge.openConnections === 0, 'the connection to close');
  });
});

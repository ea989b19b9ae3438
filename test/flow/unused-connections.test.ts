import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { DEMO_KEY } from '../../src/simulator/index.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { freePort } from '../support/ports.js';
import { type BridgedMeter, bridgedMeter } from '../support/line/tcp-bridge.js';
import { until } from '../support/until.js';

const CYCLES = 4;
const READ_EVERY_S = 8;
/** Longer than a request takes on a busy machine, or it would end during one. */
const IDLE_MS = 3_000;

describe('A bridge that ends connections on which nothing is asked', () => {
  withNodeRed();
  let far: BridgedMeter;
  before(async () => {
    far = await bridgedMeter({ idleMs: IDLE_MS });
  });
  after(() => far.close());

  it('is no event for any node that has to do with the meter', async () => {
    const { bridge } = far;
    const port = await freePort();
    const nodes: FlowNode[] = [
      { id: 'meter', type: 'mep-config', transport: 'tcp', host: '127.0.0.1', tcpPort: String(bridge.port) },
      {
        id: 'read',
        type: 'mep-read-table',
        meter: 'meter',
        table: 'BT28',
        interval: String(READ_EVERY_S),
        wires: [['decode']],
      },
      { id: 'decode', type: 'mep-decode-bt28', wires: [['ha', 'alarm', 'server']] },
      {
        id: 'status',
        type: 'mep-status',
        meter: 'meter',
        interval: '0',
        staleAfter: '180',
        wires: [['ha', 'alarm', 'server', 'out']],
      },
      { id: 'ha', type: 'mep-ha-discovery', wires: [['out']] },
      { id: 'alarm', type: 'mep-alarm', powerLimit: '0', fuse: '0', silentAfter: '60', wires: [['out']] },
      {
        id: 'server',
        type: 'mep-http-server',
        format: 'homewizard',
        port: String(port),
        host: '127.0.0.1',
        announce: false,
      },
    ];
    const flow = await Flow.load(nodes, { meter: { key: DEMO_KEY } });
    const readings = (): number => flow.out.filter(({ topic }) => topic?.endsWith('/state') === true).length;
    await until(() => readings() >= CYCLES, 'readings', { seen: () => flow.caught });
    await pause(IDLE_MS);
    const availabilities = flow.out.filter(({ topic }) => topic?.endsWith('availability') === true);
    assert.ok(availabilities.length > 0 && availabilities.every(({ payload }) => payload === 'online'));
    assert.ok(flow.out.every((msg) => !('alarm' in msg)));
    assert.deepEqual(flow.caught, []);
    const states = flow.out.map(({ payload }) => (payload as { state?: string }).state).filter(Boolean);
    // Before it is online for the first time it may be reported as connecting.
    assert.deepEqual([...new Set(states.slice(states.indexOf('online')))], ['online']);
    assert.equal((await fetch(`http://127.0.0.1:${port}/api`)).status, 200);
    assert.ok(bridge.accepted.length <= readings() + 1, `${bridge.accepted.length} connections`);
    assert.ok(bridge.accepted.length >= 3, 'reads have connections of their own');
  });
});

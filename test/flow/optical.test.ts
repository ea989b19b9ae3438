import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DEMO_OPTICAL_KEY,
  opticalBehaviour,
  SimulatedOpticalPort,
  type ServedMeter,
  serveTcp,
  SimulatedMeter,
} from '../../src/simulator/index.js';
import { Flow, type FlowNode, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const OPTICAL = { ...SIMULATED_METER, protocol: 'optical', profile: 'gen4' };
const READ = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT23', interval: '0', wires: [['decode']] };
const DECODE = { id: 'decode', type: 'mep-decode-bt23', wires: [['out']] };

describe('An optical port in a flow', () => {
  withNodeRed();
  let served: ServedMeter | undefined;
  let port: SimulatedOpticalPort;

  /** A connection over TCP to a meter whose port the test controls. */
  async function overTcp(): Promise<FlowNode> {
    const meter = new SimulatedMeter({ profile: 'gen4' });
    port = new SimulatedOpticalPort(meter, opticalBehaviour('gen4'));
    served = await serveTcp({ meter, optical: port, port: 0 });
    const [host = '', tcpPort = ''] = served.address.split(':');
    return { ...OPTICAL, transport: 'tcp', host, tcpPort };
  }

  afterEach(async () => {
    await served?.close();
    served = undefined;
  });

  it('is read and decoded by the same nodes as a MEP port', async () => {
    const flow = await Flow.load([OPTICAL, READ, DECODE]);
    const msg = await flow.ask('read', {});
    const payload = msg.payload as Record<string, number | null>;
    assert.ok(payload['activeEnergyImport']! > 0);
    assert.equal((msg['meter'] as { protocol: string }).protocol, 'optical');
  });

  it('gets a session for each poll, which ends by itself', async () => {
    const flow = await Flow.load([{ ...(await overTcp()), sessionMode: 'short' }, READ, DECODE], {
      meter: { key: DEMO_OPTICAL_KEY },
    });
    await flow.ask('read', {});
    await until(() => port.counters.terminations === 1, 'the end of the session');
    await flow.ask('read', {});
    await until(() => port.counters.terminations === 2, 'the end of the next session');
    assert.equal(port.counters.sessions, 2);
  });

  it('gets one refusal of a wrong key and reports what to do', async () => {
    const flow = await Flow.load([await overTcp(), { ...READ, interval: '0.2' }, DECODE], {
      meter: { key: '0123456789ABCDEF0123' },
    });
    await until(() => flow.caught.length > 0, 'a read that failed');
    await pause(1_000);
    assert.equal(flow.caught[0]!.error?.code, 'key-rejected');
    assert.equal(port.counters.wrongKeys, 1);
    assert.ok(flow.statuses.some(({ id, text }) => id === 'read' && text?.includes('key-rejected')));
  });

  it('reports a table that this key may not read as exactly that', async () => {
    const flow = await Flow.load([OPTICAL, { ...READ, table: 'ET51', wires: [['out']] }]);
    const { error } = await flow.ask('read', {});
    assert.equal(error?.code, 'no-permission');
    assert.match(flow.lastStatus('read') ?? '', /status\.no-permission$/);
  });

  it('refuses a key of the wrong length before anything is sent', async () => {
    const flow = await Flow.load([await overTcp(), READ, DECODE], { meter: { key: '0123456789ABCDEF' } });
    assert.equal((await flow.ask('read', {})).error?.code, 'key-length');
    assert.equal(port.counters.sessions, 0);
  });
});

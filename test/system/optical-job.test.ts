import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DEMO_OPTICAL_KEY,
  opticalBehaviour,
  SimulatedOpticalPort,
  PROCESS_TIMING,
  type ServedMeter,
  servePty,
  SimulatedMeter,
} from '../../src/simulator/index.js';
import { type ExampleNode, filledIn, observed, readExample } from '../support/node-red/examples.js';
import { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { hasSocat } from '../support/line/pty-pair.js';
import { until } from '../support/until.js';

const STATE = /^nes-meter\/\d+\/state$/;

describe('Example 8-optical-port at a pseudo-terminal', () => {
  let folder: string;
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;
  let simulated: SimulatedMeter;
  let port: SimulatedOpticalPort;
  let served: ServedMeter;
  let flow: readonly ExampleNode[];

  before(async function () {
    if (!hasSocat) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-optical-job-'));
    const path = join(folder, 'head');
    simulated = new SimulatedMeter({ profile: 'gen3' });
    port = new SimulatedOpticalPort(simulated, opticalBehaviour('gen3'));
    served = await servePty({
      meter: simulated,
      optical: port,
      timing: { ...PROCESS_TIMING, baudRate: 9_600 },
      path,
    });
    broker = await EmbeddedBroker.start();
    const serial = { transport: 'serial', port: path, dtr: 'leave', rts: 'leave', minInterval: '0' };
    flow = observed(
      filledIn(readExample('8-optical-port.json'), {
        nes_meter_optical: { ...serial, credentials: { key: DEMO_OPTICAL_KEY } },
        nes8_read28: { interval: '2' },
        nes8_read23: { interval: '3' },
      }),
      broker.port,
    );
    nodeRed = await NodeRedProcess.install();
    await nodeRed.start();
  });
  after(async () => {
    await nodeRed.remove();
    await broker.stop();
    await served.close();
    rmSync(folder, { recursive: true });
  });

  const states = (): Record<string, unknown>[] =>
    broker.published
      .filter(({ topic }) => STATE.test(topic))
      .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
  const isRead = (): boolean => {
    const keys = new Set(states().flatMap((state) => Object.keys(state)));
    return keys.has('voltageL1') && keys.has('activeEnergyImport');
  };
  /** Waits for the next reading of the meter. */
  async function untilReadAgain(): Promise<void> {
    broker.published.length = 0;
    await until(isRead, 'readings', { seen: () => broker.published });
  }
  /** Kills Node-RED during a session whose end was not sent yet. */
  async function killInSession(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const ended = port.counters.terminations;
      await until(() => openSessions() > 0, 'a session');
      await nodeRed.kill();
      await pause(200);
      if (port.counters.terminations === ended) return;
      assert.ok(tries < 10, 'every session had ended when Node-RED was killed');
      await nodeRed.start();
    }
  }
  const openSessions = (): number => port.counters.sessions - port.counters.terminations;

  it('brings the values of the meter to the broker', async () => {
    await nodeRed.deploy(flow);
    await untilReadAgain();
    const voltages = states().flatMap((state) => (typeof state['voltageL1'] === 'number' ? [state['voltageL1']] : []));
    assert.ok(voltages.every((voltage) => voltage > 200 && voltage < 250));
  });

  it('ends its session whenever it is deployed anew', async () => {
    for (let times = 0; times < 5; times++) {
      await pause(150 + 170 * times);
      await nodeRed.deploy(flow);
    }
    await nodeRed.deploy([]);
    await until(() => openSessions() === 0, 'the end of every session');
    assert.ok(port.counters.sessions > 1);
    assert.equal(simulated.isMepSwitchedOut, false);
  });

  it('ends its session when Node-RED is stopped', async () => {
    await nodeRed.deploy(flow);
    await untilReadAgain();
    await nodeRed.stop();
    await until(() => openSessions() === 0, 'the end of every session');
    await nodeRed.start();
    await untilReadAgain();
  });

  it('reads on where a killed Node-RED left its session open', async () => {
    await killInSession();
    await nodeRed.start();
    await untilReadAgain();
    assert.equal(port.counters.wrongKeys, 0);
    assert.ok(!broker.published.some(({ topic }) => topic.endsWith('err')), 'no error was reported');
  });
});

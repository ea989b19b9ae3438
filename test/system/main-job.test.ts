import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toHex } from '../../src/bytes/hex.js';
import { decodeReading, type Payload } from '../../src/readings/index.js';
import { type ServedMeter, servePty, SimulatedMeter } from '../../src/simulator/index.js';
import { brokerAt, type ExampleNode, filledIn, readExample } from '../support/node-red/examples.js';
import { hex } from '../support/fixtures/exchanges.js';
import { readFixtures } from '../support/fixtures/fixtures.js';
import { hasMosquitto, Mosquitto } from '../support/brokers/mosquitto.js';
import { Listener } from '../support/brokers/mqtt-listener.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { hasSocat } from '../support/line/pty-pair.js';

const KEY = 'A1B2C3D4E5F60718293A';
const SERIAL = '83334000001';
const STATE = `nes-meter/${SERIAL}/state`;
const AVAILABILITY = `nes-meter/${SERIAL}/availability`;
const BT28 = 28;
const EXPIRE_AFTER = 4;

const EXAMPLE = readExample('2-home-assistant.json');

/** The example with the properties that a user sets: port, key and broker; read often, so that the test is short. */
function flow(port: string, key: string, brokerPort: number): ExampleNode[] {
  return filledIn(EXAMPLE, {
    'mep-config': { transport: 'serial', port, dtr: 'leave', rts: 'leave', minInterval: '100', credentials: { key } },
    'mqtt-broker': brokerAt(brokerPort),
    'mep-read-table': { interval: '1' },
    'mep-ha-discovery': { expireAfter: EXPIRE_AFTER },
    debug: ({ id }) => ({ console: id === 'nes2_dbgerr', complete: 'error' }),
  });
}

/** The values that a capture of a real meter must give. */
function expectedOf(image: Uint8Array, meter: SimulatedMeter): Payload {
  return decodeReading('BT28', image, { offset: 0, complete: true, dimensions: meter.dimensions }).payload;
}

describe('The main job: a serial port, example 2-home-assistant, a real mosquitto', () => {
  let broker: Mosquitto;
  let nodeRed: NodeRedProcess;
  let meter: SimulatedMeter;
  let served: ServedMeter;
  let listener: Listener;
  let folder: string;
  let path: string;
  const [, capture] = readFixtures<{ hex: string }>('BT28').find(([name]) => name === 'nes-55-values')!;
  const image = hex(capture.hex);

  before(async function () {
    if (!hasMosquitto || !hasSocat) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-job-'));
    path = join(folder, 'meter');
    meter = new SimulatedMeter({ profile: 'gen3', serial: SERIAL, mbk: new TextEncoder().encode(KEY) });
    meter.setImage(BT28, image);
    served = await servePty({ meter, path });
    broker = await Mosquitto.start();
    listener = await Listener.connect(`mqtt://127.0.0.1:${broker.port}`, {});
    nodeRed = await NodeRedProcess.install();
    await nodeRed.start();
  });

  after(async () => {
    await (listener as Listener | undefined)?.close();
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (broker as Mosquitto | undefined)?.stop();
    await (served as ServedMeter | undefined)?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const lastState = (): Record<string, unknown> =>
    JSON.parse(listener.last(STATE)?.payload ?? '{}') as Record<string, unknown>;

  it('publishes nothing of a meter with a wrong key, reports it, asks at most twice', async () => {
    await nodeRed.deploy(flow(path, 'WRONG-KEY-0123456789', broker.port));
    const end = Date.now() + 60_000;
    while (!nodeRed.log.includes('key-rejected') && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    assert.ok(nodeRed.log.includes('key-rejected'), nodeRed.log);
    assert.equal(meter.counters.rejected, 2);
    assert.equal(listener.last(STATE), undefined);
    assert.equal(listener.last(AVAILABILITY), undefined);
  });

  it('brings what a real meter sent to Home Assistant, digit for digit', async () => {
    await nodeRed.deploy(flow(path, KEY, broker.port));
    await listener.until('both tables', () => 'activePower' in lastState() && 'activeEnergyImport' in lastState());
    const state = lastState();
    const expected = expectedOf(image, meter);
    for (const [key, value] of Object.entries(expected)) if (value !== null) assert.equal(state[key], value, key);
    assert.deepEqual(
      [state['activePower'], state['activePowerL1'], state['activePowerL2'], state['activePowerL3']],
      [399, 292, 85, 22],
    );
    assert.equal(state['frequency'], 50.05);
    const energy = meter.measure();
    assert.ok(energy, 'the house lives');
    assert.equal(listener.last(AVAILABILITY)?.payload, 'online');
    assert.equal(meter.counters.writes, 0);
  });

  it('goes offline when the adapter is unplugged and recovers when it is back', async () => {
    await served.close();
    await listener.until('offline', () => listener.last(AVAILABILITY)?.payload === 'offline');
    const other = image.slice();
    new DataView(other.buffer).setInt32(0, 1234, true);
    meter.setImage(BT28, other);
    served = await servePty({ meter, path });
    await listener.until('online', () => listener.last(AVAILABILITY)?.payload === 'online');
    await listener.until('the new value', () => lastState()['activePowerImport'] === 1234);
  });

  it('never published a value that the meter did not have', () => {
    const powers = new Set(
      listener.received
        .filter(({ topic }) => topic === STATE)
        .map(({ payload }) => (JSON.parse(payload) as Record<string, unknown>)['activePowerImport']),
    );
    powers.delete(undefined);
    powers.delete(null);
    assert.deepEqual([...powers], [399, 1234]);
  });

  it('keeps the key to itself', () => {
    const everything = nodeRed.log + listener.received.map(({ topic, payload }) => topic + payload).join();
    for (const key of [KEY, 'WRONG-KEY-0123456789']) {
      assert.ok(!everything.includes(key));
      assert.ok(!everything.includes(toHex(new TextEncoder().encode(key), '')));
    }
  });
});

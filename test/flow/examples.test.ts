import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import manifest from '../../package.json';
import { EXAMPLE_FILES, type ExampleNode, observed, readExample } from '../support/node-red/examples.js';
import type { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { until } from '../support/until.js';

describe('Example flows', () => {
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;

  withBrokerStage((stage) => {
    ({ broker, nodeRed } = stage);
  });

  const valuesOn = async (debugNode: string): Promise<Record<string, number | null>> =>
    JSON.parse((await broker.firstOn(new RegExp(`^debug/${debugNode}$`))).payload) as Record<string, number | null>;

  /**
   * Presses an inject node's button until its message is received: an mqtt out node drops messages before the broker is
   * connected.
   */
  async function press(button: string, debugNode: string): Promise<void> {
    const isHeard = (): boolean => broker.published.some(({ topic }) => topic === `debug/${debugNode}`);
    for (const end = Date.now() + 60_000; !isHeard();) {
      assert.ok(Date.now() < end, `${button} was pressed in vain`);
      await fetch(`http://127.0.0.1:${nodeRed.port}/inject/${button}`, { method: 'POST' });
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  it('hold every node of the package, a comment each, and no secret', () => {
    const types = new Set<string>();
    for (const file of EXAMPLE_FILES) {
      const nodes = readExample(file);
      for (const node of nodes) types.add(node.type);
      assert.ok(
        nodes.some((node) => node.type === 'comment'),
        file,
      );
      assert.ok(!nodes.some((node) => 'credentials' in node), file);
    }
    for (const type of Object.keys(manifest['node-red'].nodes)) assert.ok(types.has(type), `no example has ${type}`);
  });

  it('1-live-values shows power and energy', async () => {
    await nodeRed.deploy(observed(readExample('1-live-values.json'), broker.port));
    const live = await valuesOn('nes1_dbg28');
    assert.equal(live['activePower'], live['activePowerImport']! - live['activePowerExport']!);
    for (const phase of ['L1', 'L2', 'L3']) {
      assert.ok(live[`voltage${phase}`]! > 200 && live[`voltage${phase}`]! < 250, `voltage${phase}`);
      assert.ok(live[`current${phase}`]! >= 0, `current${phase}`);
    }
    assert.ok(Math.abs(live['frequency']! - 50) < 0.5);
    const energy = await valuesOn('nes1_dbg23');
    assert.ok(energy['activeEnergyImport']! > 0);
    const power = Number((await broker.firstOn(/^debug\/nes1_watt$/)).payload);
    assert.equal(power, live['activePower']);
  });

  it('2-home-assistant publishes discovery, availability and state, also after a birth', async () => {
    broker.published.length = 0;
    await nodeRed.deploy(observed(readExample('2-home-assistant.json'), broker.port));
    const config = await broker.firstOn(/^homeassistant\/device\/nes_\d+\/config$/);
    const id = /nes_(\d+)/.exec(config.topic)![1]!;
    const { components } = JSON.parse(config.payload) as { components: Record<string, { device_class?: string }> };
    const state = await broker.firstOn(new RegExp(`^nes-meter/${id}/state$`));
    const values = JSON.parse(state.payload) as Record<string, unknown>;
    for (const key of Object.keys(components)) {
      if (key !== 'meterConnection' && key !== 'lastReading') assert.equal(typeof values[key], 'number', key);
    }
    assert.equal((await broker.firstOn(new RegExp(`^nes-meter/${id}/availability$`))).payload, 'online');
    assert.equal((await broker.firstOn(/^nes-meter\/bridge\/availability$/)).payload, 'online');
    const topics = broker.published.map(({ topic }) => topic);
    assert.ok(topics.indexOf(config.topic) < topics.indexOf(state.topic), 'discovery comes before the first state');

    broker.published.length = 0;
    await broker.publish('homeassistant/status', 'online');
    await broker.firstOn(/^homeassistant\/device\/.*\/config$/);
    await broker.firstOn(/^nes-meter\/.*\/state$/);
  });

  it('3-bytes-from-elsewhere decodes what a real meter sent', async () => {
    await nodeRed.deploy(observed(readExample('3-bytes-from-elsewhere.json'), broker.port));
    await press('nes3_in28', 'nes3_dbg28');
    await press('nes3_in23', 'nes3_dbg23');
    const live = await valuesOn('nes3_dbg28');
    assert.equal(live['activePowerImport'], 2710);
    assert.equal(live['reactivePowerExport'], 569);
    assert.deepEqual(
      ['L1', 'L2', 'L3'].map((phase) => live[`current${phase}`]),
      [3.32, 3.292, 6.544],
    );
    assert.deepEqual(
      ['L1', 'L2', 'L3'].map((phase) => live[`voltage${phase}`]),
      [225.319, 225.263, 225.398],
    );
    const energy = await valuesOn('nes3_dbg23');
    assert.equal(energy['activeEnergyImport'], 344.18);
    assert.equal(energy['activeEnergyExport'], 7.583);
  });

  it('5-any-table shows the serial number, the clock and a table named by the message', async () => {
    await nodeRed.deploy(observed(readExample('5-any-table.json'), broker.port));
    await press('nes5_name', 'nes5_dbg');
    const payloadOn = async (debugNode: string): Promise<Record<string, unknown>> =>
      JSON.parse((await broker.firstOn(new RegExp(`^debug/${debugNode}$`))).payload) as Record<string, unknown>;
    assert.match(String((await payloadOn('nes5_dbg03'))['utilitySerialNumber']), /^\d+$/);
    const { clockCalendar } = await payloadOn('nes5_dbg52');
    assert.ok(Math.abs(Date.parse(`${String(clockCalendar)}Z`) - Date.now()) < 60_000, String(clockCalendar));
    assert.ok(Number((await payloadOn('nes5_dbg'))['numberOfSummations']) >= 11);
  });

  it('4-guarded-home-assistant publishes energy once a second reading confirms it', async () => {
    const hurried = observed(readExample('4-guarded-home-assistant.json'), broker.port).map((node) =>
      node.type === 'mep-read-table' ? { ...node, interval: 2 } : node,
    );
    const states = (): Record<string, unknown>[] =>
      broker.published
        .filter(({ topic }) => /^nes-meter\/\d+\/state$/.test(topic))
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    const isThere = (key: string): boolean => states().some((state) => typeof state[key] === 'number');
    broker.published.length = 0;
    await nodeRed.deploy(hurried);
    await until(() => isThere('activeEnergyImport') && isThere('voltageL1'), 'energy and voltage');
    const withEnergy = states().filter((state) => 'activeEnergyImport' in state);
    assert.ok(withEnergy.every((state) => (state['activeEnergyImport'] as number) > 0));
    const held = await broker.firstOn(/^debug\/nes4_held$/);
    assert.ok(held.payload.length > 0);
  });

  it('6-link-status reports that the meter is online and shows it in Home Assistant', async () => {
    broker.published.length = 0;
    await nodeRed.deploy(observed(readExample('6-link-status.json'), broker.port));
    const payloadsOn = (topic: RegExp): Record<string, unknown>[] =>
      broker.published
        .filter((message) => topic.test(message.topic))
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    const hasLink = (config: Record<string, unknown>): boolean => 'linkState' in (config['components'] as object);
    await until(() => payloadsOn(/^homeassistant\/device\/nes_\d+\/config$/).some(hasLink), 'the entities of the link');
    await press('nes6_now', 'nes6_dbg');
    const status = payloadsOn(/^debug\/nes6_dbg$/).at(-1)!;
    assert.equal(status['state'], 'online');
    assert.equal(status['text'], 'The meter responds, and its responses are verified.');
    await until(() => payloadsOn(/^nes-meter\/\d+\/status$/).some(({ state }) => state === 'online'), 'the status');
    assert.deepEqual(payloadsOn(/^debug\/nes6_alarm$/), []);
  });

  it('7-termineter-files publishes what another program writes, never half a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dumps-'));
    const SERIAL = '41112222';
    const own: ExampleNode[] = observed(readExample('7-termineter-files.json'), broker.port).map((node) => ({
      ...node,
      ...(node.id === 'nes7_catch' && { wires: [['error_itself']] }),
      ...(node.type === 'watch' && { files: folder }),
      ...(node.type === 'file' && { filename: join(folder, basename(node['filename'] as string)) }),
      ...(node.type === 'mep-ha-discovery' && { serial: SERIAL }),
    }));
    const states = (): Record<string, unknown>[] =>
      broker.published
        .filter(({ topic }) => topic === `nes-meter/${SERIAL}/state`)
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    const bytesOf = (button: string): number[] =>
      JSON.parse(own.find(({ id }) => id === button)?.['payload'] as string) as number[];
    const BT28 = bytesOf('nes7_try28');
    const BT23 = bytesOf('nes7_try23');
    const write = (name: string, bytes: readonly number[]): Promise<void> =>
      writeFile(join(folder, name), Uint8Array.from(bytes));

    const errorItself = {
      id: 'error_itself',
      type: 'change',
      z: own[0]!.id,
      rules: [{ t: 'move', p: 'error', pt: 'msg', to: 'payload', tot: 'msg' }],
      wires: [['observer_nes7_dbgerr']],
    };
    broker.published.length = 0;
    await nodeRed.deploy([...own, errorItself]);
    await press('nes7_try28', 'nes7_dbg');
    await until(() => states().some(({ activePower }) => activePower === 2710), 'the power of the first file');

    const [, high, ...rest] = BT28;
    await write('nes-bt28', [0x97, high!, ...rest.slice(0, 18)]);
    const error = JSON.parse((await broker.firstOn(/^debug\/nes7_dbgerr$/)).payload) as Record<string, unknown>;
    assert.equal(error['code'], 'table-too-short');
    assert.match(String(error['message']), /20 bytes came/);
    assert.ok(!states().some(({ activePower }) => activePower === 2711), 'half a file was published');

    await write('nes-bt28', [0x98, high!, ...rest]);
    await until(() => states().some(({ activePower }) => activePower === 2712), 'the power of the next file');
    const [wattHours, ...others] = BT23;
    await write('nes-bt23', BT23);
    await until(() => broker.published.some(({ topic }) => topic === 'debug/nes7_held'), 'the first energy to be held');
    await write('new', [wattHours! + 1, ...others]);
    await rename(join(folder, 'new'), join(folder, 'nes-bt23'));
    await until(() => states().some(({ activeEnergyImport }) => activeEnergyImport === 344.181), 'the second energy');
    assert.deepEqual(
      new Set(states().flatMap((state) => Object.keys(state).filter((key) => key.startsWith('activeEnergy')))),
      new Set(['activeEnergyImport', 'activeEnergyExport']),
    );
    broker.published.length = 0;
    await rm(folder, { recursive: true });
  });

  it('8-optical-port shows a meter read through its optical port in Home Assistant', async () => {
    broker.published.length = 0;
    await nodeRed.deploy(observed(readExample('8-optical-port.json'), broker.port));
    const states = (): Record<string, unknown>[] =>
      broker.published
        .filter(({ topic }) => /^nes-meter\/\d+\/state$/.test(topic))
        .map(({ payload }) => JSON.parse(payload) as Record<string, unknown>);
    await until(() => states().some((state) => 'activeEnergyImport' in state && 'voltageL3' in state), 'all values');
    const values = states().at(-1)!;
    assert.ok(Number(values['activeEnergyImport']) > 0);
    for (const phase of ['L1', 'L2', 'L3']) {
      const voltage = Number(values[`voltage${phase}`]);
      assert.ok(voltage > 200 && voltage < 250, `${phase}: ${voltage}`);
    }
  });

  it('log no errors', () => {
    const errors = broker.published.filter(({ topic }) => /err$/.test(topic));
    assert.deepEqual(errors, []);
    assert.ok(!/\[error\]/.test(nodeRed.log), nodeRed.log);
  });
});

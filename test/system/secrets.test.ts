import assert from 'node:assert/strict';
import mqtt, { type MqttClient } from 'mqtt';
import { type ServedMeter, serveTcp, SimulatedMeter } from '../../src/simulator/index.js';
import { readExample } from '../support/node-red/examples.js';
import { hasMosquitto, Mosquitto } from '../support/brokers/mosquitto.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { SecretWatch, TEST_KEYS } from '../support/secret-watch.js';
import { until } from '../support/until.js';

const [KEY] = TEST_KEYS;
const MAK = 'the key that writes!';
const WRONG = 'no key of this meter';
const SECRETS = [KEY, MAK, WRONG];
const TRACE = { console: { level: 'trace', metrics: true, audit: true } };

const EXAMPLE = readExample('2-home-assistant.json');

describe('Secrets in a Node-RED that logs all it can, and a broker that anybody listens to', () => {
  let broker: Mosquitto;
  let listener: MqttClient;
  let served: ServedMeter;
  let nodeRed: NodeRedProcess;
  let published: string[];

  before(async function () {
    if (!hasMosquitto) this.skip();
    const cut = (key: string): Uint8Array => Buffer.from(key).subarray(0, 16);
    served = await serveTcp({ meter: new SimulatedMeter({ mbk: cut(KEY), mak: cut(MAK) }), port: 0 });
    broker = await Mosquitto.start();
    published = [];
    listener = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    listener.on('message', (topic, payload) => published.push(`${topic} ${payload.toString()}`));
    await listener.subscribeAsync('#');
    nodeRed = await NodeRedProcess.install({ settings: { logging: TRACE } });
    await nodeRed.start();
  });

  after(async () => {
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (listener as MqttClient | undefined)?.endAsync();
    await (broker as Mosquitto | undefined)?.stop();
    await (served as ServedMeter | undefined)?.close();
  });

  /** The example with the port, the keys and the broker of the test; errors and messages are printed completely. */
  function flow(
    security: string,
    keys: { key: string; advancedKey?: string },
    extra: readonly object[] = [],
  ): object[] {
    const [host, tcpPort] = served.address.split(':');
    const nodes = EXAMPLE.map((node) => {
      switch (node.type) {
        case 'mep-config':
          return {
            ...node,
            transport: 'tcp',
            host,
            tcpPort,
            security,
            allowWrites: true,
            minInterval: '0',
            // Node-RED keeps credentials that are not sent.
            credentials: { advancedKey: '', ...keys },
          };
        case 'mqtt-broker':
          return { ...node, broker: '127.0.0.1', port: String(broker.port) };
        case 'mep-read-table':
          return { ...node, interval: '1' };
        case 'debug':
          return { ...node, active: true, console: true, tosidebar: true, complete: 'true' };
        default:
          return node;
      }
    });
    return [...nodes, ...extra];
  }

  function found(from: { readonly log: number; readonly published: number }): readonly string[] {
    const watch = new SecretWatch(SECRETS);
    watch.look('log', nodeRed.log.slice(from.log));
    for (const message of published.slice(from.published)) watch.look('broker', message);
    return watch.found;
  }
  const now = (): { log: number; published: number } => ({ log: nodeRed.log.length, published: published.length });

  for (const security of ['digest', 'rc4']) {
    it(`are in nothing printed or published where the meter is read: ${security}`, async () => {
      const from = now();
      await nodeRed.deploy(flow(security, { key: KEY, advancedKey: MAK }));
      const isState = (message: string): boolean => /^nes-meter\/\d+\/state /.test(message);
      await until(() => published.slice(from.published).filter(isState).length >= 2, 'readings at the broker');
      assert.match(nodeRed.log.slice(from.log), /\[trace\]/);
      assert.deepEqual(found(from), []);
    });

    it(`are in nothing printed or published where the key is wrong: ${security}`, async () => {
      const from = now();
      await nodeRed.deploy(flow(security, { key: WRONG }));
      await until(() => nodeRed.log.slice(from.log).includes("code: 'key-rejected'"), 'the error in the log');
      assert.deepEqual(found(from), []);
    });
  }

  it('are in nothing printed where the key cannot be one', async () => {
    const from = now();
    await nodeRed.deploy(flow('digest', { key: `${WRONG} and too long` }));
    await until(() => nodeRed.log.slice(from.log).includes("code: 'key-format'"), 'the error in the log');
    assert.deepEqual(found(from), []);
  });

  it('would be found: a flow that reveals them itself', async () => {
    const from = now();
    const hex = Buffer.from(KEY).toString('hex');
    await nodeRed.deploy(
      flow('digest', { key: KEY }, [
        { id: 'once', type: 'inject', z: 'nes2_tab', once: true, props: [], wires: [['tell']] },
        {
          id: 'tell',
          type: 'function',
          z: 'nes2_tab',
          func: `node.warn('${hex}'); return { topic: 'leak', payload: '${Buffer.from(MAK).toString('base64')}' };`,
          outputs: 1,
          wires: [['nes2_mqtt']],
        },
      ]),
    );
    await until(() => published.some((message) => message.startsWith('leak')), 'the leak');
    assert.deepEqual(found(from), ['log', 'broker']);
  });
});

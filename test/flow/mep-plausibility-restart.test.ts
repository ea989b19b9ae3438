import assert from 'node:assert/strict';
import type { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import { brokerNode } from '../support/node-red/examples.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { until } from '../support/until.js';

const place = { z: 'tab', x: 100, y: 100 };
const flows = (port: number): object[] => [
  { id: 'tab', type: 'tab', label: 'test' },
  brokerNode('broker', port, { birthTopic: 'up', birthPayload: 'yes' }),
  {
    ...place,
    id: 'in',
    type: 'mqtt in',
    topic: 'reading',
    qos: '1',
    datatype: 'json',
    broker: 'broker',
    wires: [['guard']],
  },
  { ...place, id: 'guard', type: 'mep-plausibility', wires: [['passed'], ['why']] },
  {
    ...place,
    id: 'why',
    type: 'change',
    rules: [{ t: 'set', p: 'payload', pt: 'msg', to: 'plausibility', tot: 'msg' }],
    wires: [['held']],
  },
  { ...place, id: 'passed', type: 'mqtt out', topic: 'passed', qos: '1', retain: 'false', broker: 'broker', wires: [] },
  { ...place, id: 'held', type: 'mqtt out', topic: 'held', qos: '1', retain: 'false', broker: 'broker', wires: [] },
];

const FILE = { module: 'localfilesystem', config: { cache: false } };
const STORES: Readonly<Record<string, object>> = {
  'a persistent default store': { default: FILE },
  'a persistent store beside the default': { default: 'memoryOnly', memoryOnly: { module: 'memory' }, file: FILE },
};

for (const [title, contextStorage] of Object.entries(STORES)) {
  describe(`mep-plausibility over a power cut, with ${title}`, () => {
    let broker: EmbeddedBroker;
    let nodeRed: NodeRedProcess;

    withBrokerStage(
      (stage) => {
        ({ broker, nodeRed } = stage);
      },
      { settings: { contextStorage } },
    );

    /** The output to which the guard sends a reading of this many kWh, and its message. */
    async function checked(activeEnergyImport: number): Promise<{ topic: string; payload: Record<string, unknown> }> {
      broker.published.length = 0;
      await broker.publish('reading', JSON.stringify({ activeEnergyImport }));
      const { topic, payload } = await broker.firstOn(/^(passed|held)$/);
      return { topic, payload: JSON.parse(payload) as Record<string, unknown> };
    }

    it('compares the first reading with the last good one of before', async () => {
      await nodeRed.deploy(flows(broker.port));
      await broker.firstOn(/^up$/);
      assert.equal((await checked(117_000)).payload['reason'], 'first-reading');
      assert.equal((await checked(117_000.01)).topic, 'passed');

      // Storing takes a moment; a power cut before that only costs one more confirmation.
      await until(async () => (await nodeRed.contextOf('tab', 'guard')).includes('117000.01'), 'the context on disk');
      await nodeRed.kill();
      broker.published.length = 0;
      await nodeRed.start();
      await broker.firstOn(/^up$/);

      const zero = await checked(0);
      assert.equal(zero.payload['reason'], 'nothing-counted');
      const spike = await checked(190_000);
      assert.equal(spike.payload['reason'], 'rose-too-fast');
      assert.equal(spike.payload['last'], 117_000.01);
      assert.match(String(spike.payload['text']), /^Active energy import rose from 117000.01 to 190000 kWh; at most/);
      assert.equal((await checked(117_000.02)).topic, 'passed', 'without waiting for a second one');
    });
  });
}

import assert from 'node:assert/strict';
import { decoded } from '../support/readings/decoded.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { assertSingleDiscovery } from '../support/sinks/home-assistant-schema.js';
import { until } from '../support/until.js';

interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

describe('mep-ha-discovery, each entity by itself', () => {
  withNodeRed();

  it('announces once, sends states, and withdraws all that it announced', async () => {
    const flow = await Flow.load([{ id: 'ha', type: 'mep-ha-discovery', discovery: 'single', wires: [['out']] }]);
    const sent = (): Sent[] => flow.out as unknown as Sent[];
    const configs = (): Sent[] => sent().filter(({ topic }) => topic.endsWith('/config'));
    flow.send('ha', decoded('BT28'));
    flow.send('ha', decoded('BT23'));
    const states = (): Sent[] => sent().filter(({ topic }) => topic === 'nes-meter/83334000001/state');
    await until(() => states().length === 2, 'both states');
    const { activePower, activeEnergyImport } = JSON.parse(states()[1]!.payload) as Record<string, number>;
    assert.deepEqual([activePower, activeEnergyImport], [399, 65845.343]);
    assert.ok(!sent().some(({ topic }) => topic.includes('/device/')));

    const ofMeter = (): Sent[] => configs().filter(({ topic }) => topic.includes('/nes_83334000001/'));
    const last = new Map(ofMeter().map((message) => [message.topic, message]));
    const { components } = assertSingleDiscovery([...last.values()]);
    assert.equal(components['activeEnergyImport']?.['device_class'], 'energy');
    assert.equal(components['activePower']?.['expire_after'], 180);

    flow.send('ha', { topic: 'forget', payload: '83334000001' });
    await until(() => sent().at(-1)?.payload === '', 'the end of the meter');
    const emptied = ofMeter().filter(({ payload, retain }) => payload === '' && retain);
    assert.deepEqual(new Set(emptied.map(({ topic }) => topic)), new Set(last.keys()));
  });

  it('shows that another way cannot be', async () => {
    const flow = await Flow.load([{ id: 'ha', type: 'mep-ha-discovery', discovery: 'both', wires: [['out']] }]);
    flow.send('ha', decoded('BT28'));
    await until(() => flow.caught.length > 0, 'an error');
    assert.equal(flow.caught.at(-1)?.error?.code, 'bad-setting');
  });
});

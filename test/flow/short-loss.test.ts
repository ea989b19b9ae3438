import assert from 'node:assert/strict';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { freePort, listening } from '../support/ports.js';
import { cloned } from '../support/node-red/util.js';
import { until } from '../support/until.js';

const linkStatus = (state: string): object => ({ payload: { state }, meter: { serial: SERIAL } });
/** Nodes that publish availability, with their payloads for a meter that is gone and one that is present. */
const PUBLISHERS: readonly (readonly [FlowNode, RegExp, string, string])[] = [
  [{ id: 'sink', type: 'mep-ha-discovery', expireAfter: '60' }, /\/availability$/, 'offline', 'online'],
  [{ id: 'sink', type: 'mep-format', format: 'json', expireAfter: '60' }, /\/availability$/, 'offline', 'online'],
  [{ id: 'sink', type: 'mep-format', format: 'homie', expireAfter: '60' }, /\/\$state$/, 'lost', 'ready'],
  [{ id: 'sink', type: 'mep-format', format: 'dabbler', expireAfter: '60' }, /\/lwt$/, 'Offline', 'Online'],
];

describe('After a short loss', () => {
  withNodeRed();

  async function receive(flow: Flow, ...messages: object[]): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const target = handled() + messages.length;
    for (const msg of messages) flow.send('sink', cloned(msg));
    await until(() => handled() >= target, 'the messages to be handled');
  }
  const read = (agoS: number): object[] => {
    const readAt = new Date(Date.now() - agoS * 1_000).toISOString();
    return [decoded('BT28', { readAt }), decoded('BT23', { readAt })];
  };

  for (const [node, topic, gone, there] of PUBLISHERS) {
    it(`a link that works again brings the meter back: ${JSON.stringify(node['format'] ?? node.type)}`, async () => {
      const flow = await Flow.load([{ ...node, wires: [['out']] }]);
      const published = (): unknown =>
        flow.out
          .filter((msg) => msg.topic !== undefined && topic.test(msg.topic) && !msg.topic.includes('bridge'))
          .at(-1)?.payload;
      await receive(flow, ...read(0), linkStatus('unreachable'));
      assert.equal(published(), gone);
      await receive(flow, linkStatus('connecting'));
      assert.equal(published(), gone);
      await receive(flow, linkStatus('online'));
      assert.equal(published(), there);
      await receive(flow, ...read(3_600), linkStatus('unreachable'), linkStatus('online'));
      assert.equal(published(), there, 'an older reading does not replace the last one');
      await flow.redeploy([], 'nodes');
    });
  }

  for (const [node, topic, gone] of PUBLISHERS) {
    it(`a last reading that is too old does not: ${JSON.stringify(node['format'] ?? node.type)}`, async () => {
      const flow = await Flow.load([{ ...node, wires: [['out']] }]);
      await receive(flow, ...read(3_600), linkStatus('unreachable'), linkStatus('online'));
      const published = flow.out.filter((msg) => topic.test(msg.topic ?? '') && !msg.topic?.includes('bridge'));
      assert.equal(published.at(-1)?.payload, gone);
      await flow.redeploy([], 'nodes');
    });
  }

  it('a link that works again ends the 503 of an HTTP server', async () => {
    const port = await freePort();
    const flow = await Flow.load([
      {
        id: 'sink',
        type: 'mep-http-server',
        format: 'homewizard',
        port: String(port),
        host: '127.0.0.1',
        announce: false,
        expireAfter: '60',
      },
    ]);
    await listening(port);
    const status = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/api/v1/data`)).status;
    await receive(flow, ...read(0));
    assert.equal(await status(), 200);
    await receive(flow, linkStatus('unreachable'));
    assert.equal(await status(), 503);
    await receive(flow, linkStatus('online'));
    assert.equal(await status(), 200);
    await flow.redeploy([], 'nodes');
  });
});

import assert from 'node:assert/strict';
import { decoded } from '../support/readings/decoded.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { freePort } from '../support/ports.js';
import { until } from '../support/until.js';

const STORED = { ...decoded('BT28'), retain: true };
const HISTORY = { ...decoded('BT23'), history: { kind: 'interval', start: '2026-11-20T11:45:00Z' } };

describe('What takes live readings', () => {
  withNodeRed();

  const takers: readonly (readonly [type: string, name: string, properties: object])[] = [
    ['mep-format', 'JSON', { format: 'json' }],
    ['mep-format', 'rows', { format: 'influx' }],
    ['mep-ha-discovery', 'discovery', {}],
    ['mep-alarm', 'alarms', { silentAfter: '0', maxPower: '100' }],
    ['mep-consumption', 'energy', {}],
    ['mep-plausibility', 'guard', { wires: [['out'], ['out']] }],
    ['mep-http-server', 'HTTP', { format: 'homewizard', host: '127.0.0.1' }],
  ];
  for (const [type, name, properties] of takers) {
    it(`refuses what a broker had stored, and history: ${type}, ${name}`, async () => {
      const port = String(await freePort());
      const flow = await Flow.load([{ wires: [['out']], port, ...properties, id: 'taker', type }]);
      flow.send('taker', STORED);
      flow.send('taker', HISTORY);
      await until(() => flow.caught.length === 2, 'both refused');
      assert.deepEqual(
        flow.caught.map(({ error }) => error?.code),
        ['stored-message', 'history-not-live'],
      );
      assert.equal(flow.out.length, 0);
    });
  }

  for (const type of ['mep-decode-bt28', 'mep-decode-bt23', 'mep-decode-table']) {
    it(`refuses bytes that a broker had stored: ${type}`, async () => {
      const flow = await Flow.load([{ id: 'taker', type, table: 'BT23', wires: [['out']] }]);
      flow.send('taker', { payload: Buffer.alloc(44), retain: true });
      await until(() => flow.caught.length === 1, 'refused');
      assert.equal(flow.caught[0]?.error?.code, 'stored-message');
      assert.equal(flow.out.length, 0);
    });
  }
});

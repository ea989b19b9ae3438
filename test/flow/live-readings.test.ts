import assert from 'node:assert/strict';
import { decoded, SERIAL } from '../support/readings/decoded.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { virtualTime } from '../support/node-red/virtual-time.js';
import { freePort, listening } from '../support/ports.js';
import { until } from '../support/until.js';

const STORED = { ...decoded('BT28'), retain: true };
const HISTORY = { ...decoded('BT23'), history: { kind: 'interval', start: '2026-11-20T11:45:00Z' } };

describe('What takes live readings', () => {
  withNodeRed();

  const takers: readonly (readonly [type: string, name: string, properties: object])[] = [
    ['mep-format', 'JSON', { format: 'json' }],
    ['mep-format', 'Homie', { format: 'homie' }],
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

  /** A reading of both tables: one with power, one with energy. */
  const reading = (readAt: string, kWh: number, serial = SERIAL): object[] => {
    const bt23 = decoded('BT23', { readAt, serial });
    return [decoded('BT28', { readAt, serial }), { ...bt23, payload: { ...bt23.payload, activeEnergyImport: kWh } }];
  };
  const send = async (flow: Flow, messages: readonly object[]): Promise<void> => {
    const before = flow.completed.length + flow.caught.length;
    for (const message of messages) flow.send('taker', structuredClone(message));
    await until(() => flow.completed.length + flow.caught.length >= before + messages.length, 'all to be taken');
  };

  for (const [type, name, properties] of takers.filter(([type]) => type !== 'mep-http-server')) {
    it(`passes on no reading twice and none that is older: ${type}, ${name}`, async () => {
      const limits = { powerLimit: '1', holdSeconds: '0', confirmations: '1', confirmSeconds: '0' };
      const flow = await Flow.load([
        { wires: [['out']], serial: '', ...limits, ...properties, id: 'taker', type, silentAfter: '0' },
      ]);
      const first = reading('2026-11-20T12:00:00Z', 100);
      const second = reading('2026-11-20T12:00:10Z', 100.01);
      await send(flow, [...first, ...second]);
      const before = flow.out.length;
      assert.ok(before > 0);
      await send(flow, [...second, ...first, ...reading('2026-11-20T11:00:00Z', 99), ...second]);
      await flow.redeploy([
        { wires: [['out']], ...limits, ...properties, id: 'taker', type, silentAfter: '0', name: 'renamed' },
      ]);
      await send(flow, [...second, ...first]);
      assert.deepEqual(
        flow.out.slice(before).map(({ topic, payload }) => [topic, payload]),
        [],
      );
      assert.deepEqual(flow.caught, []);
      await send(flow, reading('2026-11-20T12:00:20Z', 100.02));
      if (type !== 'mep-alarm') assert.ok(flow.out.length > before, 'the next reading passes');
    });
  }

  for (const [type, properties] of [
    ['mep-format', { format: 'json' }],
    ['mep-ha-discovery', {}],
    ['mep-alarm', { silentAfter: '2' }],
    ['mep-http-server', { format: 'homewizard', host: '127.0.0.1' }],
  ] as const) {
    it(`counts a meter as silent whose last reading comes again and again: ${type}`, async () => {
      const clock = virtualTime();
      const port = String(await freePort());
      const flow = await Flow.load([
        { id: 'taker', type, wires: [['out']], port, expireAfter: '2', silentAfter: '2', ...properties },
      ]);
      const last = reading('2026-11-20T12:00:00Z', 100);
      await send(flow, last);
      if (type === 'mep-http-server') await listening(Number(port));
      const isSilent = async (): Promise<boolean> => {
        if (type === 'mep-http-server') return (await fetch(`http://127.0.0.1:${port}/api/v1/data`)).status === 503;
        return flow.out.some(({ payload, ...rest }) => {
          return payload === 'offline' || (rest as { alarm?: { kind?: string } }).alarm?.kind === 'silence';
        });
      };
      assert.equal(await isSilent(), false);
      for (let second = 0; second < 2; second++) {
        await send(flow, last);
        await clock.advance(1_000);
      }
      await until(isSilent, 'silence');
    });
  }

  it('counts energy on after one reading that is dated in the future', async () => {
    const clock = virtualTime();
    const flow = await Flow.load([{ id: 'taker', type: 'mep-consumption', wires: [['out']], timeZone: 'UTC' }]);
    const inSeconds = (seconds: number): string => new Date(clock.date().getTime() + seconds * 1_000).toISOString();
    for (const [seconds, kWh] of [
      [-30, 100],
      [86_400, 100.1],
      [-10, 100.2],
      [-1, 100.3],
    ] as const) {
      await send(flow, reading(inSeconds(seconds), kWh).slice(1));
    }
    const { activeEnergyImportToday } = flow.out.at(-1)!.payload as Record<string, number>;
    assert.equal(flow.out.length, 4);
    assert.equal(activeEnergyImportToday, 0.3);
  });

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

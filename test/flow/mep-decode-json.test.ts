import assert from 'node:assert/strict';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

describe('mep-decode-json, behind topics that each have one value', () => {
  withNodeRed();

  it('hands on what is measured, of which the formats make the whole', async () => {
    const flow = await Flow.load([
      { id: 'decode', type: 'mep-decode-json', serial: '83334000001', wires: [['sink']] },
      { id: 'sink', type: 'mep-format', format: 'json', wires: [['out']] },
    ]);
    const states = (): Record<string, unknown>[] =>
      flow.out
        .filter(({ topic }) => topic === 'nes/83334000001/state')
        .map(({ payload }) => JSON.parse(String(payload)) as Record<string, unknown>);
    for (const [topic, payload] of [
      ['ams/meter/id', '83334000001'],
      ['ams/meter/import/active', '412'],
      ['ams/meter/export/active', '12'],
      ['ams/meter/import/active/accumulated', '124021.098'],
      ['ams/meter/clock', '1795173600'],
    ] as const) {
      flow.send('decode', { topic, payload: Buffer.from(payload) });
    }
    await until(() => states().length === 3, 'three states');
    const { activePower, activePowerImport, activeEnergyImport } = states()[2] ?? {};
    assert.deepEqual([activePower, activePowerImport, activeEnergyImport], [400, 412, 124021.098]);
    assert.equal(flow.caught.length, 0);

    flow.send('decode', { topic: 'ams/meter/import/active', payload: 'nan' });
    await until(() => flow.caught.length > 0, 'an error');
    assert.equal(flow.caught.at(-1)?.error?.code, 'bad-payload');
    assert.equal(states().length, 3);
  });
});

describe('mep-decode-json, before a reader that has stopped', () => {
  withNodeRed();

  const FROZEN = {
    Meter_Manufacturer: 'NES',
    Meter_SW_Version: '57.14',
    Utility_SN: '7000000001',
    CurrentDateTime: '2026-06-12T10:00:00.000Z',
    Fwd_Act_Wh: 12_345_678,
    Fwd_W: 812,
    L1_RMS_V: 230_100,
  };

  it('gives no reading of an old message that comes again and again', async () => {
    const flow = await Flow.load([{ id: 'decode', type: 'mep-decode-json', serial: '', wires: [['out']] }]);
    for (let i = 0; i < 5; i++) flow.send('decode', { payload: JSON.stringify(FROZEN) });
    await until(() => flow.completed.length === 5, 'all five');
    assert.deepEqual([flow.out.length, flow.caught.length], [0, 0]);
  });

  it('passes on a stopped clock once, so that its meter becomes stale', async () => {
    const standing = JSON.stringify({ ...FROZEN, CurrentDateTime: new Date().toISOString() });
    const flow = await Flow.load([
      { id: 'decode', type: 'mep-decode-json', serial: '', wires: [['sink', 'alarm']] },
      { id: 'sink', type: 'mep-format', format: 'json', expireAfter: '1', wires: [['out']] },
      { id: 'alarm', type: 'mep-alarm', silentAfter: '1', wires: [['out']] },
    ]);
    const repeated = setInterval(() => {
      flow.send('decode', { payload: standing });
    }, 50);
    try {
      await until(() => flow.out.some(({ payload }) => payload === 'online'), 'online');
      await until(() => flow.out.some(({ payload }) => payload === 'offline'), 'offline');
      await until(
        () => flow.out.some(({ alarm }) => (alarm as { kind?: string } | undefined)?.kind === 'silence'),
        'an alarm',
      );
    } finally {
      clearInterval(repeated);
    }
    assert.equal(flow.out.filter(({ topic }) => topic === 'nes/7000000001/state').length, 1);
    assert.equal(
      flow.statuses
        .filter(({ id }) => id === 'decode')
        .at(-1)
        ?.text?.split('.')
        .at(-1),
      'unchanged',
    );
  });

  it('hands on nothing that the broker had stored', async () => {
    const flow = await Flow.load([{ id: 'decode', type: 'mep-decode-json', serial: '7', wires: [['out']] }]);
    flow.send('decode', { topic: 'ams/meter/import/active/accumulated', payload: '12345.678', retain: true });
    flow.send('decode', { topic: 'x', payload: JSON.stringify(FROZEN), retain: true });
    flow.send('decode', { topic: 'ams/status', payload: 'online' });
    await until(() => flow.completed.length === 3, 'all three');
    assert.deepEqual([flow.out.length, flow.caught.length], [0, 0]);
  });

  for (const [what, serial, expected] of [
    ['the number that another topic of the reader gives', '', '7000000001'],
    ['the number typed in the node first', '55', '55'],
  ] as const) {
    it(`gives a message without a number ${what}`, async () => {
      const flow = await Flow.load([{ id: 'decode', type: 'mep-decode-json', serial, wires: [['out']] }]);
      flow.send('decode', { topic: 'ams/power', payload: { id: '7000000001', P: 812, U1: 230.1 } });
      flow.send('decode', { topic: 'ams/energy', payload: { tPI: 12345.678, tPO: 0 } });
      await until(() => flow.out.length === 2, 'both');
      assert.deepEqual(
        flow.out.map((msg) => (msg['meter'] as { serial: string }).serial),
        ['7000000001', expected],
      );
    });
  }
});

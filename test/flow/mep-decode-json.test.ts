import assert from 'node:assert/strict';
import { Flow, withNodeRed } from '../support/flow.js';
import { until } from '../support/until.js';

describe('mep-decode-json, behind topics that each have one value', () => {
  withNodeRed();

  it('hands on what is measured, of which the formats make the whole', async () => {
    const flow = await Flow.load([
      { id: 'decode', type: 'mep-decode-json', serial: '83334000001', wires: [['format']] },
      { id: 'format', type: 'mep-format', format: 'json', wires: [['out']] },
    ]);
    const told = (): Record<string, unknown>[] =>
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
    await until(() => told().length === 3, 'three states');
    const { activePower, activePowerImport, activeEnergyImport } = told()[2] ?? {};
    assert.deepEqual([activePower, activePowerImport, activeEnergyImport], [400, 412, 124021.098]);
    assert.equal(flow.caught.length, 0);

    flow.send('decode', { topic: 'ams/meter/import/active', payload: 'nan' });
    await until(() => flow.caught.length > 0, 'an error');
    assert.equal(flow.caught.at(-1)?.error?.code, 'bad-payload');
    assert.equal(told().length, 3);
  });
});

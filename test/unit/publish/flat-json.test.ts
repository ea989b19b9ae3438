import assert from 'node:assert/strict';
import { throwsWith } from '../../support/assert-error.js';
import { decoded, SERIAL } from '../../support/decoded.js';
import { formatOf, snapshotOf, told } from '../../support/format-stage.js';

describe('Flat JSON', () => {
  it('tells first that the meter is there, then one flat object, all retained', () => {
    const messages = told(formatOf('json'), decoded('BT28'));
    assert.deepEqual(
      messages.map(({ topic, qos, retain }) => ({ topic, qos, retain })),
      [
        { topic: `nes/${SERIAL}/availability`, qos: 1, retain: true },
        { topic: `nes/${SERIAL}/state`, qos: 1, retain: true },
      ],
    );
    assert.equal(messages[0]?.payload, 'online');
    const state = JSON.parse(String(messages[1]?.payload)) as Record<string, unknown>;
    assert.equal(state['serial'], SERIAL);
    assert.equal(state['timestamp'], '2026-11-20T12:00:00.000Z');
    assert.equal(state['activePower'], 399);
    assert.equal(state['voltageL1'], 225.635);
    for (const [key, value] of Object.entries(state)) {
      assert.ok(typeof value === 'number' || ['serial', 'timestamp'].includes(key), key);
    }
    assert.ok(!('tier1ActiveEnergyImport' in state), 'what was never read is not there');
  });

  it('collects the tables of a meter', () => {
    const messages = told(formatOf('json'), decoded('BT23'), decoded('BT28', { readAt: '2026-11-20T12:00:10Z' }));
    assert.equal(messages.length, 1, 'the availability is told once');
    const state = JSON.parse(String(messages[0]?.payload)) as Record<string, unknown>;
    assert.equal(state['activeEnergyImport'], 65845.343);
    assert.equal(state['activePower'], 399);
    assert.equal(state['timestamp'], '2026-11-20T12:00:10.000Z');
  });

  for (const [name, unknown] of [
    ['json', null],
    ['fhem', 'unknown'],
  ] as const) {
    it(`${name}: a measurement that is read no more is ${String(unknown)}, a register keeps its worth`, () => {
      const messages = told(
        formatOf(name),
        decoded('BT28'),
        decoded('BT23', { readAt: '2026-11-20T12:00:01Z' }),
        decoded('BT23', { readAt: '2026-11-20T12:03:01Z' }),
      );
      const state = JSON.parse(String(messages[0]?.payload)) as Record<string, unknown>;
      assert.equal(state['activePower'], unknown);
      assert.equal(state['activeEnergyImport'], 65845.343);
    });
  }

  it('writes numbers in plain digits', () => {
    const tiny = decoded('BT23');
    const messages = told(formatOf('fhem'), { ...tiny, payload: { activeEnergyExport: 1e-7, activeEnergyImport: 0 } });
    assert.match(String(messages[1]?.payload), /"activeEnergyExport":0\.0000001,"activeEnergyImport":0\}/);
  });

  it('tells on the topic of the meter that it is silent', () => {
    const silent = formatOf('json', { baseTopic: 'house/power' }).onSilence?.(snapshotOf(decoded('BT28')));
    assert.deepEqual(silent, [
      { topic: `house/power/${SERIAL}/availability`, payload: 'offline', qos: 1, retain: true },
    ]);
  });

  it('refuses a topic that cannot be', () => {
    throwsWith(() => formatOf('fhem', { baseTopic: 'nes/#' }), 'bad-setting');
  });
});

import assert from 'node:assert/strict';
import type { FormatMessage } from '../../../src/publish/format.js';
import { recallSnapshot, rememberSnapshot } from '../../../src/publish/meter-snapshot.js';
import { throwsWith } from '../../support/assert-error.js';
import { decoded, SERIAL } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../support/readings/format-stage.js';

const stateOf = (messages: readonly FormatMessage[]): Record<string, unknown> =>
  JSON.parse(String(messages.at(-1)?.payload)) as Record<string, unknown>;

/** Power was read once; energy is read continuously. */
const fadingPower = [
  decoded('BT28'),
  decoded('BT23', { readAt: '2026-11-20T12:00:01Z' }),
  decoded('BT23', { readAt: '2026-11-20T12:03:01Z' }),
];

describe('Flat JSON', () => {
  it('sends first that the meter is there, then one flat object, all retained', () => {
    const messages = formatted(formatOf('json'), decoded('BT28'));
    assert.deepEqual(
      messages.map(({ topic, qos, retain }) => ({ topic, qos, retain })),
      [
        { topic: `nes/${SERIAL}/availability`, qos: 1, retain: true },
        { topic: `nes/${SERIAL}/state`, qos: 1, retain: true },
      ],
    );
    assert.equal(messages[0]?.payload, 'online');
    const state = stateOf(messages);
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
    const messages = formatted(formatOf('json'), decoded('BT23'), decoded('BT28', { readAt: '2026-11-20T12:00:10Z' }));
    assert.equal(messages.length, 1, 'the availability is published once');
    const state = stateOf(messages);
    assert.equal(state['activeEnergyImport'], 65845.343);
    assert.equal(state['activePower'], 399);
    assert.equal(state['timestamp'], '2026-11-20T12:00:10.000Z');
  });

  it('gives null for a measurement no longer read, and keeps publishing a register', () => {
    const state = stateOf(formatted(formatOf('json'), ...fadingPower));
    assert.equal(state['activePower'], null);
    assert.equal(state['activeEnergyImport'], 65845.343);
  });

  it('publishes on the topic of the meter that it does not respond', () => {
    const silent = formatOf('json', { baseTopic: 'house/power' }).onSilence?.(snapshotOf(decoded('BT28')));
    assert.deepEqual(silent, [
      { topic: `house/power/${SERIAL}/availability`, payload: 'offline', qos: 1, retain: true },
    ]);
  });
});

describe('Readings for FHEM', () => {
  const fhem = formatOf('fhem');

  it('are one flat object, the availability among them', () => {
    const [message, ...others] = formatted(fhem, decoded('BT28'));
    assert.deepEqual(others, []);
    assert.deepEqual([message?.topic, message?.qos, message?.retain], [`nes/${SERIAL}/state`, 1, true]);
    const state = stateOf([message!]);
    assert.equal(state['availability'], 'online');
    assert.equal(state['activePower'], 399);
    assert.ok(!('activeEnergyImport' in state));
  });

  it('give unknown for a measurement no longer read, and keep publishing a register', () => {
    const state = stateOf(formatted(fhem, ...fadingPower));
    assert.equal(state['activePower'], 'unknown');
    assert.equal(state['activeEnergyImport'], 65845.343);
    assert.equal(state['availability'], 'online');
  });

  it('give unknown for all measurements of an unresponsive meter', () => {
    const meter = { ...snapshotOf(decoded('BT28'), decoded('BT23')), online: false };
    const state = stateOf(fhem.onSilence?.(meter) ?? []);
    assert.equal(state['availability'], 'offline');
    assert.equal(state['voltageL1'], 'unknown');
    assert.equal(state['activeEnergyImport'], 65845.343);
  });

  it('give unknown for a meter unresponsive since the start, and keep its registers', () => {
    const meter = recallSnapshot(rememberSnapshot(snapshotOf(decoded('BT28'), decoded('BT23'))), 180)!;
    const state = stateOf(fhem.onSilence?.({ ...meter, online: false }) ?? []);
    assert.equal(state['voltageL1'], 'unknown');
    assert.ok(!('activeEnergyImport' in state) && !('timestamp' in state));
  });

  it('are written in plain digits', () => {
    const tiny = { ...decoded('BT23'), payload: { activeEnergyExport: 1e-7, activeEnergyImport: 0 } };
    assert.match(String(formatted(fhem, tiny)[0]?.payload), /"activeEnergyExport":0\.0000001,"activeEnergyImport":0\}/);
  });

  it('refuse a topic that cannot be', () => {
    throwsWith(() => formatOf('fhem', { baseTopic: 'nes/#' }), 'bad-setting');
  });
});

describe('What is kept of a meter over a restart', () => {
  const meter = snapshotOf(decoded('BT28'));

  it('holds identity and capabilities, but no value', () => {
    const kept = JSON.parse(JSON.stringify(rememberSnapshot(meter))) as object;
    assert.ok(!JSON.stringify(kept).includes('399'));
    const recalled = recallSnapshot(kept, 180)!;
    assert.deepEqual([...recalled.values.keys()], [...meter.values.keys()]);
    assert.equal(recalled.readAt, undefined);
    assert.ok(recalled.online);
  });

  for (const [what, kept] of Object.entries({
    nothing: null,
    'another serial number': { ...rememberSnapshot(meter), id: '12' },
    'no keys': { ...rememberSnapshot(meter), keys: 'activePower' },
    'no device': { ...rememberSnapshot(meter), device: { serial: 5 } },
  })) {
    it(`is not recalled from ${what}`, () => {
      assert.equal(recallSnapshot(kept, 180), undefined);
    });
  }
});

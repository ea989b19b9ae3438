import assert from 'node:assert/strict';
import { primaryValueOf } from '../../../src/publish/meter-snapshot.js';
import { decoded, type DecodedMessage } from '../../support/readings/decoded.js';
import { formatOf, snapshotOf, formatted } from '../../support/readings/format-stage.js';

/** BT28 of a meter that sends zeros for phases that it does not have. */
function withZeros(dimensions: object): DecodedMessage {
  const message = decoded('BT28');
  const payload = Object.fromEntries(
    Object.entries(message.payload).map(([key, value]) => [key, /L[23]$/.test(key) ? 0 : value]),
  );
  return { ...message, payload, meter: { ...message.meter, dimensions } };
}

describe('Snapshot of a meter', () => {
  it('does not take zeros of phases missing in a single-phase meter for measurements', () => {
    const meter = snapshotOf(withZeros({ ET29: { singlePhase: true, polyphase: false } }));
    assert.equal(primaryValueOf(meter, 'voltageL1'), 225.635);
    for (const key of ['voltageL2', 'currentL3', 'activePowerL2', 'powerFactorL3']) {
      assert.equal(primaryValueOf(meter, key), null, key);
      assert.ok(!meter.values.has(key), key);
    }
    const [row] = formatted(formatOf('sql'), withZeros({ ET29: { singlePhase: true, polyphase: false } }));
    assert.equal((row?.payload as Record<string, unknown>)['l2_voltage_v'], null);
  });

  it('keeps the zeros of any other meter', () => {
    for (const dimensions of [{}, { ET29: { singlePhase: false, polyphase: true } }]) {
      const meter = snapshotOf(withZeros(dimensions));
      assert.equal(primaryValueOf(meter, 'voltageL2'), 0);
      assert.equal(primaryValueOf(meter, 'activePowerL3'), 0);
    }
  });
});

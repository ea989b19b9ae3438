import assert from 'node:assert/strict';
import { decoded } from '../support/readings/decoded.js';
import { parseTelegram } from '../support/sinks/dsmr-parser.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import { virtualTime } from '../support/node-red/virtual-time.js';
import { until } from '../support/until.js';

describe('mep-format as a P1 port', () => {
  withNodeRed();

  it('repeats the last telegram until the meter is silent, and refuses a second meter', async () => {
    const clock = virtualTime();
    const p1 = { id: 'p1', type: 'mep-format', format: 'p1-dsmr5', repeatEvery: '1', expireAfter: '3' };
    const flow = await Flow.load([{ ...p1, wires: [['out']] }]);
    flow.send('p1', decoded('BT28'));
    await until(() => flow.completed.length === 1, 'the first reading');
    assert.deepEqual(flow.out, [], 'power alone is no telegram');
    flow.send('p1', decoded('BT23'));
    await until(() => flow.out.length === 1, 'the first telegram');
    for (const telegrams of [2, 3]) {
      await clock.advance(999);
      assert.equal(flow.out.length, telegrams - 1, 'a second apart');
      await clock.advance(1);
      await until(() => flow.out.length === telegrams, 'a repetition');
    }
    flow.send('p1', decoded('BT23', { serial: '7' }));
    await until(() => flow.caught.length === 1, 'the other meter to be refused');
    assert.equal(flow.caught[0]?.error?.code, 'bad-payload');
    await clock.advance(60_000);
    const telegrams = flow.out.map(({ payload }) => String(payload));
    assert.ok(telegrams.length <= 4, `${telegrams.length} telegrams: a silent meter has none`);
    assert.equal(new Set(telegrams).size, 1);
    assert.equal(parseTelegram(telegrams[0]!).objects['electricity delivered tariff 1'], 65845.343);
  });
});

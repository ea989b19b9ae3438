import assert from 'node:assert/strict';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { realTime, virtualTime } from '../support/node-red/virtual-time.js';
import type { FakeClock } from '../support/fake-clock.js';
import { cloned } from '../support/node-red/util.js';
import { decoded } from '../support/readings/decoded.js';
import { until } from '../support/until.js';

const SECOND = 1_000;
const NODES: readonly FlowNode[] = [
  { id: 'decode', type: 'mep-decode-bt28', wires: [['guard']] },
  {
    id: 'guard',
    type: 'mep-plausibility',
    confirmations: '1',
    confirmSeconds: '0',
    wires: [['ha', 'csv', 'count'], []],
  },
  { id: 'ha', type: 'mep-ha-discovery', expireAfter: '3600' },
  { id: 'csv', type: 'mep-format', format: 'csv', expireAfter: '3600' },
  { id: 'count', type: 'mep-consumption' },
];
/** BT28 of a meter: power now. */
const BYTES = Buffer.alloc(40, 1);

describe('The status of nodes behind readings that stop', () => {
  let flow: Flow;
  let clock: FakeClock;
  let startedAt: number;
  beforeEach(async () => {
    clock = virtualTime();
    startedAt = clock.date().getTime();
    flow = await Flow.load(NODES);
  });
  afterEach(async () => {
    await flow.redeploy([], 'nodes');
    realTime();
  });
  withNodeRed();

  const fillOf = (id: string): unknown => flow.statuses.filter((status) => status.id === id).at(-1)?.fill;

  async function receive(id: string, msg: object): Promise<void> {
    const handled = (): number => flow.completed.length + flow.caught.length;
    const before = handled();
    flow.send(id, cloned(msg));
    await until(() => handled() > before, 'the message to be handled', { seen: () => flow.statuses });
  }
  const now = (): string => new Date(clock.date().getTime()).toISOString();
  const bytes = (): object => ({
    payload: BYTES,
    table: { id: 'BT28', offset: 0, length: BYTES.length, complete: false, readAt: now() },
    meter: { serial: '7', dimensions: undefined },
  });

  for (const [id, readingAt] of [
    ['decode', bytes],
    ['ha', () => decoded('BT28', { readAt: now() })],
    ['csv', () => decoded('BT28', { readAt: now() })],
    ['count', () => decoded('BT23', { readAt: now() })],
  ] as const) {
    it(`${id}: is grey when two readings are missing, and green again with the next`, async () => {
      for (let count = 0; count < 3; count++) {
        await receive(id, readingAt());
        await clock.advance(10 * SECOND);
      }
      assert.equal(fillOf(id), 'green', JSON.stringify(flow.statuses));
      await clock.advance(9 * SECOND);
      assert.equal(fillOf(id), 'green', 'one is missing');
      await clock.advance(SECOND);
      assert.equal(fillOf(id), 'grey');
      await receive(id, readingAt());
      await until(() => fillOf(id) === 'green', 'a green status', { seen: () => flow.statuses });
      assert.ok(clock.date().getTime() > startedAt);
    });
  }

  it('stays grey when an old reading comes once more', async () => {
    const readings = [0, 1].map((step) => decoded('BT28', { readAt: new Date(startedAt + step).toISOString() }));
    for (const reading of readings) {
      await receive('ha', reading);
      await clock.advance(5 * SECOND);
    }
    assert.equal(fillOf('ha'), 'green');
    await clock.advance(5 * SECOND);
    assert.equal(fillOf('ha'), 'grey');
    await receive('ha', readings[1]!);
    assert.equal(fillOf('ha'), 'grey');
  });
});

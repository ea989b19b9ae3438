import assert from 'node:assert/strict';
import { Flow, type FlowNode, type Message, withNodeRed } from '../support/node-red/flow.js';
import { deployedMeter, serveTestedMeter, TESTED_KEY, type TestedMeter } from '../support/node-red/tested-meter.js';
import { until } from '../support/until.js';

type Fields = Readonly<Record<string, unknown>>;

/** Refused by the meter: insufficient privileges. */
const NO_PERMISSION = 3;

describe('mep-history at a meter that has or gives no history', () => {
  withNodeRed();
  let tested: TestedMeter;
  let ids = 0;
  beforeEach(async () => {
    tested = await serveTestedMeter();
  });
  afterEach(async () => {
    await tested.served.close();
  });

  async function firstLook(): Promise<Flow> {
    const id = `refused${ids++}`;
    const node: FlowNode = { id, type: 'mep-history', meter: 'meter', interval: '0', wires: [['out'], ['out']] };
    const flow = await Flow.load([deployedMeter(tested.tcp), node], { meter: { key: TESTED_KEY } });
    flow.send(id, {});
    await until(() => flow.completed.length > 0 || flow.caught.length > 0, 'the look', { seen: () => flow.statuses });
    assert.deepEqual(flow.caught, []);
    return flow;
  }
  const notesIn = (flow: Flow): Fields[] =>
    flow.out.filter((msg: Message) => !('history' in msg)).map(({ payload }) => payload as Fields);
  const recordsIn = (flow: Flow): Message[] => flow.out.filter((msg) => 'history' in msg);

  it('gives the reason, no record and no error where there is no load profile', async () => {
    tested.meter.history.reconfigure({ dataSets: [] });
    const flow = await firstLook();
    assert.deepEqual([notesIn(flow), recordsIn(flow)], [[{ reason: 'no-profile' }], []]);
  });

  it('gives the reason where the load profile is switched off', async () => {
    tested.meter.history.optOut(true);
    const flow = await firstLook();
    assert.deepEqual([notesIn(flow), recordsIn(flow)], [[{ reason: 'switched-off' }], []]);
  });

  it('gives the reason where the key does not permit the load profile', async () => {
    for (const table of [60, 61, 62, 63, 64]) tested.meter.refusals.set(table, NO_PERMISSION);
    const flow = await firstLook();
    assert.deepEqual([notesIn(flow), recordsIn(flow)], [[{ reason: 'not-permitted' }], []]);
  });

  it('reports a block without a time, sends the others, and never writes', async () => {
    const { meter } = tested;
    const image = meter.image('BT64')!;
    // The end of the first block becomes a time that there is not.
    image.fill(0xff, 0, 5);
    meter.setImage(64, image);
    const flow = await firstLook();
    assert.ok(
      notesIn(flow).some(({ reason }) => reason === 'damaged'),
      JSON.stringify(notesIn(flow)),
    );
    const numbers = recordsIn(flow).map((msg) => Number((msg['history'] as Fields)['block']));
    const blocks = [...new Set(numbers)];
    const missing = blocks.filter((block, index) => index > 0 && block !== (blocks[index - 1] ?? 0) + 1);
    assert.ok(blocks.length > 20 && missing.length <= 1, blocks.join());
    assert.equal(meter.counters.writes, 0);
  });
});

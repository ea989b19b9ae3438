import assert from 'node:assert/strict';
import { Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const node = (properties: object = {}): FlowNode => ({
  id: 'used',
  type: 'mep-consumption',
  timeZone: 'Europe/Copenhagen',
  wires: [['out']],
  ...properties,
});
const energy = (kWh: unknown, readAt: string, serial = 'first'): object => ({
  payload: { activeEnergyImport: kWh, activeEnergyExport: null },
  meter: { serial: `${serial} of test ${meters}` },
  table: { id: 'BT23', readAt },
  topic: 'kept',
});
/** A new meter for each test: the state of a node is handed over to the next one with its id. */
let meters = 0;
const load = (properties?: object): Promise<Flow> => Flow.load([node(properties)]);

describe('mep-consumption', () => {
  withNodeRed();
  beforeEach(() => {
    meters += 1;
  });

  it('adds the energy bought today and keeps the rest of the message', async () => {
    const flow = await load();
    await flow.ask('used', energy(100, '2026-11-21T10:00:00Z'));
    const answer = await flow.ask('used', energy(101.5, '2026-11-21T11:00:00Z'));
    const payload = answer.payload as Record<string, unknown>;
    assert.equal(payload['activeEnergyImportToday'], 1.5);
    assert.equal(payload['activeEnergyExportToday'], null);
    assert.equal(payload['todaySince'], '2026-11-21T10:00:00.000Z');
    assert.equal(answer['topic'], 'kept');
    assert.deepEqual(answer['meter'], { serial: `first of test ${meters}` });
    assert.equal(flow.lastStatus('used'), 'mep-consumption.status.today');
  });

  it('counts each meter by itself', async () => {
    const flow = await load();
    await flow.ask('used', energy(100, '2026-11-21T10:00:00Z'));
    await flow.ask('used', energy(7, '2026-11-21T10:00:05Z', 'second'));
    const answer = await flow.ask('used', energy(101, '2026-11-21T10:01:00Z'));
    assert.equal((answer.payload as Record<string, unknown>)['activeEnergyImportToday'], 1);
  });

  it('passes over values without energy, and a fall that nothing confirms', async () => {
    const flow = await load();
    await flow.ask('used', energy(100, '2026-11-21T10:00:00Z'));
    flow.send('used', { payload: { activePower: 12 } });
    flow.send('used', energy(2, '2026-11-21T10:00:10Z'));
    const answer = await flow.ask('used', energy(100.25, '2026-11-21T10:01:00Z'));
    assert.equal((answer.payload as Record<string, unknown>)['activeEnergyImportToday'], 0.25);
    assert.equal(flow.out.length, 2);
    assert.deepEqual(flow.caught, []);
  });

  for (const type of ['full', 'nodes'] as const) {
    it(`goes on counting over a deploy (${type})`, async () => {
      const flow = await load();
      await flow.ask('used', energy(100, '2026-11-21T10:00:00Z'));
      await flow.redeploy([node({ name: 'changed' })], type);
      const answer = await flow.ask('used', energy(102, '2026-11-21T12:00:00Z'));
      assert.equal((answer.payload as Record<string, unknown>)['activeEnergyImportToday'], 2);
    });
  }

  it('refuses what is no energy with an error for Catch nodes, and goes on', async () => {
    const flow = await load();
    for (const payload of [Buffer.of(1), 'text', { activeEnergyImport: -4 }]) {
      const caught = await flow.ask('used', { payload });
      assert.equal(caught.error?.code, 'bad-payload');
    }
    await flow.ask('used', energy(100, '2026-11-21T10:00:00Z'));
    assert.equal(flow.out.length, 1);
  });

  it('shows a time zone that there is not, and refuses messages', async () => {
    const flow = await load({ timeZone: 'Mars/Olympus' });
    await until(() => /status\.bad-setting$/.test(flow.lastStatus('used') ?? ''), 'the status');
    const caught = await flow.ask('used', energy(1, '2026-11-21T10:00:00Z'));
    assert.equal(caught.error?.code, 'bad-setting');
  });
});

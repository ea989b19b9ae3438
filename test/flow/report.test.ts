import assert from 'node:assert/strict';
import { type ServedMeter, serveTcp, SimulatedMeter } from '../../src/simulator/index.js';
import { adminApi, Flow, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { SecretWatch, TEST_KEYS } from '../support/secret-watch.js';

const SERIAL = '83620417';
const READ = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT28', interval: '0', wires: [['out']] };
const [KEY] = TEST_KEYS;
const ALL = ['settings', 'state', 'errors', 'trace', 'tables'];

interface Answer {
  readonly ok: boolean;
  readonly report: Record<string, unknown> & {
    readonly tables?: { readonly raw?: string }[];
    readonly trace?: string[];
  };
}

describe('A report from the dialog', () => {
  withNodeRed();
  let served: ServedMeter;

  async function load(): Promise<Flow> {
    served = await serveTcp({
      meter: new SimulatedMeter({ mbk: new TextEncoder().encode(KEY), serial: SERIAL }),
      port: 0,
    });
    const [host = '', tcpPort = ''] = served.address.split(':');
    const meter = { ...SIMULATED_METER, transport: 'tcp', host, tcpPort, minInterval: '0' };
    return Flow.load([meter, READ], { meter: { key: KEY } });
  }
  afterEach(() => served.close());

  it('holds the trace of what the flow read, tables, no key and no serial number', async () => {
    const flow = await load();
    await flow.ask('read', {});
    const { body } = await adminApi().post('/nes-meter/report').send({ id: 'meter', report: 'r', parts: ALL });
    const { ok, report } = body as unknown as Answer;
    assert.equal(ok, true);
    assert.deepEqual(
      ALL.filter((part) => part in report),
      ALL,
    );
    assert.equal(report.tables?.length, 15);
    assert.ok(report.trace?.some((line) => line.includes(': read BT28')));
    const text = JSON.stringify(report);
    assert.ok(!text.includes(SERIAL) && !text.includes(Buffer.from(SERIAL).toString('hex')));
    const watch = new SecretWatch(TEST_KEYS);
    watch.look('report', text);
    assert.deepEqual(watch.found, []);
    assert.ok(flow.published.some(({ topic }) => topic.startsWith('nes-meter/report/')));
  });

  it('holds no part that was not asked for', async () => {
    await load();
    const { body } = await adminApi()
      .post('/nes-meter/report')
      .send({ id: 'meter', parts: ['settings'] });
    const { report } = body as unknown as Answer;
    assert.deepEqual(
      ALL.filter((part) => part in report),
      ['settings'],
    );
  });

  it('is refused for what is no deployed connection', async () => {
    await load();
    for (const request of [{ id: 'read', parts: ALL }, { id: 'meter' }, { id: 7, parts: ALL }, {}]) {
      const { status } = await adminApi().post('/nes-meter/report').send(request);
      assert.equal(status, 400);
    }
  });
});

import assert from 'node:assert/strict';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { adminApi, Flow, type FlowNode, withNodeRed } from '../support/node-red/flow.js';
import { SecretWatch, TEST_KEYS } from '../support/secret-watch.js';

const [KEY] = TEST_KEYS;
const MAK = 'the key that writes!';
const WRONG = 'no key of this meter';

describe('What is looked for when secrets are looked for', () => {
  for (const [what, text] of [
    ['the key itself', `key=${KEY}.`],
    ['in capitals', KEY.toUpperCase()],
    ['in hex', Buffer.from(KEY).toString('hex')],
    ['in pairs of hex digits', '61 20 6B 65 79 20 6E 6F 62 6F 64 79 20 6D 61 79'],
    ['cut to the bytes that count', `key=${KEY.slice(0, 16)}.`],
    ['in Base64', Buffer.from(KEY).toString('base64')],
    ['in Base64, cut', Buffer.from(KEY).subarray(0, 16).toString('base64')],
    ['as bytes in an object', { deep: { down: [...Buffer.from(KEY).subarray(0, 16)].join(', ') } }],
    ['in an error', new Error(`refused ${KEY}`)],
  ] as const) {
    it(`finds it: ${what}`, () => {
      const watch = new SecretWatch([KEY]);
      watch.look('there', text);
      assert.deepEqual(watch.found, ['there']);
    });
  }

  it('finds what is printed, and nothing in what is harmless', () => {
    const word = 'a word of this test';
    const watch = new SecretWatch([word]);
    watch.look('a status', 'key rejected');
    assert.deepEqual(watch.found, []);
    watch.start();
    process.stderr.write(`    (printed on purpose: ${word})\n`);
    watch.stop();
    assert.deepEqual(watch.found, ['stderr']);
  });
});

describe('Secrets', () => {
  withNodeRed();
  let served: ServedMeter;
  let tcp: Record<string, string>;
  const cut = (key: string): Uint8Array => Buffer.from(key).subarray(0, 16);

  beforeEach(async () => {
    served = await serveTcp({ meter: new SimulatedMeter({ mbk: cut(KEY), mak: cut(MAK) }), port: 0 });
    const [host = '', tcpPort = ''] = served.address.split(':');
    tcp = { protocol: 'mep', transport: 'tcp', host, tcpPort };
  });
  afterEach(() => served.close());

  const read: FlowNode = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT28', wires: [['out']] };
  const write: FlowNode = { id: 'write', type: 'mep-write-table', meter: 'meter', table: 'ET50', wires: [['out']] };
  const status: FlowNode = { id: 'link', type: 'mep-status', meter: 'meter', wires: [['out']] };

  for (const [what, keys] of [
    ['right', { key: KEY, advancedKey: MAK }],
    ['wrong', { key: WRONG }],
    ['impossible', { key: `${WRONG} and too long` }],
  ] as const) {
    for (const security of ['digest', 'rc4']) {
      it(`are in nothing that leaves the nodes: ${what} keys, ${security}`, async () => {
        const watch = new SecretWatch([KEY, MAK, WRONG]);
        watch.start();
        try {
          const meter: FlowNode = {
            id: 'meter',
            type: 'mep-config',
            ...tcp,
            security,
            minInterval: '0',
            allowWrites: true,
          };
          const flow = await Flow.load([meter, read, write, status], { meter: keys });
          await flow.ask('read', {});
          await flow.ask('write', { payload: { 'mepInboundConfiguration[0].houseIcon': 1 } });
          await flow.ask('link', {});
          const test = await adminApi()
            .post('/nes-meter/test')
            .send({ id: 'meter', settings: { ...tcp, security }, credentials: {} });
          watch.look('the answer to a test', test.body);
          watch.look('messages', flow.out);
          watch.look('errors', flow.caught);
          for (const { error } of flow.caught) watch.look('a stack', (error as { stack?: string } | undefined)?.stack);
          watch.look('statuses', flow.statuses);
          watch.look('a crash report', JSON.stringify(process.report.getReport()));
          assert.ok(flow.out.length + flow.caught.length >= 3);
        } finally {
          watch.stop();
        }
        assert.deepEqual(watch.found, []);
      });
    }
  }
});

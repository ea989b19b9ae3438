import assert from 'node:assert/strict';
import type { NumberLimits } from '../../src/limits.js';
import { Flow, type FlowNode, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { ALL_IN_USE, NUMBERS } from '../support/node-red/number-settings.js';

const KEY = 'a key of the tests!!';
const METER = { ...SIMULATED_METER, allowWrites: true };
const OPTICAL = { transport: 'simulator', protocol: 'optical' };
/** Settings of a node beside the number, so that the number is in use. */
const SETTINGS: Readonly<Record<string, object>> = {
  'mep-config baudRate': { transport: 'serial', port: '/dev/nes-none' },
  'mep-config tcpPort': { transport: 'tcp', host: '127.0.0.1' },
  'mep-config packetCount': OPTICAL,
  'mep-config userId': OPTICAL,
  'mep-config': { transport: 'simulator' },
  'mep-format idx': { format: 'domoticz' },
  'mep-format repeatEvery': { format: 'p1-dsmr5' },
  'mep-format': { format: 'json' },
  'mep-history interval': { meter: 'meter' },
  'mep-history': { ...ALL_IN_USE, meter: 'meter', interval: '0' },
  'mep-http-server': { format: 'homewizard' },
  'mep-read-table fuse': { meter: 'meter', table: 'BT28', output: 'decoded', guard: true },
  'mep-read-table': { ...ALL_IN_USE, meter: 'meter', table: 'BT28', offset: '0', count: '8' },
  'mep-status': { meter: 'meter' },
  'mep-write-table': { meter: 'meter', table: 'ET50' },
};
/** Numbers that belong to each request: an error of the message rather than of the start. */
const OF_REQUESTS: Readonly<Record<string, RegExp>> = {
  'mep-read-table offset': /^(?:bad-offset|offset-beyond-table)$/,
  'mep-read-table count': /^bad-count$/,
  'mep-write-table offset': /^(?:bad-offset|offset-beyond-table)$/,
};

/** Numbers just outside `limits`, and one of the other kind where they permit whole numbers only. */
function wrongNumbers({ min, max, isWhole }: NumberLimits): string[] {
  return [min - 1, max + 1, ...(isWhole ? [min + 0.5] : [])].map(String);
}

/** A node for each wrong number of a type, by its id. */
function wrongNodes(type: string): Map<string, { readonly name: string; readonly node: FlowNode }> {
  const nodes = Object.entries(NUMBERS[type] ?? {}).flatMap(([setting, limits]) =>
    wrongNumbers(limits).map((value, index) => {
      const name = `${type} ${setting}`;
      const id = `${setting}-${index}`;
      return [id, { name, node: { ...(SETTINGS[name] ?? SETTINGS[type]), [setting]: value, id, type } }] as const;
    }),
  );
  return new Map(nodes);
}

describe('A number outside its limits', () => {
  withNodeRed();

  for (const type of Object.keys(NUMBERS).filter((name) => name !== 'mep-config')) {
    it(`${type}: is refused at the start, or with the request that it belongs to`, async () => {
      const wrong = wrongNodes(type);
      const good: FlowNode = { ...SETTINGS[type], id: 'good', type };
      const flow = await Flow.load([METER, good, ...[...wrong.values()].map(({ node }) => node)]);
      assert.doesNotMatch(flow.lastStatus('good') ?? '', /bad-setting/);
      for (const [id, { name, node }] of wrong) {
        const code = OF_REQUESTS[name];
        if (code === undefined) assert.match(flow.lastStatus(id) ?? '', /status\.bad-setting$/, JSON.stringify(node));
        else {
          const { error } = await flow.ask(id, { payload: Buffer.of(1) });
          assert.match(error?.code ?? '', code, JSON.stringify(node));
        }
      }
    });
  }

  it('mep-config: is refused with the name of the setting', async () => {
    const wrong = wrongNodes('mep-config');
    const read = { type: 'mep-read-table', table: 'BT28', interval: '0', wires: [['out']] };
    const nodes = [...wrong].flatMap(([id, { node }]) => [node, { ...read, id: `read ${id}`, meter: id }]);
    const keys = Object.fromEntries([...wrong.keys()].map((id) => [id, { key: KEY }]));
    const flow = await Flow.load(nodes, keys);
    for (const [id, { node }] of wrong) {
      const { error } = await flow.ask(`read ${id}`, {});
      assert.equal(error?.code, 'bad-setting', JSON.stringify(node));
    }
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { Flow, type FlowNode, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { SecretWatch, TEST_KEYS } from '../support/secret-watch.js';

const READ = { id: 'read', type: 'mep-read-table', meter: 'meter', table: 'BT28', interval: '0', wires: [['out']] };
const [KEY] = TEST_KEYS;

describe('The trace of a connection in a flow', () => {
  withNodeRed();
  let served: ServedMeter | undefined;
  let folder: string;

  async function overTcp(traceFile: string): Promise<FlowNode> {
    served = await serveTcp({ meter: new SimulatedMeter({ mbk: new TextEncoder().encode(KEY) }), port: 0 });
    const [host = '', tcpPort = ''] = served.address.split(':');
    return { ...SIMULATED_METER, transport: 'tcp', host, tcpPort, traceFile };
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nes-meter-'));
  });
  afterEach(async () => {
    await served?.close();
    served = undefined;
    rmSync(folder, { recursive: true });
  });

  it('is in the file that the connection names, without the key', async () => {
    const file = join(folder, 'meter.trace');
    const flow = await Flow.load([await overTcp(file), READ], { meter: { key: KEY } });
    await flow.ask('read', {});
    const text = readFileSync(file, 'utf8');
    assert.match(text, /- request 3F 00 1C .*: read BT28/);
    assert.match(text, /- accepted 00/);
    const watch = new SecretWatch(TEST_KEYS);
    watch.look('trace', text);
    assert.deepEqual(watch.found, []);
  });

  it('that cannot be written is no obstacle to reading', async () => {
    const flow = await Flow.load([await overTcp(join(folder, 'missing', 'meter.trace')), READ], {
      meter: { key: KEY },
    });
    const message = await flow.ask('read', {});
    assert.ok(Buffer.isBuffer(message.payload));
  });
});

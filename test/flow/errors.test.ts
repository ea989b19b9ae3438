import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { concatBytes } from '../../src/bytes/hex.js';
import { Digest } from '../../src/mep/digest.js';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../src/simulator/index.js';
import { Flow, type FlowNode, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import { until } from '../support/until.js';

const READ: FlowNode = {
  id: 'read',
  type: 'mep-read-table',
  meter: 'meter',
  table: 'BT28',
  interval: '0',
  wires: [['out']],
};
const KEY = '0123456789abcdefghij';
const mbk = Buffer.from(KEY).subarray(0, 16);
const digestLength = 8;

const overTcp = (port: number): FlowNode => ({
  id: 'meter',
  type: 'mep-config',
  transport: 'tcp',
  host: '127.0.0.1',
  tcpPort: String(port),
  minInterval: '0',
});

/** Asserts that a message ended in this error, once, with its status, and that the flow still works. */
async function failsWith(flow: Flow, id: string, msg: object, code: string): Promise<void> {
  const caught = await flow.ask(id, { ...msg, mine: 1 });
  assert.equal(caught.error?.code, code, caught.error?.message);
  assert.match(caught.error.message, new RegExp(`errors\\.${code === 'bad-setting' ? '' : code}`));
  assert.equal(caught['mine'], 1);
  assert.match(flow.lastStatus(id) ?? '', new RegExp(`status\\.${code}$`));
  assert.ok(!JSON.stringify(caught).includes(KEY));
  await pause(20);
  assert.equal(flow.caught.length, 1, 'reported once');
  assert.equal(flow.completed.length, 0, 'an error is no completion');
  assert.equal(flow.out.length, 0);
}

describe('Errors that a flow receives', () => {
  withNodeRed();
  const servers: { close: () => unknown }[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });

  async function serveMeter(meter = new SimulatedMeter({ mbk })): Promise<number> {
    const served: ServedMeter = await serveTcp({ meter, port: 0 });
    servers.push(served);
    return Number(served.address.split(':')[1]);
  }

  /** A port with a device that is not a meter. */
  async function servePort(onBytes: (socket: Socket) => void): Promise<number> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', () => {
        onBytes(socket);
      });
    });
    servers.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => server.close(resolve));
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  for (const [what, settings, credentials, code] of [
    ['no key', {}, {}, 'key-missing'],
    ['a key of a wrong length', {}, { key: 'short' }, 'key-length'],
    ['a key that cannot be read', { keyFormat: 'hex' }, { key: 'these are no hex digits, are they' }, 'key-format'],
    ['a port of no meaning', { tcpPort: 'http' }, { key: KEY }, 'bad-setting'],
    ['a serial port that is not there', { transport: 'serial', port: '/dev/nes-none' }, { key: KEY }, 'port-missing'],
  ] as const) {
    it(`${what}: ${code}`, async () => {
      const flow = await Flow.load([{ ...overTcp(9), ...settings }, READ], { meter: credentials });
      await failsWith(flow, 'read', {}, code);
    });
  }

  it('a host that refuses', async () => {
    const port = await serveMeter();
    await servers.pop()?.close();
    const flow = await Flow.load([overTcp(port), READ], { meter: { key: KEY } });
    await failsWith(flow, 'read', {}, 'host-refused');
  });

  it('a port that is silent', async () => {
    const port = await servePort(() => undefined);
    const flow = await Flow.load([overTcp(port), READ], { meter: { key: KEY } });
    await failsWith(flow, 'read', {}, 'no-answer');
  });

  it('a port where only alerts come', async () => {
    const port = await servePort((socket) => socket.write(Buffer.from([0, 0])));
    const flow = await Flow.load([overTcp(port), READ], { meter: { key: KEY } });
    await failsWith(flow, 'read', {}, 'only-alerts');
  });

  it('a port that answers rubbish', async () => {
    const port = await servePort((socket) => socket.write('login: '));
    const flow = await Flow.load([overTcp(port), READ], { meter: { key: KEY } });
    await failsWith(flow, 'read', {}, 'unreadable-answer');
  });

  it('a wrong key is asked with at most twice, then nothing more is sent', async () => {
    const meter = new SimulatedMeter({ mbk });
    const port = await serveMeter(meter);
    const key = 'another key: 20 char';
    const flow = await Flow.load([overTcp(port), { ...READ, interval: '0.1' }], { meter: { key } });
    await until(() => flow.caught.length > 0, 'the error');
    assert.equal(flow.caught[0]?.error?.code, 'key-rejected');
    const { requests } = meter.counters;
    await pause(1_000);
    assert.equal(meter.counters.requests, requests);
    assert.ok(meter.counters.rejected <= 2, String(meter.counters.rejected));
    assert.equal(flow.caught.length, 1, 'the interval reports an error once');
    assert.ok(!JSON.stringify(flow.caught).includes(key));
  });

  for (const [node, msg, code] of [
    [{ table: 'BT99' }, {}, 'unknown-table'],
    [{ table: '' }, {}, 'unknown-table'],
    [{ table: '' }, { table: 28 }, 'unknown-table'],
    [{ table: '' }, { table: '__proto__' }, 'unknown-table'],
    [{ mode: 'partial', offset: '5000', count: '4' }, {}, 'offset-beyond-table'],
    [{ mode: 'partial', offset: '-1', count: '4' }, {}, 'bad-offset'],
    [{ mode: 'partial', offset: '0', count: '0' }, {}, 'bad-count'],
    [{ mode: 'partial', offset: '0', count: '' }, {}, 'bad-count'],
    [{ mode: 'partial', offset: '0', count: '5000' }, {}, 'bad-count'],
    [{ mode: 'partial', offset: 'x', count: '4' }, {}, 'bad-setting'],
    [{ mode: 'sideways' }, {}, 'bad-setting'],
  ] as const) {
    it(`${JSON.stringify(node)} with ${JSON.stringify(msg)}: ${code}`, async () => {
      const flow = await Flow.load([SIMULATED_METER, { ...READ, ...node }]);
      await failsWith(flow, 'read', msg, code);
    });
  }

  for (const [response, code] of [
    [0x01, 'unrecognised-request'],
    [0x02, 'unsupported-request'],
    [0x03, 'no-permission'],
    [0x04, 'operation-not-possible'],
    [0x05, 'table-not-available'],
    [0x0a, 'session-required'],
    [0x0c, 'sequence-rejected'],
    [0x06, 'meter-busy'],
    [0x09, 'unknown-response-code'],
  ] as const) {
    it(`a meter that answers ${response.toString(16).padStart(2, '0')}: ${code}, and the next message is served`, async () => {
      const meter = new SimulatedMeter({ mbk });
      let isRefusing = true;
      const answer = meter.answer.bind(meter);
      meter.answer = (body) => {
        if (!isRefusing || body[1] !== 0 || body[2] !== 28) return answer(body);
        const refusal = Uint8Array.from(response === 0x0c ? [response, 0, 0, 1, 0] : [response]);
        const digest = new Digest(mbk).update(body.subarray(0, -digestLength)).update(refusal).finish();
        return concatBytes(refusal, digest);
      };
      const flow = await Flow.load([overTcp(await serveMeter(meter)), READ], { meter: { key: KEY } });
      await failsWith(flow, 'read', {}, code);
      isRefusing = false;
      const next = await flow.ask('read', {});
      assert.ok(Buffer.isBuffer(next.payload), next.error?.message);
    });
  }

  for (const [type, msg, code] of [
    ['mep-decode-bt23', { payload: 'text' }, 'bad-payload'],
    ['mep-decode-bt23', { payload: 42 }, 'bad-payload'],
    ['mep-decode-bt23', { payload: null }, 'bad-payload'],
    ['mep-decode-bt23', { payload: [1, 2, 3, 4] }, 'bad-payload'],
    ['mep-decode-bt23', { payload: { type: 'Buffer', data: [1, 2, 300, 4] } }, 'bad-payload'],
    ['mep-decode-bt23', { payload: { type: 'Buffer', data: 'x' } }, 'bad-payload'],
    ['mep-decode-bt23', { payload: Buffer.alloc(4), table: { id: 'BT28' } }, 'bad-payload'],
    ['mep-decode-bt23', { payload: Buffer.alloc(0) }, 'table-too-short'],
    ['mep-decode-bt23', { payload: Buffer.alloc(6) }, 'table-too-short'],
    [
      'mep-decode-bt23',
      { payload: Buffer.alloc(8), table: { id: 'BT23', offset: 0, complete: true } },
      'table-too-short',
    ],
    ['mep-decode-bt23', { payload: Buffer.alloc(4000) }, 'table-too-long'],
    ['mep-decode-bt23', { payload: Buffer.alloc(4), table: { offset: 0, length: 8 } }, 'table-too-short'],
    ['mep-decode-bt28', { payload: Buffer.alloc(44), table: { id: 'BT28', length: 40 } }, 'table-too-long'],
    ['mep-decode-table', { payload: Buffer.alloc(4), table: { id: 'BT01', length: 16 } }, 'table-too-short'],
    ['mep-decode-bt28', { payload: Buffer.alloc(4), table: { id: 'BT28', offset: -4 } }, 'bad-offset'],
    ['mep-decode-bt28', { payload: Buffer.alloc(4), meter: { dimensions: {} } }, 'dimensions-missing'],
  ] as const) {
    it(`${type} with ${JSON.stringify(msg).slice(0, 80)}: ${code}`, async () => {
      const flow = await Flow.load([{ id: 'decode', type, wires: [['out']] }]);
      await failsWith(flow, 'decode', msg, code);
    });
  }

  it('reports impossible settings for bare buffers at start and with each bare message', async () => {
    const flow = await Flow.load([{ id: 'decode', type: 'mep-decode-bt23', tiers: '99', wires: [['out']] }]);
    assert.match(flow.lastStatus('decode') ?? '', /status\.bad-setting$/);
    const caught = await flow.ask('decode', { payload: Buffer.alloc(4) });
    assert.equal(caught.error?.code, 'bad-setting');
  });
});

describe('A node without its connection', () => {
  withNodeRed();

  for (const [what, nodes] of [
    ['none selected', [{ ...READ, meter: '' }]],
    ['a deleted one', [{ ...READ, meter: 'gone' }]],
    ['a disabled one', [{ ...SIMULATED_METER, d: true }, READ]],
    [
      'one of another kind',
      [
        { ...READ, meter: 'other' },
        { id: 'other', type: 'helper' },
      ],
    ],
  ] as const) {
    it(`${what}: reports an error and keeps running`, async () => {
      const flow = await Flow.load(nodes);
      assert.match(flow.lastStatus('read') ?? '', /status\.no-connection$/);
      const caught = await flow.ask('read', {});
      assert.equal(caught.error?.code, 'bad-setting');
      assert.match(caught.error.message, /errors\.no-connection/);
    });
  }

  it('an interval beyond what a timer can do is refused', async () => {
    const flow = await Flow.load([SIMULATED_METER, { ...READ, interval: '99999999' }]);
    assert.match(flow.lastStatus('read') ?? '', /status\.bad-setting$/);
  });
});

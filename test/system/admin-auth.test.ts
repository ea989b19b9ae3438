import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { type ServedMeter, serveTcp, SimulatedMeter } from '../../src/simulator/index.js';
import { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { SecretWatch, TEST_KEYS } from '../support/secret-watch.js';

const [KEY] = TEST_KEYS;
const PASSWORD = 'a password of tests';
/** The hash of the password in Node-RED's settings, with the lowest cost that bcrypt allows. */
const HASH = '$2b$04$NSkhACgMADZ1fwgV2r8v.eDsQM5ILx88J/Db0XKQVXJ1L8eeAH0Pe';
/** The longest test of a connection here: an optical port that does not respond. */
const LIMIT_MS = 60_000;
const MEGABYTE = 1_000_000;

interface Asked {
  readonly token?: string | undefined;
  readonly body?: string | undefined;
  readonly type?: string;
}
interface Answer {
  readonly status: number;
  readonly text: string;
}

describe('The admin endpoints of a Node-RED with users', () => {
  const watch = new SecretWatch([KEY]);
  let meter: SimulatedMeter;
  let served: ServedMeter;
  let nodeRed: NodeRedProcess;
  let deployer: string;
  let reader: string;
  let tester: string;
  let settings: Record<string, string>;

  before(async () => {
    meter = new SimulatedMeter({ mbk: Buffer.from(KEY).subarray(0, 16) });
    served = await serveTcp({ meter, port: 0 });
    const [host = '', tcpPort = ''] = served.address.split(':');
    settings = { protocol: 'mep', security: 'digest', transport: 'tcp', host, tcpPort };
    const users = [
      { username: 'deployer', password: HASH, permissions: '*' },
      { username: 'reader', password: HASH, permissions: 'read' },
      { username: 'tester', password: HASH, permissions: ['nes-meter.write'] },
    ];
    const adminAuth = { type: 'credentials', users };
    nodeRed = await NodeRedProcess.install({ settings: { adminAuth }, hasCensus: true });
    await nodeRed.start();
    deployer = await nodeRed.login('deployer', PASSWORD);
    reader = await nodeRed.login('reader', PASSWORD);
    tester = await nodeRed.login('tester', PASSWORD);
    await nodeRed.deploy(flow(settings), 'full', deployer);
  });

  after(async () => {
    await (nodeRed as NodeRedProcess | undefined)?.remove();
    await (served as ServedMeter | undefined)?.close();
  });

  /** Sends a request of an untrusted program, and searches the answer for the key. */
  async function ask(method: string, path: string, { token, body, type = 'application/json' }: Asked): Promise<Answer> {
    const headers = {
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }),
    };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const asking = httpRequest({ host: '127.0.0.1', port: nodeRed.port, method, path, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      });
      asking.on('error', reject);
      asking.setTimeout(LIMIT_MS, () => {
        asking.destroy(new Error(`${method} ${path} was not answered`));
      });
      asking.end(body);
    });
    watch.look(`${method} ${path}`, answer.text);
    return answer;
  }

  const test = (body: unknown): Promise<Answer> =>
    ask('POST', '/nes-meter/test', { token: deployer, body: JSON.stringify(body) });
  const codeOf = ({ text }: Answer): unknown => (JSON.parse(text) as { code?: unknown }).code;

  /** The view of a flow on the process: names that every object inherits. */
  async function polluted(): Promise<string> {
    return (await ask('GET', '/polluted', {})).text;
  }

  it('answer permitted users only', async () => {
    const body = JSON.stringify({ id: 'meter', settings, credentials: {} });
    const statuses: Record<string, number[]> = {};
    for (const [who, token] of Object.entries({ anonymous: undefined, stranger: 'made-up', reader, deployer })) {
      statuses[who] = [
        (await ask('GET', '/nes-meter/ports', { token })).status,
        (await ask('GET', '/nes-meter/tables', { token })).status,
        (await ask('POST', '/nes-meter/test', { token, body })).status,
      ];
    }
    assert.deepEqual(statuses, {
      anonymous: [401, 401, 401],
      stranger: [401, 401, 401],
      reader: [200, 200, 401],
      deployer: [200, 200, 200],
    });
  });

  it('send the stored key to the deployed meter only, where a user may test only', async () => {
    const received: Buffer[] = [];
    const sink = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        received.push(bytes);
        socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(sink, 'listening');
    const { port } = sink.address() as AddressInfo;
    const testWith = (change: object): Promise<Answer> => {
      const body = JSON.stringify({ id: 'meter', settings: { ...settings, ...change }, credentials: {} });
      return ask('POST', '/nes-meter/test', { token: tester, body });
    };
    try {
      assert.equal(codeOf(await testWith({})), undefined);
      for (const change of [{ host: 'localhost' }, { security: 'rc4' }]) {
        assert.equal(codeOf(await testWith(change)), 'key-not-typed', JSON.stringify(change));
      }
      const answer = await testWith({ protocol: 'optical', tcpPort: String(port) });
      assert.match(String(codeOf(answer)), /^(optical|connection)-/);
      const bytes = Buffer.concat(received);
      assert.ok(bytes.length > 0 && !bytes.includes(KEY.slice(0, 16)));
      assert.equal(meter.counters.rejected, 0);
      assert.equal((await ask('GET', '/nes-meter/ports', { token: tester })).status, 401);
    } finally {
      sink.close();
    }
  });

  it('reveal nothing of the machine: no variable, no file', async () => {
    for (const change of [
      { host: '${PATH}' },
      { transport: 'serial', port: '${PATH}' },
      { transport: 'serial', port: '/etc/passwd' },
      { tcpPort: '${PATH}' },
    ]) {
      const body = JSON.stringify({ id: 'meter', settings: { ...settings, ...change }, credentials: { key: 'x' } });
      const { text } = await ask('POST', '/nes-meter/test', { token: tester, body });
      assert.ok(!text.includes('/bin') && !text.includes('root:'), text);
    }
  });

  it('refuse users without permission, whatever they send', async () => {
    const { requests } = meter.counters;
    for (const token of [undefined, reader]) {
      for (const body of ['{}', '[', '['.repeat(MEGABYTE), JSON.stringify({ id: 'meter', settings }), undefined]) {
        const { status } = await ask('POST', '/nes-meter/test', { token, body });
        assert.ok([400, 401].includes(status), String(status));
      }
    }
    assert.equal(meter.counters.requests, requests);
  });

  it('take no path, key or setting from the address', async () => {
    const query = new URLSearchParams({ id: 'meter', path: '/etc', port: '/dev/null', key: KEY, ...settings });
    query.append('settings[transport]', 'simulator');
    for (const path of ['/nes-meter/ports', '/nes-meter/tables']) {
      assert.deepEqual(
        await ask('GET', `${path}?${query.toString()}`, { token: deployer }),
        await ask('GET', path, { token: deployer }),
      );
    }
    const { requests, rejected } = meter.counters;
    for (const body of [undefined, '{}']) {
      const answer = await ask('POST', `/nes-meter/test?${query.toString()}`, { token: deployer, body });
      assert.equal(answer.status, 400);
    }
    assert.deepEqual([meter.counters.requests, meter.counters.rejected], [requests, rejected]);
  });

  it('know no other methods and no other addresses', async () => {
    const body = JSON.stringify({ id: 'meter', settings, credentials: {} });
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'SEARCH']) {
      const { status } = await ask(method, '/nes-meter/test', { token: deployer, body });
      assert.ok(status >= 400 && status < 500, `${method} ${status}`);
    }
    for (const path of ['/nes-meter', '/nes-meter/', '/nes-meter/test/../..%2fetc', '/nes-meter/ports/dev/null']) {
      assert.equal((await ask('GET', path, { token: deployer })).status, 404, path);
    }
  });

  const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
  for (const [what, body, type] of [
    ['nothing at all', ''],
    ['no JSON', '{"id":'],
    ['null', 'null'],
    ['a number', '7'],
    ['an array', '[{"id":"meter","settings":{}}]'],
    ['nulls', '{"id":null,"name":null,"settings":null,"credentials":null}'],
    ['settings that are null', '{"id":"meter","settings":{"transport":null}}'],
    ['settings that are an array', '{"id":"meter","settings":["simulator"]}'],
    ['arrays to the bottom', nested('[', ']', 100_000)],
    ['objects to the bottom', nested('{"settings":', '}', 1).replace(':}', `:${nested('[', ']', 100_000)}}`)],
    ['more than Node-RED reads', JSON.stringify({ id: 'x'.repeat(6 * MEGABYTE), settings: {} })],
    ['an id without end', JSON.stringify({ id: 'x'.repeat(4 * MEGABYTE), settings: {} })],
    ['settings in the prototype', '{"__proto__":{"id":"meter","settings":{"transport":"simulator"}}}'],
    ['a prototype in the settings', '{"id":"meter","settings":{"__proto__":{"transport":"simulator","bad":"x"}}}'],
    ['a constructor', '{"id":"meter","settings":{"constructor":{"prototype":{"bad":"x"}}}}'],
    ['a prototype in the keys', '{"id":"meter","settings":{},"credentials":{"__proto__":{"bad":"x"}}}'],
    ['a form', 'id=meter&settings[transport]=simulator&__proto__[bad]=x', 'application/x-www-form-urlencoded'],
    ['plain text', '{"id":"meter","settings":{"transport":"simulator"}}', 'text/plain'],
    ['XML', '<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>', 'application/xml'],
    ['a type that is none', '{"id":"meter","settings":{}}', 'application/json/json;;=\t'],
    ['a character set that is none', '{"id":"meter","settings":{}}', 'application/json; charset=klingon'],
  ] as const) {
    it(`refuse ${what}`, async () => {
      const { status } = await ask('POST', '/nes-meter/test', { token: deployer, body, ...(type && { type }) });
      assert.ok(status >= 400 && status < 500, String(status));
      assert.equal(await polluted(), '[]');
    });
  }

  for (const id of ['__proto__', 'constructor', 'toString', 'other', '../meter', '']) {
    it(`give no key to an id that names no connection: "${id}"`, async () => {
      assert.equal(codeOf(await test({ id, settings, credentials: {} })), 'key-missing');
      assert.equal(codeOf(await test({ id, settings: { ...settings, keyFormat: '${HOME}' } })), 'bad-setting');
    });
  }

  it('take settings called as what every object has for nothing', async () => {
    const names = '"__proto__":"x","constructor":"x","toString":"x","hasOwnProperty":"x"';
    const body = JSON.stringify({ id: 'meter', settings, credentials: {} }).replace(
      '"protocol"',
      `${names},"protocol"`,
    );
    const answer = await ask('POST', '/nes-meter/test', { token: deployer, body });
    assert.equal(answer.status, 200);
    assert.equal(codeOf(answer), undefined, answer.text);
    assert.equal(await polluted(), '[]');
  });

  it('let go of what was given up half-way, and hold nothing afterwards', async () => {
    const giveUp = (sent: string, afterMs: number): Promise<void> =>
      new Promise((resolve) => {
        const headers = {
          Authorization: `Bearer ${deployer}`,
          'Content-Type': 'application/json',
          'Content-Length': String(body.length),
        };
        const { port } = nodeRed;
        const asking = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/nes-meter/test', headers });
        asking.on('error', () => undefined);
        asking.on('close', resolve);
        asking.write(sent);
        setTimeout(() => asking.destroy(), afterMs);
      });
    const body = JSON.stringify({ id: 'meter', settings, credentials: {} });
    await Promise.all(Array.from({ length: 5 }, () => giveUp(body, 50)));
    assert.equal(codeOf(await test({ id: 'meter', settings, credentials: {} })), undefined);
    const before = await nodeRed.census();
    await Promise.all(Array.from({ length: 40 }, (_, index) => giveUp(body.slice(0, 3 * index), 20 + 2 * index)));
    for (let times = 0; times < 200; times++) await test({ id: 'x'.repeat(10_000), settings: { host: [] } });
    assert.equal(codeOf(await test({ id: 'meter', settings, credentials: {} })), undefined);
    const after = await nodeRed.census();
    assert.ok(after.files <= before.files + 2, `${before.files} files before, ${after.files} after`);
    assert.ok(after.listeners <= before.listeners, `${before.listeners} listeners before, ${after.listeners} after`);
    const grown = (after.heapUsed - before.heapUsed) / MEGABYTE;
    assert.ok(grown < 5, `${grown} MB more than before`);
  });

  it('left the process alive, and the key in no answer and no line of its log', () => {
    assert.ok(nodeRed.isRunning);
    assert.deepEqual(nodeRed.log.match(/uncaught|unhandled|dist\/(nodes|src)\//gi), null);
    watch.look('log', nodeRed.log);
    assert.deepEqual(watch.found, []);
  });
});

/** A connection with its key, and an answer with the names that a new object inherits. */
function flow(settings: Readonly<Record<string, string>>): object[] {
  const func = 'msg.payload = []; for (const n in msg) if (!Object.hasOwn(msg, n)) msg.payload.push(n); return msg;';
  return [
    { id: 'tab', type: 'tab', label: 'Users' },
    { id: 'meter', type: 'mep-config', name: 'cellar', ...settings, minInterval: '0', credentials: { key: KEY } },
    { id: 'other', type: 'mqtt-broker', broker: '127.0.0.1', port: '1', credentials: { user: 'u', password: KEY } },
    { id: 'in', type: 'http in', z: 'tab', url: '/polluted', method: 'get', wires: [['look']] },
    { id: 'look', type: 'function', z: 'tab', func, outputs: 1, wires: [['answer']] },
    { id: 'answer', type: 'http response', z: 'tab', statusCode: '200', headers: {}, wires: [] },
  ];
}

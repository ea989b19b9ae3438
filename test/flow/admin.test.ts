import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { opticalBehaviour, SimulatedOpticalPort, serveTcp, SimulatedMeter } from '../../src/simulator/index.js';
import { adminApi, Flow, type FlowNode, SIMULATED_METER, withNodeRed } from '../support/node-red/flow.js';
import {
  eachWithTestedMeter,
  testConnection as test,
  TESTED_KEY as KEY,
  TESTED_MAK as MAK,
} from '../support/node-red/tested-meter.js';

const READ: FlowNode = {
  id: 'read',
  type: 'mep-read-table',
  meter: 'meter',
  table: 'BT28',
  interval: '0',
  wires: [['out']],
};

describe('What the dialogs ask of the runtime', () => {
  withNodeRed();
  const tested = eachWithTestedMeter();

  it('lists the ports', async () => {
    await Flow.load([]);
    const { body } = await adminApi().get('/nes-meter/ports');
    assert.equal(body['ok'], true);
    assert.ok(Array.isArray(body['ports']));
  });

  it('lists the tables', async () => {
    await Flow.load([]);
    const { body } = await adminApi().get('/nes-meter/tables');
    const tables = body['tables'] as Record<string, unknown>[];
    const { summary, ...others } = tables.find(({ name }) => name === 'ET03') ?? assert.fail('no ET03');
    assert.deepEqual(others, { name: 'ET03', number: 2051, title: 'Utility Information', read: 'none' });
    assert.match(String(summary), /serial number/);
  });

  it('tests a connection that is not deployed', async () => {
    await Flow.load([]);
    const { body } = await test({ id: 'new', settings: tested.tcp, credentials: { key: KEY } });
    assert.equal(body['ok'], true, JSON.stringify(body));
    assert.equal(body['serial'], tested.meter.serial);
    assert.ok(body['firmware'] && body['model'] && body['manufacturer']);
  });

  it('tests the simulated meter without a key', async () => {
    await Flow.load([]);
    const { body } = await test({ id: 'new', settings: { ...tested.tcp, transport: 'simulator', profile: 'gen4' } });
    assert.equal(body['ok'], true, JSON.stringify(body));
  });

  it('uses the stored key where none was typed, and none of another node', async () => {
    await Flow.load([tested.deployed(), { id: 'other', type: 'helper' }], { meter: { key: KEY }, other: { key: KEY } });
    assert.equal((await test({ id: 'meter', settings: tested.tcp, credentials: {} })).body['ok'], true);
    assert.equal((await test({ id: 'other', settings: tested.tcp, credentials: {} })).body['code'], 'key-missing');
  });

  for (const protocol of ['mep', 'optical']) {
    it(`repeats no bytes that came in over ${protocol}`, async () => {
      await Flow.load([]);
      const leak = createServer((socket) => {
        socket.on('error', () => undefined).write('root:x:0:0:secret-of-a-service');
      }).listen(0, '127.0.0.1');
      await once(leak, 'listening');
      const { port } = leak.address() as AddressInfo;
      try {
        const settings = { ...tested.tcp, protocol, tcpPort: String(port) };
        const { body } = await test({ id: 'new', settings, credentials: { key: KEY } });
        const answer = JSON.stringify(body);
        assert.ok(!/secret|root|7365|72 ?6F|0x/i.test(answer), answer);
        assert.equal(body['raw'], undefined);
      } finally {
        leak.close();
      }
    });
  }

  it('opens nothing that is no serial port', async () => {
    await Flow.load([tested.deployed()], { meter: { key: KEY } });
    const directory = mkdtempSync(join(tmpdir(), 'no-ports-'));
    const pipe = join(directory, 'pipe');
    const file = join(directory, 'file');
    const link = join(directory, 'link');
    execFileSync('mkfifo', [pipe]);
    writeFileSync(file, 'what a file holds');
    symlinkSync(file, link);
    const paths = ['/etc/passwd', '/etc/shadow', '/etc/nothing-here', '/dev/../etc/passwd', '/dev/null', '/dev/tty'];
    paths.push('/dev/random', '/dev/tty1', '/dev', '/dev/shm', '/dev/stdin', '/proc/self/mem', 'ttyUSB0', '../x');
    try {
      for (const port of [pipe, file, link, directory, ...paths]) {
        const settings = { ...tested.tcp, transport: 'serial', port };
        const { body } = await test({ id: 'new', settings, credentials: { key: KEY } });
        assert.equal(body['code'], 'port-not-serial', port);
        assert.ok(!JSON.stringify(body).includes('what a file holds'));
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  for (const tcpPort of ['0', '65536', '-1', '2000.5', '1e9', 'http', '0x50000']) {
    it(`takes no TCP port that is none: ${tcpPort}`, async () => {
      await Flow.load([]);
      const { body } = await test({ id: 'new', settings: { ...tested.tcp, tcpPort }, credentials: { key: KEY } });
      assert.deepEqual([body['code'], (body['values'] as { setting?: string }).setting], ['bad-setting', 'tcpPort']);
    });
  }

  it('a key that was taken out of the dialog is not used', async () => {
    await Flow.load([tested.deployed()], { meter: { key: KEY } });
    assert.equal(
      (await test({ id: 'meter', settings: tested.tcp, credentials: { key: '' } })).body['code'],
      'key-missing',
    );
  });

  it('reports a wrong key without showing it', async () => {
    await Flow.load([]);
    const key = 'ABCDEFGHIJ0123456789';
    const { body } = await test({ id: 'new', settings: tested.tcp, credentials: { key } });
    assert.equal(body['code'], 'key-rejected');
    assert.equal(body['received'], 'answers');
    assert.ok(!JSON.stringify(body).includes(key));
  });

  it('identifies the meter where only the key of its optical port is wrong', async () => {
    await Flow.load([]);
    const head = await serveTcp({
      meter: tested.meter,
      optical: new SimulatedOpticalPort(tested.meter, opticalBehaviour('gen3')),
      port: 0,
    });
    const settings = { ...tested.tcp, protocol: 'optical', tcpPort: head.address.split(':')[1] };
    try {
      const { body } = await test({ id: 'new', settings, credentials: { key: 'ABCDEFGHIJ0123456789' } });
      assert.deepEqual([body['ok'], body['code']], [false, 'key-rejected']);
      assert.equal(body['serial'], tested.meter.serial);
      assert.ok(body['firmware'] && body['model'] && body['manufacturer']);
      assert.deepEqual(body['notices'], ['key-characters']);
    } finally {
      await head.close();
    }
  });

  it('tries other settings on a port it cannot read and reports progress to the editor', async () => {
    const flow = await Flow.load([]);
    const head = await serveTcp({
      meter: tested.meter,
      optical: new SimulatedOpticalPort(tested.meter, opticalBehaviour('gen3')),
      port: 0,
    });
    const settings = { ...tested.tcp, tcpPort: head.address.split(':')[1] };
    try {
      const { body } = await test({ id: 'new', test: 'this-one', settings, credentials: { key: KEY } });
      const optical = [{ setting: 'protocol', value: 'optical' }];
      assert.match(String(body['code']), /^(no|unreadable)-answer$/);
      assert.deepEqual(body['proposals'], optical);
      assert.deepEqual(body['notices'], ['other-key']);
      assert.equal(body['serial'], tested.meter.serial);
      const message = flow.published.at(-1);
      assert.deepEqual(message, { topic: 'nes-meter/test/this-one', data: { changes: optical }, retain: false });
      assert.ok(!JSON.stringify(flow.published).includes(KEY));
    } finally {
      await head.close();
    }
  });

  it('names the form that fits the key, and asks no meter for that', async () => {
    await Flow.load([]);
    const { body } = await test({
      id: 'new',
      settings: { ...tested.tcp, keyFormat: 'hex' },
      credentials: { key: KEY },
    });
    assert.match(String(body['code']), /^key-(format|length)$/);
    assert.deepEqual(body['proposals'], [{ setting: 'keyFormat', value: 'ascii' }]);
    assert.equal(tested.meter.counters.requests, 0);
  });

  for (const [allowWrites, advancedKey, code] of [
    [true, MAK, undefined],
    [true, 'ABCDEFGHIJ0123456789', 'key-rejected'],
    [false, 'ABCDEFGHIJ0123456789', undefined],
  ] as const) {
    it(`tries the key that the nodes would use: ${advancedKey} beside the MBK, writing ${String(allowWrites)}`, async () => {
      await Flow.load([]);
      const credentials = { key: KEY, advancedKey };
      const { body } = await test({ id: 'new', settings: { ...tested.tcp, allowWrites }, credentials });
      assert.equal(body['code'], code, JSON.stringify(body));
    });
  }

  it('reports a host that refuses and a serial port that is missing', async () => {
    await Flow.load([]);
    await tested.served.close();
    const refused = await test({ id: 'new', settings: tested.tcp, credentials: { key: KEY } });
    assert.equal(refused.body['code'], 'host-refused');
    const settings = { ...tested.tcp, transport: 'serial', port: '/dev/nes-none' };
    const missing = await test({ id: 'new', settings, credentials: { key: KEY } });
    assert.equal(missing.body['code'], 'port-missing');
  });

  it('understands environment variables as a deploy does', async () => {
    await Flow.load([]);
    process.env['NES_TEST_HOST'] = tested.tcp['host'];
    const settings = { ...tested.tcp, host: '${NES_TEST_HOST}' };
    const { body } = await test({ id: 'new', settings, credentials: { key: KEY } });
    delete process.env['NES_TEST_HOST'];
    assert.equal(body['ok'], true, JSON.stringify(body));
  });

  it('borrows the port of the deployed connection; its reads wait and then continue', async () => {
    const flow = await Flow.load([tested.deployed(), READ], { meter: { key: KEY } });
    await flow.ask('read', {});
    const probing = test({ id: 'elsewhere', settings: tested.tcp, credentials: { key: KEY } });
    const [report, reading] = await Promise.all([probing, flow.ask('read', {})]);
    assert.equal(report.body['ok'], true, JSON.stringify(report.body));
    assert.equal(reading.error, undefined);
    assert.ok(Buffer.isBuffer(reading.payload));
  });

  it('does not restart a connection with a rejected key when another key is tested', async () => {
    const flow = await Flow.load([tested.deployed(), READ], { meter: { key: 'ABCDEFGHIJ0123456789' } });
    assert.equal((await flow.ask('read', {})).error?.code, 'key-rejected');
    assert.equal((await test({ id: 'meter', settings: tested.tcp, credentials: { key: KEY } })).body['ok'], true);
    const { rejected } = tested.meter.counters;
    assert.equal((await flow.ask('read', {})).error?.code, 'key-rejected');
    assert.equal(tested.meter.counters.rejected, rejected);
  });

  it('restarts a connection with a rejected key once the meter accepts that same key', async () => {
    const key = 'ABCDEFGHIJ0123456789';
    const flow = await Flow.load([tested.deployed(), READ], { meter: { key } });
    assert.equal((await flow.ask('read', {})).error?.code, 'key-rejected');
    // The grid company sets the meter's key to the one it had announced.
    await tested.served.close();
    const meter = new SimulatedMeter({ mbk: Buffer.from(key).subarray(0, 16) });
    const served = await serveTcp({ meter, port: Number(tested.tcp['tcpPort']) });
    try {
      assert.equal((await flow.ask('read', {})).error?.code, 'key-rejected', 'not by itself');
      const { body } = await test({ id: 'meter', settings: tested.tcp, credentials: {} });
      assert.equal(body['ok'], true, JSON.stringify(body));
      assert.ok(Buffer.isBuffer((await flow.ask('read', {})).payload));
    } finally {
      await served.close();
    }
  });

  it('serves two tests of one port one after the other', async () => {
    await Flow.load([]);
    const body = { id: 'new', settings: tested.tcp, credentials: { key: KEY } };
    const reports = await Promise.all([test(body), test(body)]);
    assert.deepEqual(
      reports.map((report) => report.body['ok']),
      [true, true],
    );
  });

  for (const [what, body] of [
    ['nothing', undefined],
    ['an array', []],
    ['no settings', { id: 'new' }],
    ['settings that are no texts', { id: 'new', settings: { transport: { evil: true } } }],
    ['a tick that is a text', { id: 'new', settings: { allowWrites: 'true' } }],
    ['an id that is none', { id: 7, settings: {} }],
    ['a name of the test that is a topic', { id: 'new', test: '../#', settings: {} }],
    ['a text without end', { id: 'new', settings: { host: 'x'.repeat(10_000) } }],
    ['a name without end', { id: 'new', name: 'x'.repeat(10_000), settings: {} }],
    [
      'fields without end',
      { id: 'new', settings: Object.fromEntries(Array.from({ length: 999 }, (_, i) => [i, 'x'])) },
    ],
    ['keys that are no texts', { id: 'new', settings: {}, credentials: { key: ['x'] } }],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await Flow.load([]);
      const { status, body: answer } = await test(body);
      assert.equal(status, 400);
      assert.equal(answer['ok'], false);
    });
  }

  it('refuses a form, which another web site could send', async () => {
    await Flow.load([SIMULATED_METER]);
    const { status } = await adminApi()
      .post('/nes-meter/test')
      .type('form')
      .send({ id: 'meter', settings: { transport: 'simulator' } });
    assert.equal(status, 400);
  });

  for (const [setting, value] of [
    ['transport', 'carrier pigeon'],
    ['protocol', 'gas'],
    ['security', 'none'],
    ['tcpPort', '99999'],
    ['tcpPort', '20 00'],
    ['baudRate', '1e9'],
    ['keyFormat', 'morse'],
  ] as const) {
    it(`names the setting that cannot be: ${setting} ${value}`, async () => {
      await Flow.load([]);
      const { body } = await test({
        id: 'new',
        settings: { ...tested.tcp, [setting]: value },
        credentials: { key: KEY },
      });
      assert.equal(body['code'], 'bad-setting');
      assert.equal((body['values'] as Record<string, string>)['setting'], setting);
    });
  }
});

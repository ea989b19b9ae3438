import assert from 'node:assert/strict';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import {
  eachWithTestedMeter,
  eachWithElsewhere,
  isShown,
  testConnection as test,
  TESTED_KEY as KEY,
  TESTED_MAK as MAK,
} from '../support/node-red/tested-meter.js';

describe('A test of a connection with a typed key', () => {
  withNodeRed();
  const tested = eachWithTestedMeter();

  const SECRET = 'a-secret-of-the-environment';
  const elsewhere = eachWithElsewhere(tested);
  beforeEach(() => {
    process.env['NES_TEST_SECRET'] = SECRET;
  });
  afterEach(() => {
    delete process.env['NES_TEST_SECRET'];
  });

  const optical = { protocol: 'optical' };

  it('sends a key that was typed, and only that one', async () => {
    await Flow.load([tested.deployed()], { meter: { key: KEY, advancedKey: MAK } });
    const settings = { ...elsewhere.settings(), allowWrites: true };
    const { body } = await test({
      id: 'meter',
      settings: { ...settings, ...tested.tcp, security: 'rc4' },
      credentials: { key: 'ABCDEFGHIJ0123456789' },
    });
    assert.equal(body['code'], 'key-not-typed', 'it would be the MAK that the nodes use');
    const typed = { key: 'ABCDEFGHIJ0123456789', advancedKey: '' };
    const answer = await test({ id: 'meter', settings: { ...tested.tcp, security: 'rc4' }, credentials: typed });
    assert.equal(answer.body['code'], 'key-rejected');
  });

  it('takes a typed key to a host of the requester, and no other text of this machine', async () => {
    await Flow.load([tested.deployed()], { meter: { key: KEY } });
    const key = '${NES_TEST_SECRET}';
    for (const settings of [elsewhere.settings(), { ...elsewhere.settings(), ...optical }]) {
      for (const id of ['meter', 'new']) {
        assert.equal((await test({ id, settings, credentials: { key } })).body['ok'], false);
      }
    }
    const received = elsewhere.received();
    assert.ok(received.length > 0 && !isShown(received, SECRET));
  });

  it('takes the key of an environment variable to the deployed place', async () => {
    process.env['NES_TEST_SECRET'] = KEY;
    await Flow.load([tested.deployed()], { meter: { key: '${NES_TEST_SECRET}' } });
    for (const credentials of [{}, { key: '${NES_TEST_SECRET}' }]) {
      const { body } = await test({ id: 'meter', settings: tested.tcp, credentials });
      assert.equal(body['ok'], true, JSON.stringify(body));
    }
  });

  for (const [what, settings] of [
    ['a host', { host: '${NES_TEST_SECRET}' }],
    ['a host that is too long', { host: '${NES_TEST_SECRET}', tcpPort: '1' }],
    ['a TCP port', { tcpPort: '${NES_TEST_SECRET}' }],
    ['a serial port', { transport: 'serial', port: '${NES_TEST_SECRET}' }],
    ['a baud rate', { transport: 'serial', port: '/dev/nes-none', baudRate: '${NES_TEST_SECRET}' }],
    ['a protocol', { protocol: '${NES_TEST_SECRET}' }],
    ['a key format', { keyFormat: '${NES_TEST_SECRET}' }],
    ['a packet size', { protocol: 'optical', packetSize: '${NES_TEST_SECRET}' }],
  ] as const) {
    it(`never reveals the value of a variable that was named as ${what}`, async () => {
      const flow = await Flow.load([tested.deployed()], { meter: { key: KEY } });
      for (const secret of [SECRET, '54321', '/etc/passwd', 'xn--secret.invalid', '[::1', 'SECRET.Host.invalid']) {
        process.env['NES_TEST_SECRET'] = secret;
        const body = { id: 'meter', test: 'this', settings: { ...tested.tcp, ...settings }, credentials: { key: KEY } };
        const answer = JSON.stringify((await test(body)).body).toLowerCase();
        assert.ok(!answer.includes(secret.toLowerCase()), answer);
        assert.ok(!JSON.stringify(flow.published).includes(secret));
      }
    });
  }
});

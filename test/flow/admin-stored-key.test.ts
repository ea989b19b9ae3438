import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { DEMO_OPTICAL_KEY, opticalBehaviour, SimulatedOpticalPort, serveTcp } from '../../src/simulator/index.js';
import { Flow, withNodeRed } from '../support/node-red/flow.js';
import {
  eachWithTestedMeter,
  eachWithElsewhere,
  isShown,
  testConnection as test,
  TESTED_KEY as KEY,
  TESTED_MAK as MAK,
} from '../support/node-red/tested-meter.js';

describe('A test of a connection with a stored key', () => {
  withNodeRed();
  const tested = eachWithTestedMeter();

  const elsewhere = eachWithElsewhere(tested);

  const optical = { protocol: 'optical' };

  for (const [what, change, code] of [
    ['another host and port', (): Record<string, string> => elsewhere.settings(), /^(no|unreadable)-answer$/],
    [
      'the optical protocol at another host',
      (): Record<string, string> => ({ ...elsewhere.settings(), ...optical }),
      /^optical-/,
    ],
    ['the optical protocol', (): Record<string, string> => ({ ...tested.tcp, ...optical }), /^optical-/],
    ['another security', (): Record<string, string> => ({ ...tested.tcp, security: 'rc4' }), /^key-not-typed$/],
    [
      'a security that the port lacks',
      (): Record<string, string> => ({ ...tested.tcp, security: 'tls' }),
      /^tls-not-offered$/,
    ],
    [
      'another transport',
      (): Record<string, string> => ({ ...tested.tcp, transport: 'serial', port: '/dev/ttyUSB9' }),
      /^port-missing$/,
    ],
    [
      'the host in another spelling',
      (): Record<string, string> => ({ ...tested.tcp, host: 'localhost' }),
      /^key-not-typed$/,
    ],
  ] as const) {
    it(`does not send it to ${what}`, async () => {
      await Flow.load([tested.deployed()], { meter: { key: KEY, advancedKey: MAK } });
      const { body } = await test({ id: 'meter', settings: { ...change(), allowWrites: true }, credentials: {} });
      assert.equal(body['ok'], false);
      assert.match(String(body['code']), code);
      const named = body['code'] === 'key-not-typed' ? 'advancedKey' : undefined;
      assert.equal((body['values'] as { setting?: string }).setting, named);
      for (const key of [KEY, MAK]) assert.ok(!isShown(elsewhere.received(), key), 'the key was sent');
    });
  }

  it('shows no key to an optical head of the requester, whatever that asks for', async () => {
    await Flow.load([tested.deployed()], { meter: { key: DEMO_OPTICAL_KEY } });
    const head = await serveTcp({
      meter: tested.meter,
      optical: new SimulatedOpticalPort(tested.meter, opticalBehaviour('gen3')),
      port: 0,
    });
    const seen: Buffer[] = [];
    const proxy = createServer((socket) => {
      const onward = connect(Number(head.address.split(':')[1]), '127.0.0.1');
      for (const end of [socket, onward]) end.on('error', () => undefined);
      socket.on('data', (bytes) => seen.push(bytes));
      socket.pipe(onward).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    try {
      const settings = { ...tested.tcp, ...optical, tcpPort: String(port) };
      const { body } = await test({ id: 'meter', settings, credentials: {} });
      assert.deepEqual([body['ok'], body['code'], body['serial']], [false, 'key-not-typed', tested.meter.serial]);
      assert.ok(seen.length > 0 && !isShown(Buffer.concat(seen), DEMO_OPTICAL_KEY));
    } finally {
      proxy.close();
      await head.close();
    }
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { NodeAPI } from 'node-red';
import registerAssistant from '../../../plugins/nes-meter-assistant.js';
import { type BrokerSettings, testBroker } from '../../../plugins/lib/broker-test.js';
import { exampleFlows } from '../../../plugins/lib/example-flows.js';
import { findMeter } from '../../../plugins/lib/find-meter.js';
import { readSearchPlace } from '../../../plugins/lib/find-request.js';
import { openPorts } from '../../../plugins/lib/open-ports.js';
import { opticalBehaviour, serveTcp, SimulatedMeter, SimulatedOpticalPort } from '../../../src/simulator/index.js';

const NEVER = new AbortController().signal;
const KEY = 'A1B2C3D4E5F60718293A';

describe('The endpoints of the assistant', () => {
  it('each needs a permission: to look for the flows, to deploy for what opens a port', () => {
    const routes: string[] = [];
    const route =
      (method: string) =>
      (path: string, permission: string): void => {
        routes.push(`${method} ${path} ${permission}`);
      };
    registerAssistant({
      plugins: { registerPlugin: () => undefined },
      httpAdmin: { get: route('GET'), post: route('POST') },
      auth: { needsPermission: (permission: string) => permission },
    } as unknown as NodeAPI);
    assert.deepEqual(routes, [
      'GET /nes-meter/assistant/flows nes-meter.read',
      'POST /nes-meter/find nes-meter.write',
      'POST /nes-meter/broker nes-meter.write',
    ]);
  });

  it('take no place that is none', () => {
    const place = { transport: 'tcp', host: 'meter', tcpPort: 2000 };
    assert.deepEqual(readSearchPlace(place), place);
    assert.deepEqual(readSearchPlace({ transport: 'serial', port: '/dev/ttyUSB0', host: 'x' }), {
      transport: 'serial',
      port: '/dev/ttyUSB0',
    });
    for (const bad of [
      undefined,
      [],
      {},
      { transport: 'simulator' },
      { transport: 'serial' },
      { transport: 'serial', port: ' ' },
      { transport: 'tcp', host: '' },
      { ...place, host: 'x'.repeat(501) },
      { ...place, tcpPort: '2000' },
      { ...place, tcpPort: 0 },
      { ...place, tcpPort: 1.5 },
      { ...place, tcpPort: 65_536 },
    ]) {
      assert.equal(readSearchPlace(bad), undefined, JSON.stringify(bad));
    }
  });

  it('give the examples in a language, and the English ones where there is none', () => {
    const flows = exampleFlows('../..');
    assert.ok(flows['home-assistant']?.some((node) => node['type'] === 'mep-ha-discovery'));
    assert.deepEqual(exampleFlows('Klingon'), flows);
  });
});

describe('The search for a meter', () => {
  const options = { label: 'search', signal: NEVER, onTrial: () => undefined };
  const places = (address: string): { readonly host: string; readonly tcpPort: number } => {
    const [host = '', port = ''] = address.split(':');
    return { host, tcpPort: Number(port) };
  };

  it('finds a MEP port, and no key is rejected', async () => {
    const meter = new SimulatedMeter({ mbk: new TextEncoder().encode(KEY) });
    const served = await serveTcp({ meter, port: 0 });
    try {
      const found = await findMeter({ transport: 'tcp', ...places(served.address) }, options);
      assert.ok(found.ok, JSON.stringify(found));
      assert.equal(found.settings.protocol, 'mep');
      assert.equal(found.settings.security, 'digest');
      assert.deepEqual(places(served.address), { host: found.settings.host, tcpPort: found.settings.tcpPort });
    } finally {
      await served.close();
    }
  });

  it('finds an optical port and the serial number of its meter, without a logon', async () => {
    const meter = new SimulatedMeter({ profile: 'gen3', speed: 0 });
    const optical = new SimulatedOpticalPort(meter, opticalBehaviour('gen3', {}));
    const served = await serveTcp({ meter, optical, port: 0 });
    try {
      const found = await findMeter({ transport: 'tcp', ...places(served.address) }, options);
      assert.ok(found.ok, JSON.stringify(found));
      assert.equal(found.settings.protocol, 'optical');
      assert.equal(found.serial, meter.serial);
    } finally {
      await served.close();
    }
  });

  it('reports why there is none: no port, a file, a host that refuses', async () => {
    const missing = await findMeter({ transport: 'serial', port: '/dev/serial/by-id/none' }, options);
    assert.equal(missing.ok ? '' : missing.code, 'port-missing');
    await assert.rejects(findMeter({ transport: 'serial', port: '/etc/hostname' }, options), {
      code: 'port-not-serial',
    });
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    silent.close();
    await once(silent, 'close');
    const refused = await findMeter({ transport: 'tcp', host: '127.0.0.1', tcpPort: port }, options);
    assert.equal(refused.ok ? '' : refused.code, 'host-refused');
  });

  it('distinguishes open ports, and a host that refuses from none', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.deepEqual(await openPorts('127.0.0.1', [port], NEVER), { open: [port], isReachable: true });
    server.close();
    await once(server, 'close');
    assert.deepEqual(await openPorts('127.0.0.1', [port], NEVER), { open: [], isReachable: true });
  });
});

describe('The test of a broker', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** A server that answers the first bytes of a client. */
  async function serving(answer: (socket: Socket, received: Buffer) => void): Promise<BrokerSettings> {
    const server = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', (received: Buffer) => {
          answer(socket, received);
        });
    }).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, isTls: false, user: '', password: '' };
  }

  const answering = (bytes: number[]) => (socket: Socket) => socket.write(Uint8Array.from(bytes));
  const faultOf = async (broker: BrokerSettings): Promise<string> => {
    const result = await testBroker(broker, NEVER);
    return result.ok ? 'none' : result.fault;
  };

  it('logs in, and takes its leave', async () => {
    const received: Buffer[] = [];
    const broker = await serving((socket, bytes) => {
      if (received.push(bytes) === 1) socket.write(Uint8Array.from([0x20, 2, 0, 0]));
    });
    assert.equal(await faultOf({ ...broker, user: 'homeassistant', password: 'secret' }), 'none');
    assert.match(received[0]?.toString() ?? '', /MQTT.*nes-meter-test.*homeassistant.*secret/s);
  });

  it('takes an answer in pieces', async () => {
    const broker = await serving((socket) => {
      socket.write(Uint8Array.from([0x20]));
      setImmediate(() => socket.write(Uint8Array.from([2, 0, 5])));
    });
    assert.equal(await faultOf(broker), 'not-authorised');
  });

  for (const [what, bytes, fault] of [
    ['a wrong password', [0x20, 2, 0, 4], 'login-refused'],
    ['an unknown user', [0x20, 2, 0, 5], 'not-authorised'],
    ['a broker that is full', [0x20, 2, 0, 3], 'refused'],
    ['a web server', [...Buffer.from('HTTP/1.1 400 Bad Request')], 'not-mqtt'],
  ] as const) {
    it(`reports ${what}`, async () => {
      assert.equal(await faultOf(await serving(answering([...bytes]))), fault);
    });
  }

  it('reports one that hangs up, and one that is away', async () => {
    assert.equal(await faultOf(await serving((socket) => socket.destroy())), 'not-mqtt');
    const away = await serving(() => undefined);
    servers.splice(0).forEach((server) => server.close());
    assert.equal(await faultOf(away), 'no-connection');
  });

  it('reports a broker without TLS where TLS was wanted', async () => {
    const broker = await serving(answering([...Buffer.from('HTTP/1.1 400 Bad Request')]));
    assert.equal(await faultOf({ ...broker, isTls: true }), 'not-mqtt');
  });
});

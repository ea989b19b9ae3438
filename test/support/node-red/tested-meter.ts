import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { serveTcp, type ServedMeter, SimulatedMeter } from '../../../src/simulator/index.js';
import { adminApi, type FlowNode } from './flow.js';
import { TEST_KEYS } from '../secret-watch.js';
import type { AdminAnswer } from './test-helper.js';

const [KEY] = TEST_KEYS;
export { KEY as TESTED_KEY };
export const TESTED_MAK = 'the key that writes!';

/** A simulated meter at a TCP port of its own, and the settings of a connection to it. */
export interface TestedMeter {
  readonly meter: SimulatedMeter;
  readonly served: ServedMeter;
  readonly tcp: Record<string, string>;
}

export async function serveTestedMeter(): Promise<TestedMeter> {
  const meter = new SimulatedMeter({
    mbk: Buffer.from(KEY).subarray(0, 16),
    mak: Buffer.from(TESTED_MAK).subarray(0, 16),
  });
  const served = await serveTcp({ meter, port: 0 });
  const [host = '', tcpPort = ''] = served.address.split(':');
  return { meter, served, tcp: { protocol: 'mep', security: 'digest', transport: 'tcp', host, tcpPort } };
}

/** Serves a new meter for each test of a suite; `deployed` is a connection to it with id `meter`. */
export function eachWithTestedMeter(): TestedMeter & { readonly deployed: () => FlowNode } {
  let tested: TestedMeter | undefined;
  const present = (): TestedMeter => tested ?? assert.fail('used outside a test');
  beforeEach(async () => {
    tested = await serveTestedMeter();
  });
  afterEach(() => tested?.served.close());
  return {
    get meter() {
      return present().meter;
    },
    get served() {
      return present().served;
    },
    get tcp() {
      return present().tcp;
    },
    deployed: () => deployedMeter(present().tcp),
  };
}

/** The answer that the dialog of a connection gets for `body`. */
export async function testConnection(body: unknown): Promise<AdminAnswer> {
  return adminApi().post('/nes-meter/test').send(body);
}

/** The deployed connection with id `meter`. */
export function deployedMeter(tcp: Record<string, string>): FlowNode {
  return { id: 'meter', type: 'mep-config', name: 'cellar', ...tcp, minInterval: '0' };
}

/** A host of the requester: it records what it receives, and answers everything with a positive acknowledgement. */
interface Elsewhere {
  readonly host: string;
  readonly tcpPort: string;
  /** Everything received so far. */
  readonly received: () => Buffer;
  readonly close: () => void;
}

async function openElsewhere(): Promise<Elsewhere> {
  const received: Buffer[] = [];
  const sink = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      received.push(bytes);
      socket.write(Uint8Array.of(6));
    });
  }).listen(0, '127.0.0.1');
  await once(sink, 'listening');
  const { port } = sink.address() as AddressInfo;
  return {
    host: '127.0.0.1',
    tcpPort: String(port),
    received: () => Buffer.concat(received),
    close: () => sink.close(),
  };
}

/** True if `bytes` contain the part of `key` that is used, as it is or in hexadecimal digits. */
export function isShown(bytes: Buffer, key: string): boolean {
  const used = Buffer.from(key.slice(0, 16));
  return bytes.includes(used) || bytes.toString('latin1').toUpperCase().includes(used.toString('hex').toUpperCase());
}

/** Opens such a host for each test of a suite; `settings` lead to it instead of `tested`. */
export function eachWithElsewhere(tested: TestedMeter): {
  readonly received: () => Buffer;
  readonly settings: () => Record<string, string>;
} {
  let elsewhere: Elsewhere | undefined;
  const present = (): Elsewhere => elsewhere ?? assert.fail('used outside a test');
  beforeEach(async () => {
    elsewhere = await openElsewhere();
  });
  afterEach(() => {
    elsewhere?.close();
  });
  return {
    received: () => present().received(),
    settings: () => ({ ...tested.tcp, host: present().host, tcpPort: present().tcpPort }),
  };
}

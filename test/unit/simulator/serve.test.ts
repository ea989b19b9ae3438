import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { DEMO_KEY, type ServedMeter, serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';
import { tcpTransport } from '../../../src/transport/index.js';
import { rejectsWith } from '../../support/assert-error.js';

const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

function portOf(served: ServedMeter): number {
  return Number(served.address.split(':')[1]);
}

function sessionTo(served: ServedMeter, key = DEMO_KEY): MepSession {
  const transport = tcpTransport({ host: '127.0.0.1', port: portOf(served) });
  return new MepSession({ transport, security: digestSecurity(new TextEncoder().encode(key)) });
}

describe('simulator: over TCP', () => {
  let served: ServedMeter | undefined;
  afterEach(async () => {
    await served?.close();
    served = undefined;
  });

  it('serves several connections to the one meter', async () => {
    const meter = new SimulatedMeter({ profile: 'gen4' });
    served = await serveTcp({ meter, port: 0 });
    const sessions = [sessionTo(served), sessionTo(served)];
    for (const session of sessions) {
      await session.open(EVENTS);
      const image = meter.image('BT22')!;
      assert.deepEqual(await session.read(22, 0, image.length), image);
    }
    for (const session of sessions) await session.close();
  });

  it('survives a connection that is reset, and ends open ones when it closes', async () => {
    const meter = new SimulatedMeter();
    served = await serveTcp({ meter, port: 0 });
    const rude = connect(portOf(served), '127.0.0.1');
    await new Promise((resolve) => rude.once('connect', resolve));
    rude.write(Uint8Array.of(1, 2, 3));
    rude.resetAndDestroy();
    const session = sessionTo(served);
    const lost = new Promise<string>((resolve) => {
      void session.open({
        ...EVENTS,
        closed: ({ code }) => {
          resolve(code);
        },
      });
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await served.close();
    await served.close();
    assert.equal(await lost, 'connection-lost');
    await session.close();
  });

  it('names an address of IPv6 in brackets', async function () {
    const meter = new SimulatedMeter();
    try {
      served = await serveTcp({ meter, host: '::1', port: 0 });
    } catch {
      this.skip();
    }
    assert.match(served.address, /^\[::1\]:\d+$/);
  });

  it('reports that its port is in use', async () => {
    const meter = new SimulatedMeter();
    served = await serveTcp({ meter, port: 0 });
    const error = await rejectsWith(serveTcp({ meter, port: portOf(served) }), 'port-busy');
    assert.match(error.message, /127\.0\.0\.1:\d+/);
  });
});

import assert from 'node:assert/strict';
import type { TableLinkEvents } from '../../../src/c1218/table-link.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { OpticalSession } from '../../../src/optical/session.js';
import {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type SimulatorTransport,
  type SimulatorTransportOptions,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';

const KEY = new TextEncoder().encode(DEMO_KEY);

function connect(options: SimulatorTransportOptions = {}): {
  clock: FakeClock;
  transport: SimulatorTransport;
  session: MepSession;
  log: string[];
  open: () => Promise<void>;
} {
  const clock = new FakeClock();
  const transport = simulatorTransport({ clock, ...options });
  const session = new MepSession({ transport, security: digestSecurity(KEY), clock });
  const log: string[] = [];
  const events: TableLinkEvents = {
    alert: () => log.push('alert'),
    dimensionsMayHaveChanged: () => log.push('jump'),
    closed: ({ code }) => log.push(code),
  };
  return { clock, transport, session, log, open: () => clock.run(session.open(events)) };
}

describe('simulator: in this process', () => {
  it('answers a session that has the demo key', async () => {
    const { clock, transport, session, open } = connect();
    await open();
    const bytes = await clock.run(session.read(2051, 0, 30));
    assert.equal(new TextDecoder().decode(bytes).replace(/\0+$/, ''), transport.meter.serial);
    assert.deepEqual(await clock.run(session.read(28, 0, 220)), transport.meter.image('BT28'));
    await clock.run(session.close());
    assert.equal(clock.pendingTimers, 0);
  });

  it('refuses another key', async () => {
    const { clock, open, session } = connect({ mbk: new Uint8Array(16).fill(5) });
    await open();
    await rejectsWith(clock.run(session.read(1, 0, 16)), 'key-rejected');
  });

  it('is the same meter when it is opened again', async () => {
    const { clock, transport, session, open } = connect();
    await open();
    await clock.run(session.read(1, 0, 16));
    await clock.run(session.close());
    const { requests } = transport.meter.counters;
    await open();
    await clock.run(session.read(1, 0, 16));
    assert.ok(transport.meter.counters.requests > requests);
    await clock.run(session.close());
  });

  it('takes one user at a time, and none when it is closed', async () => {
    const { clock, transport, open } = connect();
    await open();
    await rejectsWith(transport.open({ data: () => undefined, closed: () => undefined }), 'port-busy');
    await clock.run(transport.close());
    await rejectsWith(transport.write(new Uint8Array(1)), 'connection-closed');
    await transport.close();
  });

  it('can be unplugged while a request is under way', async () => {
    const { clock, transport, session, log, open } = connect();
    await open();
    const reading = rejectsWith(session.read(23, 0, 220), 'connection-lost');
    await clock.advance(20);
    transport.unplug();
    await clock.run(reading);
    assert.deepEqual(log, ['connection-lost']);
    await rejectsWith(open(), 'port-missing');
    transport.plugIn();
    await open();
    assert.equal((await clock.run(session.read(23, 0, 8))).length, 8);
    await clock.run(session.close());
    assert.equal(clock.pendingTimers, 0);
  });

  it('is silent while it is stuck, until its ENABLE line was cycled', async () => {
    const { clock, transport, session, open } = connect();
    await open();
    transport.meter.isStuck = true;
    await rejectsWith(clock.run(session.read(1, 0, 16)), 'no-answer');
    await transport.cyclePower?.(1_000);
    assert.equal((await clock.run(session.read(1, 0, 16))).length, 16);
  });

  it('raises alerts, and shows a new set-up by its sequence number', async () => {
    const { clock, transport, session, log, open } = connect();
    await open();
    await clock.run(session.read(1, 0, 16));
    transport.meter.setAlert(true);
    await clock.advance(2_500);
    assert.deepEqual(log, ['alert', 'alert']);
    transport.meter.setAlert(false);
    transport.meter.changeSetup({ numberOfPresentValues: 41 });
    assert.equal((await clock.run(session.read(28, 0, 465))).length, 41 * 4);
    assert.deepEqual(log.slice(2), ['jump']);
  });

  it('takes as long as a serial line of 9600 baud', async () => {
    const { clock, session, open } = connect({ timing: { baudRate: 9_600, answerDelayMs: 0 } });
    await open();
    await clock.run(session.read(28, 0, 220));
    await clock.advance(1_000);
    const before = clock.now();
    await clock.run(session.read(28, 0, 220));
    const bytes = 22 + 233;
    assert.ok(Math.abs(clock.now() - before - (bytes / 0.96 + 25)) < 1, String(clock.now() - before));
  });

  it('forgets bytes that were on the line when it is closed', async () => {
    const { clock, transport } = connect({ timing: { baudRate: 300 } });
    const received: Uint8Array[] = [];
    await transport.open({ data: (bytes) => received.push(bytes), closed: () => undefined });
    const written = rejectsWith(transport.write(new Uint8Array(300)), 'connection-closed');
    await clock.advance(100);
    await transport.close();
    await written;
    assert.equal(clock.pendingTimers, 0);
    assert.deepEqual(received, []);
  });
});

describe('simulator: the optical port in this process', () => {
  const EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };

  function connect(options: SimulatorTransportOptions = {}) {
    const clock = new FakeClock();
    const transport = simulatorTransport({ clock, protocol: 'optical', ...options });
    const sessionWith = (key: string): OpticalSession =>
      new OpticalSession({ ...OPTICAL_SETTINGS, transport, clock, password: new TextEncoder().encode(key) });
    return { clock, transport, sessionWith };
  }

  it('answers a session that has the demo key, as fast as a serial line of 9600 baud', async () => {
    const { clock, transport, sessionWith } = connect({ timing: { baudRate: 9_600 } });
    const session = sessionWith(DEMO_OPTICAL_KEY);
    await clock.run(session.open(EVENTS));
    await clock.run(session.read(1, 0, 16));
    const image = transport.meter.image('BT28');
    const before = clock.now();
    assert.deepEqual(await clock.run(session.read(28, 0, 100)), image?.subarray(0, 100));
    const bytes = 16 + 1 + 104 + 2 * 8 + 2;
    assert.ok(clock.now() - before > bytes / 0.96, String(clock.now() - before));
    await clock.run(session.close());
    assert.equal(clock.pendingTimers, 0);
    assert.deepEqual(transport.optical.counters, { sessions: 1, terminations: 1, reads: 2, writes: 0, wrongKeys: 0 });
  });

  it('is deaf to its MEP side during a session', async () => {
    const { clock, transport, sessionWith } = connect();
    const session = sessionWith(DEMO_OPTICAL_KEY);
    await clock.run(session.open(EVENTS));
    await clock.run(session.read(1, 0, 16));
    assert.equal(transport.meter.isListening, false);
    await clock.run(session.close());
    assert.equal(transport.meter.isListening, true);
  });

  it('locks itself after a wrong key, and ignores the right one until that is over', async () => {
    const { clock, transport, sessionWith } = connect({ optical: { lockout: { allowed: 0, minutes: 10 } } });
    const wrong = sessionWith('NES-DEMO-RK-00000002');
    await clock.run(wrong.open(EVENTS));
    await rejectsWith(clock.run(wrong.read(28, 0, 4)), 'key-rejected');
    await clock.run(wrong.close());
    const right = sessionWith(DEMO_OPTICAL_KEY);
    await clock.run(right.open(EVENTS));
    await rejectsWith(clock.run(right.read(28, 0, 4)), 'optical-silence');
    await clock.advance(600_000);
    assert.equal((await clock.run(right.read(28, 0, 4))).length, 4);
    await clock.run(right.close());
    assert.equal(transport.optical.counters.wrongKeys, 1);
  });
});

import assert from 'node:assert/strict';
import type { TableLink } from '../../../src/c1218/table-link.js';
import type { MeterError } from '../../../src/errors.js';
import { digestSecurity, rc4Security } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { FakeClock } from '../../support/fake-clock.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';
import { ScriptedTransport } from '../../support/line/scripted-transport.js';

const KEY = new Uint8Array(16).fill(1);
const CHUNK = 1_000;

const LINKS: Readonly<Record<string, (transport: ScriptedTransport, clock: FakeClock) => TableLink>> = {
  digest: (transport, clock) => new MepSession({ transport, clock, security: digestSecurity(KEY) }),
  RC4: (transport, clock) => new MepSession({ transport, clock, security: rc4Security(KEY) }),
  TLS: (transport, clock) => new TlsSession({ transport, clock, key: KEY, keyName: 'MBK' }),
  optical: (transport, clock) => new OpticalSession({ transport, clock, ...OPTICAL_SETTINGS }),
};

const repeated = (...bytes: number[]): Uint8Array =>
  Uint8Array.from({ length: CHUNK }, (_, i) => bytes[i % bytes.length]!);
const FLOODS: Readonly<Record<string, Uint8Array>> = {
  zeros: repeated(0),
  'false starts of messages': repeated(0x01, 0xd3, 0x00, 0x01, 0xc8),
  'short false messages': repeated(0, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8),
  'false starts of packets': repeated(0xee, 0, 0, 0, 0, 50, 1),
  acknowledgements: repeated(6),
  noise: repeated(0x55, 0xfe, 0x13, 0xee, 0x00, 0x77),
};

interface Stage {
  readonly clock: FakeClock;
  readonly port: ScriptedTransport;
  readonly link: TableLink;
  readonly closed: MeterError[];
}

async function stage(kind: string): Promise<Stage> {
  const clock = new FakeClock();
  const port = new ScriptedTransport();
  const link = LINKS[kind]!(port, clock);
  const closed: MeterError[] = [];
  await link.open({
    alert: () => undefined,
    dimensionsMayHaveChanged: () => undefined,
    closed: (error) => closed.push(error),
  });
  return { clock, port, link, closed };
}

/** Sends chunks until the connection is ended. @returns the number of bytes that were accepted */
async function flood({ clock, port }: Stage, bytes: Uint8Array, everyMs: number, mostChunks: number): Promise<number> {
  let sent = 0;
  for (let chunk = 0; chunk < mostChunks && port.isOpen; chunk++) {
    port.send(bytes.slice());
    sent += bytes.length;
    await clock.advance(everyMs);
  }
  return sent;
}

describe('A flooded line', () => {
  for (const kind of Object.keys(LINKS)) {
    for (const [what, bytes] of Object.entries(FLOODS)) {
      it(`is hung up: ${kind}, ${what}`, async () => {
        const idle = await stage(kind);
        const begun = process.cpuUsage();
        assert.ok((await flood(idle, bytes, 1, 100)) <= 40_000);
        assert.deepEqual(
          idle.closed.map(({ code }) => code),
          ['line-flooded'],
        );
        const asking = await stage(kind);
        const reading = asking.link.read(28, 0, 4);
        reading.catch(() => undefined);
        await asking.clock.advance(150);
        assert.ok((await flood(asking, bytes, 1, 100)) <= 40_000);
        await assert.rejects(asking.clock.run(reading));
        assert.deepEqual(
          asking.closed.map(({ code }) => code),
          ['line-flooded'],
        );
        const { user } = process.cpuUsage(begun);
        assert.ok(user < 1_500_000, `${user / 1000} ms of the processor`);
        for (const { link, clock } of [idle, asking]) {
          await clock.run(link.close());
          await clock.advance(60_000);
          assert.equal(clock.pendingTimers, 0);
        }
      });
    }
  }

  it('is not one on which another program is answered all the time', async () => {
    for (const kind of Object.keys(LINKS)) {
      const made = await stage(kind);
      const otherAnswers = repeated(0x00, 0xdf, 0x00, 0x00, 0xd4, 0x11, 0x22).slice(0, 500);
      await flood(made, otherAnswers, 1_000, 600);
      assert.deepEqual(made.closed, [], kind);
      await made.clock.run(made.link.close());
    }
  });

  it('is hung up at the pace of a slow line too, and can be opened again', async () => {
    const made = await stage('digest');
    await flood(made, FLOODS['noise']!.slice(0, 96), 100, 2_000);
    assert.deepEqual(
      made.closed.map(({ code }) => code),
      ['line-flooded'],
    );
    assert.ok(made.clock.now() > 30_000 && made.clock.now() < 120_000, `${made.clock.now()} ms`);
    await made.link.open({
      alert: () => undefined,
      dimensionsMayHaveChanged: () => undefined,
      closed: () => undefined,
    });
    assert.equal(made.port.isOpen, true);
    await made.clock.run(made.link.close());
  });
});

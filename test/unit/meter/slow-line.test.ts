import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { TableLink } from '../../../src/c1218/table-link.js';
import { digestSecurity, rc4Security } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { Meter } from '../../../src/meter/index.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { DEMO_KEY, DEMO_OPTICAL_KEY, simulatorTransport } from '../../../src/simulator/index.js';
import { findTable } from '../../../src/tables/index.js';
import type { Transport } from '../../../src/transport/index.js';
import { FakeClock } from '../../support/fake-clock.js';
import { DelayedTransport } from '../../support/line/delayed-transport.js';
import { linked } from '../../support/meter/linked.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';

const KEY = new TextEncoder().encode(DEMO_KEY);
const PASSWORD = new TextEncoder().encode(DEMO_OPTICAL_KEY);
const BT28 = findTable('BT28')!.number;
const TLS_KEY = { key: KEY, keyName: 'MBK' } as const;

interface Port {
  readonly link: (transport: Transport, clock: FakeClock) => TableLink;
  readonly simulated: Parameters<typeof simulatorTransport>[0];
  /** One way, in ms. */
  readonly maxDelayMs: number;
}

/** As over a network bridge: the response timeout of the MEP port adapts to it. */
const line = (transport: Transport, clock: FakeClock) =>
  ({ transport, clock, answerTimeoutMs: 1_000, maxAnswerTimeoutMs: 12_000, maxGapMs: 2_500 }) as const;

const PORTS: readonly [string, Port][] = [
  [
    'digest',
    {
      link: (...of) => new MepSession({ ...line(...of), security: digestSecurity(KEY) }),
      simulated: { profile: 'gen3' },
      maxDelayMs: 3_000,
    },
  ],
  [
    'RC4',
    {
      link: (...of) => new MepSession({ ...line(...of), security: rc4Security(KEY) }),
      simulated: { profile: 'gen3' },
      maxDelayMs: 3_000,
    },
  ],
  [
    'TLS',
    {
      link: (...of) => new TlsSession({ ...line(...of), ...TLS_KEY }),
      simulated: { profile: 'gen4', wantsTls: true },
      maxDelayMs: 700,
    },
  ],
  [
    'the optical port',
    {
      link: (transport, clock) =>
        new OpticalSession({ ...OPTICAL_SETTINGS, transport, clock, password: PASSWORD, mode: 'kept' }),
      simulated: { profile: 'gen3', protocol: 'optical' },
      maxDelayMs: 800,
    },
  ],
];

function stage({ link, simulated }: Port) {
  const clock = new FakeClock();
  const inner = simulatorTransport({ ...simulated, clock });
  const transport = new DelayedTransport(inner, clock);
  const session = link(transport, clock);
  let answeredAt = 0;
  const watched = linked(session, {
    read: async (table, offset, count, options) => {
      const bytes = await session.read(table, offset, count, options);
      if (table === BT28) answeredAt = transport.sentAt;
      return bytes;
    },
  });
  const meter = new Meter({ link: watched, clock, minIntervalMs: 0, random: () => 0.5 });
  meter.open();
  return { clock, transport, inner, meter, answeredAt: () => answeredAt };
}

describe('A reading over a slow line', () => {
  for (const [name, port] of PORTS) {
    it(`is dated no later than the meter answered: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 0, max: port.maxDelayMs }), { maxLength: 6 }), async (delays) => {
          const { clock, transport, meter, answeredAt } = stage(port);
          for (const delayMs of [0, ...delays]) {
            transport.delayMs = delayMs;
            const { table } = await clock.run(meter.readTable('BT28'));
            const readAt = Date.parse(table.readAt);
            assert.ok(readAt <= answeredAt(), `${readAt - answeredAt()} ms after the answer`);
            assert.ok(answeredAt() - readAt < 2 * delayMs + 1_500, `${answeredAt() - readAt} ms before the answer`);
          }
          await clock.run(meter.close());
        }),
        { numRuns: 12, seed: 7 },
      );
    });
  }

  it('has the age of its bytes after the look at the dimensions', async () => {
    const { clock, transport, meter, answeredAt } = stage(PORTS[0]![1]);
    await clock.run(meter.readTable('BT28'));
    transport.delayMs = 3_000;
    await clock.run(meter.readTable('BT28'));
    const { table } = await clock.run(meter.readTable('BT28'));
    const now = clock.date().getTime();
    assert.ok(now - answeredAt() > 9_000, 'the answer takes three seconds, the look at the version six');
    assert.ok(now - Date.parse(table.readAt) >= now - answeredAt());
  });

  it("gives the meter's own time for the same moment", async () => {
    const { clock, transport, inner, meter } = stage(PORTS[0]![1]);
    transport.delayMs = 2_000;
    const { table } = await clock.run(meter.readTable('BT28'));
    assert.ok(table.meterTime !== null);
    const aheadMs = Date.parse(table.meterTime) - Date.parse(table.readAt);
    const simulatedAheadMs = inner.meter.time - clock.date().getTime();
    const offByMs = aheadMs - simulatedAheadMs;
    assert.ok(offByMs >= -1_000 && offByMs <= 2_500, `${offByMs} ms`);
  });
});

import assert from 'node:assert/strict';
import type { TableLink } from '../../../src/c1218/table-link.js';
import type { Clock } from '../../../src/clock.js';
import { digestSecurity, rc4Security } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { Meter, type MeterDescription, type TableReading } from '../../../src/meter/index.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { decodeReading } from '../../../src/readings/index.js';
import { DEMO_KEY, DEMO_OPTICAL_KEY, SimulatedMeter, simulatorTransport } from '../../../src/simulator/index.js';
import type { Transport } from '../../../src/transport/transport.js';
import { FakeClock } from '../../support/fake-clock.js';
import { askedFor, type Stage, stage } from '../../support/meter/meter-stage.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';

const [BT15, BT21, ET55] = [15, 21, 2103];
const ADVANCED_KEY = new Uint8Array(16).fill(1);
const HOUR_MS = 3_600_000;
const UNIT = 'energyRegisterUnit';
const key = new TextEncoder().encode(DEMO_KEY);

function importOf({ bytes, table, meter }: TableReading): number {
  const { offset, complete } = table;
  const { payload } = decodeReading('BT23', bytes, { offset, complete, dimensions: meter.dimensions });
  return payload['activeEnergyImport']!;
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, not ${expected}`);
}

/** Sets the unit of energy registers without announcing it: only the byte of ET55 changes. */
function setUnit({ transport }: Stage, unit: number): void {
  const { meter } = transport;
  const image = meter.image('ET55')!;
  image[146 + 4 * (meter.setup.numberOfTiers - 1) + 39] = unit;
  meter.setImage(ET55, image);
}

describe('What the IDT version does not cover', () => {
  it('is read again at once after a write: ten times the unit is ten times the energy', async () => {
    const made = stage({ speed: 0, allowWrites: true, allowDangerousWrites: true, key: ADVANCED_KEY });
    const { clock, meter } = made;
    const before = importOf(await clock.run(meter.readTable('BT23')));
    await clock.run(meter.writeTable('ET55', { fields: { [UNIT]: 10 } }));
    const after = importOf(await clock.run(meter.readTable('BT23')));
    assertNear(after, 10 * before);
    await clock.run(meter.close());
  });

  it('is read again after a procedure', async () => {
    const made = stage({ speed: 0, allowWrites: true, allowDangerousWrites: true, key: ADVANCED_KEY });
    const { clock, meter } = made;
    const before = importOf(await clock.run(meter.readTable('BT23')));
    setUnit(made, 100);
    await clock.run(meter.runProcedure('EP17', { handle: 0x03f8 }).catch(() => undefined));
    assertNear(importOf(await clock.run(meter.readTable('BT23'))), 100 * before);
    await clock.run(meter.close());
  });

  it('is read again after a reconnect, and after an hour', async () => {
    const made = stage({ speed: 0 });
    const { clock, meter, transport } = made;
    const before = importOf(await clock.run(meter.readTable('BT23')));
    setUnit(made, 10);
    transport.unplug();
    transport.plugIn();
    await clock.advance(60_000);
    assertNear(importOf(await clock.run(meter.readTable('BT23'))), 10 * before);
    setUnit(made, 100);
    await clock.advance(HOUR_MS);
    assertNear(importOf(await clock.run(meter.readTable('BT23'))), 100 * before);
    await clock.run(meter.readTable('BT28'));
    const asked = [BT15, BT21].map((table) => askedFor(made, table));
    await clock.run(meter.readTable('BT28'));
    assert.deepEqual(
      [BT15, BT21].map((table) => askedFor(made, table)),
      asked,
      'and not for each reading',
    );
    await clock.run(meter.close());
  });
});

/** A line on which the meter can be exchanged without a lost connection, as behind a bridge. */
function exchangeable(first: Transport, second: Transport): Transport & { exchange(): void } {
  let current = first;
  return {
    description: 'a line with two meters',
    exchange: () => {
      current = second;
    },
    open: async (events, signal) => {
      for (const transport of [first, second]) {
        const data = (bytes: Uint8Array): void => {
          if (transport === current) events.data(bytes);
        };
        await transport.open({ ...events, data }, signal);
      }
    },
    write: (bytes) => current.write(bytes),
    close: async () => {
      await first.close();
      await second.close();
    },
  };
}

const LINKS: Readonly<Record<string, (transport: Transport, clock: Clock) => TableLink>> = {
  digest: (transport, clock) => new MepSession({ transport, clock, security: digestSecurity(key) }),
  rc4: (transport, clock) => new MepSession({ transport, clock, security: rc4Security(key) }),
  tls: (transport, clock) => new TlsSession({ transport, clock, key, keyName: 'MBK' }),
  optical: (transport, clock) =>
    new OpticalSession({ ...OPTICAL_SETTINGS, transport, clock, password: new TextEncoder().encode(DEMO_OPTICAL_KEY) }),
};

describe('Another meter at the same connection', () => {
  for (const [name, linkTo] of Object.entries(LINKS)) {
    it(`is noticed before any of its values is used: ${name}`, async () => {
      const clock = new FakeClock();
      const protocol = name === 'optical' ? 'optical' : 'mep';
      const make = (serial: string, numberOfSummations: number): SimulatedMeter =>
        new SimulatedMeter({ clock, serial, speed: 0, wantsTls: name === 'tls', setup: { numberOfSummations } });
      const [former, present] = [make('11111111', 11), make('22222222', 15)];
      const lines = [former, present].map((meter) => simulatorTransport({ meter, clock, protocol }));
      const line = exchangeable(lines[0]!, lines[1]!);
      const meter = new Meter({ link: linkTo(line, clock), clock, minIntervalMs: 0 });
      const changes: [MeterDescription, MeterDescription][] = [];
      meter.onMeterChange((...both) => changes.push(both));
      meter.open();
      const first = await clock.run(meter.readTable('BT23'));
      assert.equal(first.meter.serial, former.serial);
      assert.equal(changes.length, 0);
      await clock.advance(10_000);
      line.exchange();
      const second = await clock.run(meter.readTable('BT23').catch(() => meter.readTable('BT23')));
      assert.deepEqual(
        changes.map(([now, before]) => [before.serial, now.serial]),
        [['11111111', '22222222']],
      );
      assert.equal(second.meter.serial, present.serial);
      assert.equal(second.meter.dimensions['BT21']?.['numberOfSummations'], 15);
      assert.deepEqual(second.bytes, present.image('BT23'));
      await clock.run(meter.close());
    });
  }

  it("is identified by the manufacturer's number where the utility has set none", async () => {
    const { clock, meter, transport } = stage();
    const changes: string[] = [];
    meter.onMeterChange(() => changes.push('another'));
    transport.meter.setImage(2051, new Uint8Array(143));
    await clock.run(meter.readTable('BT23'));
    const general = transport.meter.image('BT01')!;
    general[20]! ^= 0x11;
    transport.meter.setImage(1, general);
    transport.meter.jumpSequence(1_000);
    await clock.run(meter.readTable('BT23'));
    assert.deepEqual(changes, ['another']);
    await clock.run(meter.close());
  });

  it('is none where the same one has new firmware, or does not give its number once', async () => {
    const { clock, meter, transport } = stage();
    let changes = 0;
    meter.onMeterChange(() => changes++);
    await clock.run(meter.readTable('BT23'));
    const general = transport.meter.image('BT01')!;
    new DataView(general.buffer).setUint16(14, 0x3b00);
    transport.meter.setImage(1, general);
    transport.meter.changeSetup({});
    await clock.run(meter.readTable('BT23'));
    transport.meter.refusals.set(2051, 3);
    transport.meter.changeSetup({});
    await clock.run(meter.readTable('BT23'));
    transport.meter.refusals.clear();
    transport.meter.changeSetup({});
    await clock.run(meter.readTable('BT23'));
    assert.equal(changes, 0);
    await clock.run(meter.close());
  });
});

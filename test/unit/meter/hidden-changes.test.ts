import assert from 'node:assert/strict';
import { TlsSession } from '../../../src/mep/tls-session.js';
import { Meter } from '../../../src/meter/index.js';
import { DEMO_KEY, simulatorTransport } from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';

const [BT28, ET04] = [28, 2052];

function stage() {
  const clock = new FakeClock();
  const setup = { numberOfPresentValues: 26 };
  const transport = simulatorTransport({ profile: 'gen4', wantsTls: true, setup, clock });
  const link = new TlsSession({ transport, key: new TextEncoder().encode(DEMO_KEY), keyName: 'MBK', clock });
  const meter = new Meter({ link, clock, minIntervalMs: 0 });
  meter.open();
  const simulated = transport.meter;
  /** Reads BT28 and compares it with the meter's present values. */
  const read = async (): Promise<void> => {
    const { bytes, meter: known } = await clock.run(meter.readTable('BT28'));
    assert.deepEqual(known.dimensions['BT21'], simulated.dimensions['BT21']);
    assert.deepEqual(known.dimensions['BT27'], simulated.dimensions['BT27']);
    assert.equal(bytes.length, simulated.image('BT28')!.length);
  };
  const asked: number[] = [];
  simulated.onExchange(({ request }) => asked.push(request!.table));
  return { clock, meter, simulated, read, asked };
}

describe('A meter with a link that does not report a new set-up', () => {
  it('is asked after each table that has dimensions, and only after those', async () => {
    const { read, asked, clock, meter } = stage();
    await read();
    asked.length = 0;
    await read();
    assert.deepEqual(asked, [BT28, ET04]);
    asked.length = 0;
    await clock.run(meter.readTable('BT01'));
    assert.deepEqual(asked, [1]);
    await clock.run(meter.close());
  });

  it('is read with its new dimensions when it was set up anew between two reads', async () => {
    const { read, simulated } = stage();
    await read();
    for (const numberOfPresentValues of [41, 55, 84]) {
      simulated.changeSetup({ numberOfPresentValues });
      await read();
    }
  });

  it('is asked anew after a table that had become too short', async () => {
    const { read, simulated } = stage();
    await read();
    simulated.changeSetup({ numberOfPresentValues: 11 });
    await rejectsWith(read(), 'inconsistent-answer');
    await read();
  });

  it('is read again when it was set up anew during a read', async () => {
    const { read, simulated } = stage();
    await read();
    let changes = 0;
    simulated.onExchange(({ request }) => {
      if (request?.table === BT28 && changes++ < 2) simulated.changeSetup({ numberOfPresentValues: 41 + changes });
    });
    await read();
    assert.equal(changes, 3);
  });

  it('is read with dimensions loaded each time where it reports no IDT version', async () => {
    const { read, simulated } = stage();
    simulated.refusals.set(ET04, 0x03);
    await read();
    simulated.changeSetup({ numberOfPresentValues: 41 });
    await read();
    simulated.changeSetup({ numberOfPresentValues: 55 });
    await read();
    simulated.refusals.clear();
    await read();
  });
});

import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { Digest } from '../../../src/mep/digest.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepServer, METER_TIMING } from '../../../src/simulator/mep-server.js';
import { FaultInjector } from '../../../src/simulator/faults.js';
import { DEMO_ADVANCED_KEY, DEMO_KEY, SimulatedMeter } from '../../../src/simulator/simulated-meter.js';
import { decodeTable, findTable, type TableValues } from '../../../src/tables/index.js';
import { FakeClock } from '../../support/fake-clock.js';

const MBK = new TextEncoder().encode(DEMO_KEY);
const LENGTH = 2;

const bytes = (text: string): Uint8Array => fromHex(text) ?? assert.fail(text);

/** A meter on a line, and requests of another maker's client. */
function stage(profile: 'gen2' | 'gen3' | 'gen4' = 'gen3') {
  const clock = new FakeClock();
  const meter = new SimulatedMeter({ clock, profile });
  let alerts = 0;
  const server = new MepServer({
    meter,
    clock,
    timing: METER_TIMING,
    faults: new FaultInjector(),
    send: (sent) => {
      if (sent.length === 2) alerts++;
    },
  });
  /** The answer to a service: its code and data, without its digest. */
  const ask = (service: string, key: Uint8Array = MBK): string => {
    const sealed = digestSecurity(key).seal(bytes(service), meter.port.sequence);
    return toHex(sealed.open(meter.answer(sealed.message.subarray(LENGTH))) ?? assert.fail('not signed'));
  };
  const values = (name: string): TableValues =>
    decodeTable(findTable(name) ?? assert.fail(), meter.image(name) ?? assert.fail(), meter.dimensions);
  /** Number of alerts within some seconds. */
  const alertsWithin = async (seconds: number): Promise<number> => {
    alerts = 0;
    await clock.advance(seconds * 1_000);
    return alerts;
  };
  return { clock, meter, server, ask, values, alertsWithin };
}

describe('simulator: reads without their length', () => {
  it('answers the whole table, as a client in the field asks for BT52', () => {
    const { meter } = stage();
    meter.port.sequence = 0x1d5bf1f3;
    const answer = meter.answer(bytes('300034 1D5BF1F3 FB30A2C0D2FF2362'));
    assert.equal(toHex(answer.subarray(0, 3)), '00 00 07');
    assert.deepEqual(answer.subarray(3, -8), meter.image('BT52'));
    const digest = new Digest(MBK).update(bytes('300034 1D5BF1F3')).update(answer.subarray(0, -8)).finish();
    assert.deepEqual(answer.subarray(-8), digest);
  });

  it('takes one byte of a length for none, and gives what is behind an offset', () => {
    const { meter, ask } = stage();
    const BT01 = meter.image('BT01')!;
    assert.equal(ask('30 0001 10'), `00 00 18 ${toHex(BT01)}`);
    assert.equal(ask('3F 0001 00000C'), `00 00 0C ${toHex(BT01.subarray(12))}`);
    assert.equal(ask('3F 0001 00000C 01'), `00 00 0C ${toHex(BT01.subarray(12))}`);
  });

  it('gives as much of a long table as an answer holds', () => {
    const { meter, ask } = stage();
    const answer = bytes(ask('30 0810'));
    assert.equal(toHex(answer.subarray(0, 3)), '00 01 D1');
    assert.deepEqual(answer.subarray(3), meter.image('ET16')!.subarray(0, 465));
  });

  it('still refuses a write that does without it, and a table that is not there', () => {
    const { ask } = stage();
    assert.equal(ask('40 0832'), '01');
    assert.equal(ask('30 0005'), '05');
    assert.equal(ask('30 00'), '01');
  });
});

describe('simulator: alerts', () => {
  const POST = '40 0007 000D 27 08 05 04 01 06 00 01 02 03 04 05 06';

  it('have a cause in ET13, and end when the scheduled read is posted', async () => {
    const { meter, ask, alertsWithin } = stage();
    assert.equal(await alertsWithin(3), 0);
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 00');
    meter.setAlert(true);
    assert.ok((await alertsWithin(3)) >= 3);
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 01');
    assert.equal(ask(POST), '00');
    assert.equal(ask('30 0008 0200').slice(0, 20), '00 00 10 27 08 05 00');
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 00');
    assert.equal(await alertsWithin(5), 0);
  });

  it('are not sent to a client that is not registered, which cannot post either', async () => {
    const { meter, ask, alertsWithin } = stage();
    meter.setAlert(true);
    assert.equal(ask('4F 0832 00001E 0001 00'), '00');
    assert.equal(await alertsWithin(3), 0);
    ask(POST);
    assert.equal(meter.image('BT08')![3], 3);
    assert.equal(ask('4F 0832 00001E 0001 01'), '00');
    assert.ok((await alertsWithin(3)) >= 2);
  });

  it('of the M-Bus are sent to the requester, and end with a post without data', async () => {
    const { meter, ask, alertsWithin } = stage();
    meter.setAlert(true, 'm-bus');
    assert.equal(await alertsWithin(3), 0);
    ask('4F 0832 00001E 0001 05');
    assert.ok((await alertsWithin(3)) >= 2);
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 08');
    assert.equal(ask('40 0007 0007 27 08 06 05 01 00 00'), '00');
    assert.equal(await alertsWithin(3), 0);
  });

  it('announce a request in ET15, which ends with the data for it', async () => {
    const { ask, values, alertsWithin } = stage();
    ask('4F 0832 00001E 0001 01');
    assert.deepEqual(values('ET14')['deviceOccupancy'], [0, 1, 4]);
    // Billing read of the client with handle 1000, transaction 0x0401.
    assert.equal(ask('40 0007 0008 13 08 05 01 04 E8 03 02', DEMO_ADVANCED_KEY), '00');
    assert.ok((await alertsWithin(3)) >= 2);
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 02');
    const [request] = values('ET15')['requestQueue'] as TableValues[];
    assert.deepEqual(request, {
      transactionNumber: 0x401,
      deviceHandleOrGroupMask: 1000,
      requestType: 2,
      result: 0,
    });
    ask('40 0007 000D 27 08 06 02 01 06 00 01 02 03 04 05 06');
    assert.equal((values('ET15')['requestQueue'] as TableValues[])[0]?.['result'], 1);
    assert.equal(await alertsWithin(3), 0);
  });

  it('announce a source in ET71 that has moved, once a second', async () => {
    const { ask, values, alertsWithin, server, clock } = stage();
    // Watches the frequency with a delta of 1 mHz; alerts for the sources of ET71 enabled.
    assert.equal(ask('4F 0847 000000 0004 13 00 01 00'), '00');
    assert.equal(await alertsWithin(3), 0);
    assert.equal(ask('4F 0832 00001E 0001 09'), '00');
    assert.ok((await alertsWithin(5)) >= 3);
    assert.equal(ask('3F 080D 000110 0001'), '00 00 01 10');
    const [entry] = values('ET71')['deltaData'] as TableValues[];
    assert.ok(Number(entry?.['sampledDataValue']) > 49_000);
    ask('4F 0832 00001E 0001 01');
    ask('40 0007 0004 27 08 05 0C');
    assert.equal(await alertsWithin(5), 0);
    server.stop();
    assert.equal(clock.pendingTimers, 0);
  });
});

describe('simulator: transactions', () => {
  const REQUESTS = '11 00 00 02 00 08 00 3F 00 17 00 00 00 00 2C 02 00';

  it("carries out the guide's read of BT23, and answers in ET53", () => {
    const { meter, ask } = stage();
    assert.equal(ask(`4F 0834 000000 0011 ${REQUESTS}`), '00');
    const BT23 = meter.image('BT23')!.subarray(0, 44);
    assert.equal(ask('3F 0835 000000 0005'), '00 00 05 38 00 01 02 00');
    assert.equal(ask('3F 0835 000000 0038'), `00 00 38 38 00 01 02 00 2F 00 00 00 2C ${toHex(BT23)} 02 00`);
  });

  it('waits for the number at its end, and reports what was refused', () => {
    const { ask } = stage();
    ask('40 0834 0013 13 00 00 07 00 03 00 30 00 05 05 00 40 00 17 00 00 00 00');
    assert.equal(ask('3F 0835 000000 0002'), '00 00 02 00 00');
    ask('4F 0834 000011 0002 07 00');
    assert.equal(ask('3F 0835 000000 000D'), '00 00 0D 0D 00 01 07 00 01 00 05 01 00 03 07 00');
  });
});

describe('simulator: whole tables', () => {
  for (const [profile, size] of [
    ['gen2', 79],
    ['gen3', 79],
    ['gen4', 93],
  ] as const) {
    it(`of ${profile} list in BT00 the tables and procedures there are`, () => {
      const { meter, ask, values } = stage(profile);
      assert.equal(meter.image('BT00')!.length, size);
      const { basicTablesUsed, extendedTablesUsed, extendedProceduresUsed, basicTablesWritable } = values('BT00');
      for (const [list, from, last] of [
        [basicTablesUsed, 0, 79],
        [extendedTablesUsed, 2048, profile === 'gen4' ? 159 : 103],
      ] as const) {
        const there = [...Array(last + 1).keys()].filter((number) => meter.image(from + number));
        assert.deepEqual(list, there);
      }
      assert.deepEqual(extendedProceduresUsed, profile === 'gen4' ? [17, 19, 39, 61] : [17, 19, 39]);
      assert.ok((basicTablesWritable as number[]).includes(7));
      assert.equal(ask('3F 0000 000000 0013').length, 3 * 22 - 1);
    });
  }

  it("have the hardware version and the manufacturer's serial number in BT01", () => {
    const { values, meter } = stage();
    const { hardwareMajor, hardwareMinor, hardwareBuild, manufacturerSerialNumber } = values('BT01');
    assert.deepEqual([hardwareMajor, hardwareMinor, hardwareBuild], [3, 69, 1]);
    assert.match(typeof manufacturerSerialNumber === 'string' ? manufacturerSerialNumber : '', /^0000\d{12}$/);
    assert.equal(meter.image('BT01')!.length, 24);
  });
});

import assert from 'node:assert/strict';
import { rejectsWith } from '../../support/assert-error.js';
import { askedFor, type Stage, stage } from '../../support/meter/meter-stage.js';
import { opticalMeterStage } from '../../support/meter/optical-meter-stage.js';

const [BT23, BT28, BT52] = [23, 28, 52];
const HOUR_MS = 3_600_000;
/** Tables with registers, and one without. */
const REGISTERS = ['BT23', 'BT28'] as const;

/** LTIME_DATE and flags as BT52 holds them. [MEP p.224-225] */
function clockImage(iso: string, flags = 0b1_0000): Uint8Array {
  const date = new Date(iso);
  return Uint8Array.of(
    date.getUTCFullYear() - 2000,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
    flags,
  );
}

async function meterTimeOf({ clock, meter }: Pick<Stage, 'clock' | 'meter'>, table = 'BT28'): Promise<string | null> {
  return (await clock.run(meter.readTable(table))).table.meterTime;
}

/** ms by which the time of a reading is ahead of the fake wall clock. */
function aheadOf({ clock }: Pick<Stage, 'clock'>, meterTime: string | null): number {
  return Date.parse(meterTime ?? '') - clock.date().getTime();
}

/**
 * Drops every read of BT52.
 * @returns a function that stops this
 */
function dropReadsOfBT52({ transport: { faults } }: Stage): () => void {
  const onRequest = faults.onRequest.bind(faults);
  const partialReadOfBT52 = Buffer.of(0x3f, 0x00, BT52);
  faults.onRequest = (bytes, now) => (Buffer.from(bytes).includes(partialReadOfBT52) ? [] : onRequest(bytes, now));
  return () => {
    faults.onRequest = onRequest;
  };
}

describe("The meter's clock", () => {
  it('is read once with the first registers, then dates every reading', async () => {
    const made = stage();
    assert.equal(await meterTimeOf(made, 'ET03'), null, 'not requested where there are no registers');
    for (const table of [...REGISTERS, ...REGISTERS, 'ET03']) {
      await made.clock.advance(10_000);
      const off = aheadOf(made, await meterTimeOf(made, table));
      assert.ok(Math.abs(off) <= 2_000, `${table}: ${off} ms off`);
    }
    assert.equal(askedFor(made, BT52), 1);
    // After the requested tables, so that it does not delay them.
    assert.equal(
      made.asked.findIndex(({ table }) => table === BT52),
      1 + made.asked.findIndex(({ table }) => table === BT23),
    );
  });

  it('is looked at again each hour, and does not count as a read of the user', async () => {
    const made = stage({ minIntervalMs: 1_000 });
    const starts: number[] = [];
    for (let minute = 0; minute < 150; minute += 1) {
      await made.clock.run(made.meter.readTable('BT28'));
      starts.push(made.asked.filter(({ table }) => table === BT28).at(-1)!.at);
      await made.clock.advance(60_000);
    }
    assert.equal(askedFor(made, BT52), 3);
    assert.equal(askedFor(made, BT28), 150);
    assert.ok(
      starts.every((start, i) => i === 0 || start - starts[i - 1]! < 61_500),
      'no poll is late for it',
    );
  });

  it('is the meter’s, however wrong', async () => {
    const made = stage();
    made.transport.meter.setImage(BT52, clockImage('2003-02-01T04:05:06Z'));
    assert.match((await meterTimeOf(made)) ?? '', /^2003-02-01T04:05:0[56]/);
  });

  it('is not known where it was never set, or is not in UTC', async () => {
    for (const image of [
      new Uint8Array(7),
      clockImage('2026-07-01T00:00:00Z', 0b110_0000),
      new Uint8Array(7).fill(255),
    ]) {
      const made = stage();
      made.transport.meter.setImage(BT52, image);
      assert.equal(await meterTimeOf(made), null);
    }
  });

  it('is taken from a BT52 that was read for another reason', async () => {
    const made = stage();
    made.transport.meter.setImage(BT52, clockImage('2026-01-01T00:00:00Z'));
    await made.clock.run(made.meter.readTable('BT52'));
    assert.match((await meterTimeOf(made)) ?? '', /^2026-01-01T00:00:0/);
    assert.equal(askedFor(made, BT52), 1);
    await made.clock.run(made.meter.readTable('BT52', { offset: 3, count: 2 }));
    assert.match((await meterTimeOf(made)) ?? '', /^2026-01-01T00:00:0/, 'a part tells nothing');
  });

  it('is looked at again after a reconnect', async () => {
    const made = stage();
    await meterTimeOf(made);
    made.transport.meter.setImage(BT52, clockImage('2026-01-01T00:00:00Z'));
    made.transport.unplug();
    made.transport.plugIn();
    await made.clock.advance(5_000);
    const time = Date.parse((await meterTimeOf(made)) ?? '');
    assert.ok(Math.abs(time - Date.parse('2026-01-01T00:00:00Z')) < 1_000, String(time));
    assert.equal(askedFor(made, BT52), 2);
  });

  it('is asked for again a day after a refusal, which can be noise', async () => {
    const made = stage();
    made.transport.meter.refusals.set(BT52, 0x0b);
    assert.equal(await meterTimeOf(made), null);
    made.transport.meter.refusals.delete(BT52);
    await made.clock.advance(23 * HOUR_MS);
    assert.equal(await meterTimeOf(made), null);
    await made.clock.advance(HOUR_MS);
    assert.notEqual(await meterTimeOf(made), null);
  });

  it('is read again after the computer slept or its clock was set: the meter is right', async () => {
    const made = stage();
    await meterTimeOf(made);
    for (const [jump, looks] of [
      [30_000, 1],
      [3 * 24 * HOUR_MS, 2],
      [-3 * 24 * HOUR_MS, 3],
    ] as const) {
      made.clock.setAhead(jump);
      await meterTimeOf(made);
      await meterTimeOf(made);
      assert.equal(askedFor(made, BT52), looks);
    }
  });

  for (const code of [0x01, 0x02, 0x03, 0x04, 0x05, 0x0b]) {
    it(`costs no reading where the meter refuses it with ${code.toString(16)}, and is not asked for again`, async () => {
      const made = stage();
      let refused = 0;
      made.transport.meter.onExchange(({ request }) => (refused += request?.table === BT52 ? 1 : 0));
      made.transport.meter.refusals.set(BT52, code);
      for (let i = 0; i < 5; i += 1) {
        assert.equal(await meterTimeOf(made), null);
        assert.equal(made.meter.state, 'online');
        // The session repeats a refused signature, since the request may have been garbled on the line.
        assert.equal(refused, code === 0x0b ? 4 : 1);
        await made.clock.advance(HOUR_MS);
      }
    });
  }

  it('is asked for again after an hour where the meter was busy', async () => {
    const made = stage();
    made.transport.meter.refusals.set(BT52, 0x06);
    assert.equal(await meterTimeOf(made), null);
    assert.equal(made.meter.state, 'online');
    made.transport.meter.refusals.clear();
    assert.equal(await meterTimeOf(made), null);
    await made.clock.advance(HOUR_MS);
    assert.notEqual(await meterTimeOf(made), null);
  });

  it('costs no reading through an optical key that may not read it', async () => {
    const made = opticalMeterStage();
    for (let i = 0; i < 3; i += 1) assert.equal(await meterTimeOf(made), null);
    assert.equal(made.meter.state, 'online');
    await made.clock.run(made.meter.close());
  });

  it('costs no reading where the meter does not give it, and is requested hourly', async () => {
    const made = stage();
    const answerReads = dropReadsOfBT52(made);
    assert.equal(await meterTimeOf(made), null);
    assert.equal(made.meter.state, 'online');
    const { timeouts } = made.meter.counters;
    for (let i = 0; i < 5; i += 1) assert.equal(await meterTimeOf(made), null);
    assert.equal(made.meter.counters.timeouts, timeouts, 'asked once');
    answerReads();
    await made.clock.advance(HOUR_MS);
    assert.notEqual(await meterTimeOf(made), null);
  });

  it('expires after two hours without a reading of it', async () => {
    const made = stage();
    await meterTimeOf(made);
    dropReadsOfBT52(made);
    await made.clock.advance(HOUR_MS);
    assert.notEqual(await meterTimeOf(made), null);
    await made.clock.advance(HOUR_MS);
    assert.equal(await meterTimeOf(made), null);
  });

  it('does not delay a cancelled request', async () => {
    const made = stage();
    const caller = new AbortController();
    made.transport.meter.onExchange(({ request }) => {
      if (request?.table === BT28) caller.abort();
    });
    await rejectsWith(made.clock.run(made.meter.readTable('BT28', { signal: caller.signal })), 'cancelled');
    assert.equal(made.meter.state, 'online');
  });
});

import assert from 'node:assert/strict';
import { toHex } from '../../../src/bytes/hex.js';
import type { MeterError } from '../../../src/errors.js';
import { memoryLedger, type TableContent, type TableWrite, UNKNOWN_METER } from '../../../src/meter/index.js';
import { DEMO_KEY } from '../../../src/simulator/index.js';
import { CATALOGUE, findTable, isRateLimited } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';

const MAK = new Uint8Array(16).fill(1);
const REGISTERED = 'mepInboundConfiguration[0].mepDeviceRegistered';
const HEALTH = 'mepDeviceConfiguration[0].mepHealthTimeout';

interface WriteStage extends Stage {
  /** Written tables and bytes, in order. */
  written: { table: number; offset: number; data: string }[];
  write(table: string, content: TableContent, dryRun?: boolean): Promise<TableWrite>;
}

function writable(options: Parameters<typeof stage>[0] = {}): WriteStage {
  const made = stage({ key: MAK, allowWrites: true, allowDangerousWrites: true, ...options });
  const written: WriteStage['written'] = [];
  made.transport.meter.onExchange(({ request, code }) => {
    if (!request || !('data' in request) || code !== 0) return;
    const offset = request.service === 'partial-write' ? request.offset : 0;
    written.push({ table: request.table, offset, data: toHex(request.data) });
  });
  const write = (table: string, content: TableContent, dryRun = false): Promise<TableWrite> =>
    made.clock.run(made.meter.writeTable(table, content, { dryRun }));
  return Object.assign(made, { written, write });
}

describe('Writing tables', () => {
  it('is refused unless it was allowed, a dry run too, and nothing is sent', async () => {
    const { meter, clock, transport } = stage({ key: MAK });
    await clock.run(meter.identify());
    const before = transport.meter.counters.requests;
    await rejectsWith(meter.writeTable('ET50', { fields: { [REGISTERED]: true } }), 'writes-not-allowed');
    await rejectsWith(meter.writeTable('ET50', { fields: {} }, { dryRun: true }), 'writes-not-allowed');
    await rejectsWith(meter.runProcedure('EP61', { lock: 1 }), 'writes-not-allowed');
    assert.equal(transport.meter.counters.requests, before);
    assert.equal(transport.meter.counters.writes, 0);
  });

  it('sends only the bytes that a field changes, and reads them back', async () => {
    const made = writable();
    const { outcome, table, before, after, writes } = await made.write('ET50', { fields: { [REGISTERED]: true } });
    assert.equal(outcome, 'written');
    assert.deepEqual(made.written, [{ table: 2098, offset: 30, data: '01' }]);
    assert.deepEqual([table.id, table.offset, table.length], ['ET50', 30, 1]);
    assert.deepEqual([toHex(before), toHex(after)], ['00', '01']);
    assert.deepEqual(writes, [{ offset: 30, data: Uint8Array.of(1) }]);
    assert.equal(made.transport.meter.image('ET50')?.[30], 1);
    assert.equal(made.asked.at(-1)?.table, 2098, 'read back');
  });

  it('leaves every other bit as it is, those that nothing describes too', async () => {
    const made = writable();
    const image = made.transport.meter.image('ET50') ?? assert.fail();
    image[30] = 0xf4;
    made.transport.meter.setImage(2098, image);
    await made.write('ET50', { fields: { [REGISTERED]: true } });
    assert.deepEqual(made.written, [{ table: 2098, offset: 30, data: 'F5' }]);
  });

  it('leaves fields as they are that a structure does not name', async () => {
    const made = writable();
    await made.write('ET50', { bytes: Uint8Array.of(0x4e, 0x45, 0x53) });
    const content = { fields: { mepInboundConfiguration: [{ mepDeviceRegistered: true }] } };
    const { writes } = await made.write('ET50', content);
    assert.deepEqual(writes, [{ offset: 30, data: Uint8Array.of(1) }]);
  });

  it('plans a write anew for a meter that was set up anew just before it', async () => {
    const made = writable();
    await made.write('ET51', { fields: { [HEALTH]: 600 } });
    const { meter } = made.transport;
    let jumps = 0;
    const image = meter.image('ET51') ?? assert.fail();
    meter.onExchange(({ request }) => {
      // Another client has changed the table, and the sequence number has jumped.
      if (request?.service !== 'partial-read' || request.table !== 2099 || jumps++ > 0) return;
      meter.jumpSequence(25);
    });
    const { outcome, budget } = await made.write('ET51', { fields: { [HEALTH]: 601 } });
    assert.equal(outcome, 'written');
    assert.equal(made.written.length, 2);
    assert.deepEqual(budget, { hour: 2, day: 98 }, 'paid for once');
    assert.equal(meter.image('ET51')?.length, image.length);
  });

  it('does not look as if nothing was sent when what was written cannot be read back', async () => {
    const made = writable();
    await made.clock.run(made.meter.identify());
    made.transport.meter.onExchange(({ request, code }) => {
      if (!request || !('data' in request) || code !== 0) return;
      made.clock.after(20, () => {
        made.transport.meter.powerOff();
      });
    });
    const error = await rejectsWith(made.write('ET50', { fields: { [REGISTERED]: true } }), 'write-outcome-unknown');
    assert.equal((error.cause as MeterError).code, 'no-answer');
    assert.equal(made.meter.state, 'silent');
  });

  it('writes nothing beyond the end of a table that is shorter in this firmware', async () => {
    const made = writable();
    const image = made.transport.meter.image('ET50') ?? assert.fail();
    made.transport.meter.setImage(2098, image.slice(0, 32));
    const bytes = Uint8Array.from(image, (byte, index) => (index < 32 ? byte : 0xff));
    await rejectsWith(made.write('ET50', { bytes }), 'inconsistent-answer');
    assert.deepEqual(made.written, []);
  });

  it('writes bytes from an offset on', async () => {
    const made = writable();
    await made.write('ET50', { bytes: Uint8Array.of(0x4e, 0x45, 0x53), offset: 3 });
    assert.deepEqual(made.written, [{ table: 2098, offset: 3, data: '4E 45 53' }]);
  });

  it('runs nothing in a dry run, and reports what it would run', async () => {
    const made = writable();
    const { outcome, before, after, writes } = await made.write('ET51', { fields: { [HEALTH]: 600 } }, true);
    assert.equal(outcome, 'dry-run');
    assert.deepEqual(made.written, []);
    assert.equal(writes.length, 1);
    assert.notEqual(toHex(before), toHex(after));
    assert.equal(made.transport.meter.counters.writes, 0);
  });

  it('writes nothing that is there already', async () => {
    const made = writable();
    await made.write('ET51', { fields: { [HEALTH]: 600 } });
    const { outcome, writes, budget } = await made.write('ET51', { fields: { [HEALTH]: 600 } });
    assert.deepEqual([outcome, writes.length, made.written.length], ['unchanged', 0, 1]);
    assert.deepEqual(budget, { hour: 3, day: 99 });
  });

  const refused: [what: string, table: string, content: TableContent, code: string][] = [
    ['an unknown table', 'BT99', { bytes: Uint8Array.of(1) }, 'unknown-table'],
    ['energy registers', 'BT23', { bytes: Uint8Array.of(1) }, 'not-writable'],
    ['the way to procedures', 'BT07', { bytes: Uint8Array.of(1) }, 'not-writable'],
    ['security settings', 'ET97', { bytes: Uint8Array.of(1) }, 'not-writable'],
    ['a table that is for reading', 'BT28', { bytes: Uint8Array.of(1) }, 'not-writable'],
    ['nothing', 'ET50', { bytes: new Uint8Array(0) }, 'nothing-to-write'],
    ['no fields', 'ET50', { fields: {} }, 'nothing-to-write'],
    ['bytes beyond the end', 'ET50', { bytes: new Uint8Array(2000) }, 'bad-count'],
    ['an offset beyond the end', 'ET50', { bytes: Uint8Array.of(1), offset: 5000 }, 'offset-beyond-table'],
    ['a field that is not there', 'ET50', { fields: { colour: 'red' } }, 'value-out-of-range'],
    [
      'an element that is not there',
      'ET50',
      { fields: { 'mepInboundConfiguration[7].houseIcon': 1 } },
      'value-out-of-range',
    ],
    ['a prototype', 'ET50', { fields: { '__proto__.polluted': true } }, 'value-out-of-range'],
    ['a value that does not fit', 'ET51', { fields: { [HEALTH]: 70_000 } }, 'value-out-of-range'],
    ['a value of another kind', 'ET51', { fields: { [HEALTH]: 'long' } }, 'value-out-of-range'],
    ['a value that would be rounded', 'ET51', { fields: { [HEALTH]: 0.5 } }, 'value-out-of-range'],
    ['a truth for a number', 'ET51', { fields: { [HEALTH]: true } }, 'value-out-of-range'],
    ['what is undefined', 'ET50', { fields: { [REGISTERED]: undefined } as never }, 'value-out-of-range'],
    [
      'what is undefined in a structure',
      'ET50',
      { fields: { 'mepInboundConfiguration[0]': { mepDeviceRegistered: undefined } } as never },
      'value-out-of-range',
    ],
    [
      'a field that a structure does not have',
      'ET50',
      { fields: { 'mepInboundConfiguration[0]': { constructor: 1 } } },
      'value-out-of-range',
    ],
    ['a list of another length', 'ET50', { fields: { mepInboundConfiguration: [{}, {}, {}] } }, 'value-out-of-range'],
  ];
  for (const [what, table, content, code] of refused) {
    it(`refuses to write ${what}`, async () => {
      const made = writable();
      await rejectsWith(made.write(table, content), code as 'bad-count');
      assert.deepEqual(made.written, []);
      assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    });
  }

  it('is refused by the meter where the key does not do', async () => {
    const made = writable({ key: DEMO_KEY });
    await rejectsWith(made.write('ET07', { bytes: Uint8Array.of(9) }), 'no-permission');
    assert.deepEqual(made.written, []);
  });

  it('stops at 4 writes an hour to non-volatile memory, and does so after a restart', async () => {
    const ledger = memoryLedger();
    const made = writable({ writeLedger: ledger });
    for (let i = 1; i <= 4; i++) await made.write('ET51', { fields: { [HEALTH]: i } });
    await rejectsWith(made.write('ET51', { fields: { [HEALTH]: 5 } }), 'write-budget-spent');
    assert.equal(made.written.length, 4);
    assert.deepEqual([...(await ledger.read()).keys()], [made.transport.meter.serial]);

    const again = writable({ writeLedger: ledger });
    await rejectsWith(again.write('ET51', { fields: { [HEALTH]: 6 } }), 'write-budget-spent');
    await again.clock.advance(3_600_000);
    await again.write('ET51', { fields: { [HEALTH]: 6 } });
    assert.equal(again.written.length, 1);
  });

  it('counts on under a new serial number if BT01 has a number of the manufacturer', async () => {
    for (const [profile, left] of [
      ['gen3', 0],
      ['gen2', 3],
    ] as const) {
      const made = writable({ profile });
      if (left > 0)
        made.transport.meter.setImage(1, (made.transport.meter.image('BT01') ?? assert.fail()).slice(0, 16));
      for (let i = 1; i <= 3; i++) await made.write('ET51', { fields: { [HEALTH]: i } });
      const identity = made.transport.meter.image('ET03') ?? assert.fail();
      made.transport.meter.setImage(2051, identity.fill(0x37, 0, 8));
      const { budget, meter } = await made.write('ET51', { fields: { [HEALTH]: 4 } });
      assert.match(meter.serial ?? '', /^7{8}/);
      assert.equal(budget?.hour, left, profile);
    }
  });

  it('counts what was written before the meter gave its serial number', async () => {
    const ledger = memoryLedger();
    const made = writable({ writeLedger: ledger });
    const now = made.clock.date().getTime();
    await ledger.update(() => new Map([[UNKNOWN_METER, [now, now, now]]]));
    const { budget } = await made.write('ET51', { fields: { [HEALTH]: 1 } });
    assert.deepEqual(budget, { hour: 0, day: 96 });
    await rejectsWith(made.write('ET51', { fields: { [HEALTH]: 2 } }), 'write-budget-spent');
  });

  it('does not ration tables in RAM', async () => {
    const made = writable();
    for (let i = 0; i < 6; i++) {
      const { budget } = await made.write('ET50', { fields: { [REGISTERED]: i % 2 === 0 } });
      assert.equal(budget, null);
    }
    assert.equal(made.written.length, 6);
  });

  it('rate-limits every table that the guide marks, and all that can do harm', () => {
    // [MEP p.259-262]: written directly to non-volatile memory.
    for (const name of ['BT15', 'BT54', 'ET03', 'ET07', 'ET13', 'ET34', 'ET47', 'ET51', 'ET52', 'ET80']) {
      const table = findTable(name) ?? assert.fail(name);
      assert.ok(isRateLimited(table), name);
    }
    for (const table of CATALOGUE) if (table.risk !== undefined) assert.ok(isRateLimited(table), table.name);
  });

  it('reports that the table does not hold what was written', async () => {
    const made = writable();
    await made.clock.run(made.meter.identify());
    made.transport.meter.onExchange(({ request, code }) => {
      if (request?.service !== 'partial-write' || code !== 0) return;
      made.transport.meter.write({ service: 'partial-write', table: 2098, offset: 30, data: Uint8Array.of(8) });
    });
    const error = await rejectsWith(made.write('ET50', { fields: { [REGISTERED]: true } }), 'write-not-verified');
    assert.equal(toHex(error.raw ?? new Uint8Array(0)), '08');
  });

  it('finds out by reading whether a write took effect when its response was lost', async () => {
    const made = writable();
    await made.write('ET50', { fields: { [REGISTERED]: true } });
    loseAnswersToWrites(made);
    const { outcome } = await made.write('ET50', { fields: { [REGISTERED]: false } });
    assert.equal(outcome, 'written');
    assert.equal(made.written.length, 2, 'and it was carried out once');
  });

  it('reports an unknown outcome when reading does not decide it', async () => {
    const made = writable();
    await made.write('ET50', { fields: { [REGISTERED]: true } });
    made.transport.meter.onExchange(({ request }) => {
      if (request && 'data' in request) made.transport.meter.powerOff();
    });
    await rejectsWith(made.write('ET50', { fields: { [REGISTERED]: false } }), 'write-outcome-unknown');
    assert.equal(made.meter.state, 'silent');
    assert.equal(made.written.length, 2);
  });

  it('is dropped when cancelled before its turn', async () => {
    const made = writable();
    await made.clock.run(made.meter.identify());
    const controller = new AbortController();
    const work = made.meter.writeTable('ET50', { fields: { [REGISTERED]: true } }, { signal: controller.signal });
    controller.abort();
    await rejectsWith(made.clock.run(work), 'cancelled');
    assert.deepEqual(made.written, []);
  });
});

/** The line drops the answers to writes, except those to repetitions. */
function loseAnswersToWrites(made: WriteStage): void {
  const { meter } = made.transport;
  meter.onExchange(({ request, code }) => {
    if (!request || !('data' in request) || code !== 0) return;
    meter.isStuck = true;
    made.clock.after(50, () => {
      meter.isStuck = false;
    });
  });
}

describe('Running procedures', () => {
  const run = (
    made: WriteStage,
    name: string,
    parameters: Record<string, number>,
    dryRun = false,
  ): ReturnType<Stage['meter']['runProcedure']> =>
    made.clock.run(made.meter.runProcedure(name, parameters, { dryRun }));

  it('writes BT07 as the guide prints it, and reads the answer from BT08', async () => {
    const made = writable();
    const { outcome, sequence, result } = await run(made, 'EP17', { action: 0, deviceHandle: 0x03f8 });
    assert.deepEqual([outcome, sequence, result], ['completed', 5, 'completed']);
    assert.deepEqual(made.written, [{ table: 7, offset: 0, data: '11 08 05 00 F8 03' }]);
    assert.equal(made.asked.at(-1)?.table, 8);
  });

  it('does not take an old answer for that of the first run', async () => {
    const made = writable();
    const { meter } = made.transport;
    await made.clock.run(made.meter.identify());
    meter.setImage(8, Uint8Array.of(0x3d, 0x08, 5, 0, ...new Uint8Array(60)));
    const { sequence } = await run(made, 'EP61', { lock: 1 });
    assert.equal(sequence, 6);
  });

  it('reports that it was sent when the meter stops responding before it answers', async () => {
    const made = writable();
    await run(made, 'EP61', { lock: 1 });
    made.transport.meter.onExchange(({ request }) => {
      if (!request || !('data' in request)) return;
      made.clock.after(20, () => {
        made.transport.meter.powerOff();
      });
    });
    await rejectsWith(run(made, 'EP61', { lock: 0 }), 'procedure-unanswered');
    assert.equal(made.meter.state, 'silent');
    assert.equal(made.written.length, 2);
  });

  it('detects whether the first run took effect when its response was lost', async () => {
    const made = writable();
    await made.clock.run(made.meter.identify());
    loseAnswersToWrites(made);
    const { outcome } = await run(made, 'EP61', { lock: 0 });
    assert.equal(outcome, 'completed');
    assert.equal(made.written.length, 1);
  });

  it('reads the response from ET59 where ET50 requires it', async () => {
    const made = writable();
    await made.write('ET50', { fields: { 'mepInboundConfiguration[0].et59Response': true } });
    await run(made, 'EP61', { lock: 1 });
    assert.equal(made.asked.at(-1)?.table, 2107);
  });

  it('hands over what the procedure answers', async () => {
    const made = writable();
    const parameters = { transactionNumber: 0x0400, deviceHandle: 1000, requestType: 3 };
    const { values } = await run(made, 'EP19', parameters);
    assert.deepEqual(values, { entryIndex: 0 });
  });

  it('numbers each run otherwise than the one before', async () => {
    const made = writable();
    for (let i = 0; i < 6; i++) await run(made, 'EP61', { lock: i % 2 });
    assert.deepEqual(
      made.written.map(({ data }) => data.split(' ')[2]),
      ['05', '06', '07', '08', '09', '05'],
    );
  });

  it('takes the next number where another client used the first', async () => {
    const made = writable();
    made.transport.meter.write({ service: 'full-write', table: 7, data: Uint8Array.of(0x11, 8, 5, 0, 1, 0) });
    const { sequence } = await run(made, 'EP61', { lock: 1 });
    assert.equal(sequence, 6);
  });

  it('runs nothing in a dry run, and reports what it would run', async () => {
    const made = writable();
    const { outcome, written, sequence } = await run(made, 'EP17', { action: 1, deviceHandle: 1000 }, true);
    assert.deepEqual([outcome, sequence], ['dry-run', null]);
    assert.equal(toHex(written), '11 08 05 01 E8 03');
    assert.deepEqual(made.written, []);
  });

  it("reports why the meter did not run it, with the meter's own code", async () => {
    const made = writable();
    const error = await rejectsWith(run(made, 'EP17', { action: 0, deviceHandle: 0 }), 'procedure-refused');
    assert.equal(error.status, 3);
    assert.match(error.message, /no device has this handle/);
  });

  it('refuses unknown procedures and wrong parameters before anything is sent', async () => {
    const made = writable();
    await rejectsWith(run(made, 'EP99', {}), 'unknown-procedure');
    await rejectsWith(run(made, 'EP17', { action: 0, deviceHandle: 70_000 }), 'value-out-of-range');
    await rejectsWith(run(made, 'EP17', { action: 0, colour: 1 }), 'value-out-of-range');
    assert.deepEqual(made.written, []);
  });

  it('rations procedures on firmware before 3.40 only', async () => {
    const old = writable({ profile: 'gen2' });
    for (let i = 0; i < 4; i++) await run(old, 'EP17', { action: 0, deviceHandle: 1000 });
    await rejectsWith(run(old, 'EP17', { action: 0, deviceHandle: 1000 }), 'write-budget-spent');
    assert.equal(old.written.length, 4);
    const newer = writable({ profile: 'gen4' });
    for (let i = 0; i < 6; i++)
      assert.equal((await run(newer, 'EP17', { action: 0, deviceHandle: 1000 })).budget, null);
  });

  it('does not take the response to the procedure of another client', async () => {
    const made = writable();
    await made.clock.run(made.meter.identify());
    const foreign = Uint8Array.of(0x11, 0x08, 0x22, 0x00);
    made.transport.meter.setImage(8, Uint8Array.of(...foreign, ...new Uint8Array(60)));
    made.transport.meter.onExchange(({ request }) => {
      if (request && 'data' in request) made.transport.meter.write({ service: 'full-write', table: 8, data: foreign });
    });
    await rejectsWith(run(made, 'EP61', { lock: 1 }), 'procedure-unanswered');
  });

  it('detects whether a procedure ran when its response was lost, and never repeats it', async () => {
    const made = writable();
    await run(made, 'EP61', { lock: 1 });
    loseAnswersToWrites(made);
    const { outcome } = await run(made, 'EP61', { lock: 0 });
    assert.equal(outcome, 'completed');
    assert.equal(made.written.length, 2);
  });
});

import assert from 'node:assert/strict';
import { UsageError } from '../../../src/errors.js';
import { memoryLedger, type WriteLedger, type WriteOptions } from '../../../src/meter/index.js';
import { CATALOGUE, findTable, isWritable } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { type Stage, stage } from '../../support/meter/meter-stage.js';

const MAK = new Uint8Array(16).fill(1);
const CLIENT = 'mepDeviceConfiguration[0].';
const writable = (options: Parameters<typeof stage>[0] = {}): Stage =>
  stage({ key: MAK, profile: 'gen4', allowWrites: true, ...options });
const dangerous = (): Stage => writable({ allowDangerousWrites: true });
const writes = ({ transport }: Stage): number => transport.meter.counters.writes;

/** Writes one byte that differs from the content of the table. */
async function writeByte(made: Stage, table: string, offset: number, options: WriteOptions = {}): Promise<unknown> {
  const { number } = findTable(table) ?? assert.fail(table);
  const was = made.transport.meter.image(table)?.[offset];
  if (was === undefined) made.transport.meter.setImage(number, new Uint8Array(offset + 8));
  const bytes = Uint8Array.of((was ?? 0) ^ 0xff);
  return made.clock.run(made.meter.writeTable(table, { bytes, offset }, options));
}

describe('What can switch the power off, close a port or change the bill', () => {
  const tables = CATALOGUE.filter((table) => isWritable(table) && table.risk !== undefined).map(({ name }) => name);

  it('is every table that the guide lets be written and that can', () => {
    const risky = 'BT15 BT53 BT54 ET03 ET04 ET05 ET13 ET23 ET34 ET47 ET52 ET55 ET61 ET70 ET76 ET80';
    assert.equal(tables.join(' '), risky);
    const others = CATALOGUE.filter((table) => isWritable(table) && table.risk === undefined);
    assert.equal(others.map(({ name }) => name).join(' '), 'BT33 ET07 ET09 ET50 ET51 ET57 ET62 ET71');
  });

  for (const table of tables) {
    it(`takes a permission of its own, and no message chooses it: ${table}`, async () => {
      const made = writable();
      const content = { bytes: Uint8Array.of(1) };
      await rejectsWith(made.clock.run(made.meter.writeTable(table, content)), 'danger-not-allowed');
      await rejectsWith(made.clock.run(made.meter.writeTable(table, content, { dryRun: true })), 'danger-not-allowed');
      const allowed = dangerous();
      const options = { isChosenByMessage: true };
      await rejectsWith(allowed.clock.run(allowed.meter.writeTable(table, content, options)), 'danger-by-message');
      assert.deepEqual([writes(made), writes(allowed)], [0, 0]);
    });
  }

  for (const table of ['ET05', 'ET80', 'ET13', 'BT15']) {
    it(`is rate-limited: ${table}`, async () => {
      const made = dangerous();
      for (let i = 0; i < 4; i++) await writeByte(made, table, 0);
      await rejectsWith(writeByte(made, table, 0), 'write-budget-spent');
      assert.equal(writes(made), 4);
    });
  }

  for (const [field, value] of [
    ['disableMep', true],
    ['resetMepNow', true],
    ['resetDeviceDownMep', true],
    ['opticalSessionHoldOff', 60_000],
    ['deactivateHan', true],
  ] as const) {
    it(`is a field of a table that is harmless otherwise: ET51.${field}`, async () => {
      const made = writable();
      const content = { fields: { [CLIENT + field]: value } };
      await rejectsWith(made.clock.run(made.meter.writeTable('ET51', content)), 'danger-not-allowed');
      const allowed = dangerous();
      const byMessage = allowed.meter.writeTable('ET51', content, { isChosenByMessage: true });
      await rejectsWith(allowed.clock.run(byMessage), 'danger-by-message');
      assert.deepEqual([writes(made), writes(allowed)], [0, 0]);
      await allowed.clock.run(allowed.meter.writeTable('ET51', content));
      assert.equal(writes(allowed), 1);
    });
  }

  it('is recognized by the bytes as well, at any offset', async () => {
    const made = writable();
    await rejectsWith(writeByte(made, 'ET51', 0), 'danger-not-allowed');
    await writeByte(made, 'ET51', 1);
    const { image } = { image: made.transport.meter.image('ET51') ?? assert.fail() };
    const whole = Uint8Array.from(image, (byte, index) => (index === 0 ? byte ^ 0x80 : byte));
    await rejectsWith(made.clock.run(made.meter.writeTable('ET51', { bytes: whole })), 'danger-not-allowed');
    assert.equal(writes(made), 1);
  });

  it('leaves harmless fields of such a table unchanged, chosen by a message or not', async () => {
    const made = writable();
    const content = { fields: { [`${CLIENT}mepHealthTimeout`]: 600 } };
    await made.clock.run(made.meter.writeTable('ET51', content, { isChosenByMessage: true }));
    assert.equal(writes(made), 1);
  });

  for (const [name, parameters, isDangerous] of [
    ['EP17', { action: 0, deviceHandle: 0xffff }, true],
    ['EP19', { transactionNumber: 0x400, deviceHandle: 1000, requestType: 1 }, true],
    ['EP19', { transactionNumber: 0x400, deviceHandle: 1000, requestType: 4 }, true],
    ['EP19', { transactionNumber: 0x400, deviceHandle: 1000, requestType: 3 }, false],
    ['EP61', { lock: 1 }, false],
  ] as const) {
    it(`is a procedure too, or is not: ${name} ${JSON.stringify(parameters)}`, async () => {
      const run = (made: Stage, options: WriteOptions): Promise<unknown> =>
        made.clock.run(made.meter.runProcedure(name, parameters, { dryRun: true, ...options }));
      if (!isDangerous) {
        await run(writable(), { isChosenByMessage: true });
        return;
      }
      await rejectsWith(run(writable(), {}), 'danger-not-allowed');
      await rejectsWith(run(dangerous(), { isChosenByMessage: true }), 'danger-by-message');
    });
  }
});

/** A ledger that can be made to fail, like a disk. */
class FailingLedger implements WriteLedger {
  isBroken = false;
  readonly #kept = memoryLedger();

  read(): ReturnType<WriteLedger['read']> {
    return this.isBroken ? this.#fail() : this.#kept.read();
  }

  update(change: Parameters<WriteLedger['update']>[0]): ReturnType<WriteLedger['update']> {
    return this.isBroken ? this.#fail() : this.#kept.update(change);
  }

  #fail(): Promise<never> {
    return Promise.reject(new UsageError('write-budget-unknown', 'The disk is full'));
  }
}

describe('Writes that cannot be counted', () => {
  it('are not sent, and those that are not counted are', async () => {
    const ledger = new FailingLedger();
    const made = writable({ writeLedger: ledger });
    const write = (table: string, fields: Record<string, number | boolean>): Promise<unknown> =>
      made.clock.run(made.meter.writeTable(table, { fields }));
    await write('ET51', { [`${CLIENT}mepHealthTimeout`]: 600 });
    ledger.isBroken = true;
    await rejectsWith(write('ET51', { [`${CLIENT}mepHealthTimeout`]: 601 }), 'write-budget-unknown');
    await write('ET50', { 'mepInboundConfiguration[0].mepDeviceRegistered': true });
    assert.equal(writes(made), 2);
  });

  it('are procedures of firmware before 3.40, too', async () => {
    const ledger = new FailingLedger();
    ledger.isBroken = true;
    const made = writable({ profile: 'gen2', allowDangerousWrites: true, writeLedger: ledger });
    const run = made.meter.runProcedure('EP17', { action: 0, deviceHandle: 1000 });
    await rejectsWith(made.clock.run(run), 'write-budget-unknown');
    assert.equal(writes(made), 0);
  });

  it('are counted before they are sent', async () => {
    const ledger = memoryLedger();
    const made = writable({ writeLedger: ledger });
    const counted: number[] = [];
    made.transport.meter.onExchange(({ request }) => {
      if (!request || !('data' in request)) return;
      void ledger.read().then((kept) => counted.push([...kept.values()].flat().length));
    });
    await made.clock.run(made.meter.writeTable('ET51', { fields: { [`${CLIENT}mepHealthTimeout`]: 600 } }));
    assert.deepEqual(counted, [1]);
  });
});

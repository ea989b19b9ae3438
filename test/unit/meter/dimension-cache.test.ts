import assert from 'node:assert/strict';
import type { TableReading } from '../../../src/meter/index.js';
import { decodeReading } from '../../../src/readings/index.js';
import { findTable } from '../../../src/tables/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { askedFor, type Stage, stage } from '../../support/meter/meter-stage.js';

const number = (name: string): number => findTable(name)!.number;
const BT01 = number('BT01');
const BT20 = number('BT20');
const BT21 = number('BT21');
const BT22 = number('BT22');
const BT27 = number('BT27');
const BT28 = number('BT28');
/** Offset of the manufacturer's serial number in BT01. */
const NUMBER_AT = 16;
const ET03 = number('ET03');
const ET04 = number('ET04');
const ET07 = number('ET07');
const ET42 = number('ET42');
const ET54 = number('ET54');
const ET55 = number('ET55');
const MINIMAL = [0, BT01, ET03, ET04, BT20, BT22, ET42, ET54, ET55];

function valuesOf({ bytes, table, meter }: TableReading): Record<string, number | null> {
  const { offset, complete } = table;
  return decodeReading(table.id as 'BT23', bytes, { offset, complete, dimensions: meter.dimensions }).payload;
}

/** A meter with a register unit of 10 Wh, as with current transformers. */
function transformerMeter(): Stage {
  const made = stage();
  const { meter } = made.transport;
  meter.setImage(BT20, meter.image(BT20)!);
  const image = meter.image(ET55)!;
  image[146 + 4 * 3 + 39] = 10;
  meter.setImage(ET55, image);
  return made;
}

/** Sets the two bytes of the firmware version in BT01. */
const firmware = (made: Stage, version: number): void => {
  const image = made.transport.meter.image(BT01)!;
  new DataView(image.buffer).setUint16(14, version);
  made.transport.meter.setImage(BT01, image);
};

describe('What is known of a meter', () => {
  it("asks for the manufacturer's number again after a day: noise may have hidden it", async () => {
    const made = stage();
    const { clock, meter, transport } = made;
    transport.meter.setImage(ET03, new Uint8Array(transport.meter.image(ET03)!.length).fill(0x20));
    let isLost = true;
    const onRequest = transport.faults.onRequest.bind(transport.faults);
    const readOfNumber = Buffer.of(0x3f, 0x00, BT01, 0, 0, NUMBER_AT);
    transport.faults.onRequest = (bytes, now) =>
      isLost && Buffer.from(bytes).includes(readOfNumber) ? [] : onRequest(bytes, now);
    await clock.run(meter.identify());
    const asked = (): number => made.asked.filter(({ table, offset }) => table === BT01 && offset === NUMBER_AT).length;
    assert.equal(asked(), 0);
    isLost = false;
    await clock.advance(23 * 3_600_000);
    await clock.run(meter.identify());
    assert.equal(asked(), 0);
    await clock.advance(3_600_000);
    await clock.run(meter.identify());
    assert.ok(asked() > 0);
  });

  it('has the rollover digits of energy registers, requested once and on their own', async () => {
    const made = stage();
    const { clock, meter, transport } = made;
    transport.meter.changeSetup({ rolloverDigits: 6 });
    for (let i = 0; i < 3; i += 1) {
      const reading = await clock.run(meter.readTable('BT23'));
      assert.deepEqual(reading.meter.dimensions['ET07'], { accumulatorRolloverDigit: 6 });
    }
    assert.deepEqual(
      made.asked.filter(({ table }) => table === ET07).map(({ count }) => count),
      [1],
    );
  });

  it('has those digits from ET42 on Gen 4, where their place in ET07 is not known', async () => {
    const made = stage({ profile: 'gen4' });
    const { clock, meter, transport } = made;
    transport.meter.changeSetup({ rolloverDigits: 6 });
    for (let i = 0; i < 3; i += 1) {
      const reading = await clock.run(meter.readTable('BT23'));
      assert.deepEqual(reading.meter.dimensions['ET07'], { accumulatorRolloverDigit: 6 });
    }
    assert.equal(askedFor(made, ET07), 0);
    const without = stage({ profile: 'gen4' });
    without.transport.meter.refusals.set(ET55, 5);
    assert.notEqual(valuesOf(await without.clock.run(without.meter.readTable('BT23')))['activeEnergyImport'], null);
    assert.equal(askedFor(without, ET42), askedFor(made, ET42), 'the unit comes with them');
    const mute = stage({ profile: 'gen4' });
    mute.transport.meter.refusals.set(ET42, 3);
    const { meter: described } = await mute.clock.run(mute.meter.readTable('BT23'));
    assert.equal(described.dimensions['ET07'], undefined);
  });

  it('has whether there is more than one phase, as far as the meter reports', async () => {
    const { clock, meter, transport } = stage();
    const reading = await clock.run(meter.readTable('BT28'));
    assert.deepEqual(reading.meter.dimensions['ET29'], { singlePhase: false, polyphase: true });
    const mute = stage();
    mute.transport.meter.refusals.set(number('ET29'), 3);
    const { bytes, meter: described } = await mute.clock.run(mute.meter.readTable('BT28'));
    assert.equal(described.dimensions['ET29'], undefined);
    assert.equal(bytes.length, transport.meter.image('BT28')!.length);
  });

  for (const table of ['BT30', 'ET07']) {
    it(`does without those digits where the meter refuses ${table}`, async () => {
      const { clock, meter, transport } = stage();
      transport.meter.refusals.set(number(table), 3);
      const reading = await clock.run(meter.readTable('BT23'));
      assert.equal(reading.meter.dimensions['ET07'], undefined);
      assert.deepEqual(reading.bytes, transport.meter.image('BT23'));
    });
  }

  for (const code of [1, 2, 3, 4]) {
    it(`is not guessed when BT21 is refused with ${code}: the next read asks again`, async () => {
      const made = stage();
      const { clock, meter, transport } = made;
      transport.meter.refusals.set(BT21, code);
      await assert.rejects(clock.run(meter.readTable('BT23')));
      assert.equal(askedFor(made, BT20), 0);
      transport.meter.refusals.clear();
      const reading = await clock.run(meter.readTable('BT23'));
      assert.deepEqual(reading.bytes, transport.meter.image('BT23'));
    });

    for (const [table, order] of [
      ['BT23', BT22],
      ['BT28', BT27],
    ] as const) {
      it(`is not guessed when the order of ${table} is refused with ${code}`, async () => {
        const { clock, meter, transport } = stage();
        transport.meter.refusals.set(order, code);
        await assert.rejects(clock.run(meter.readTable(table)));
        transport.meter.refusals.clear();
        assert.equal((await clock.run(meter.readTable(table))).bytes.length, 220);
      });
    }

    it(`is not guessed when the energy unit is refused with ${code}`, async () => {
      const { clock, meter, transport } = transformerMeter();
      transport.meter.refusals.set(ET55, code).set(ET42, code);
      await assert.rejects(clock.run(meter.readTable('BT23')));
      transport.meter.refusals.clear();
      const reading = await clock.run(meter.readTable('BT23'));
      assert.equal(reading.meter.dimensions['ET55']?.['energyRegisterUnit'], 10);
      const raw = new DataView(reading.bytes.buffer, reading.bytes.byteOffset).getInt32(0, true);
      assert.equal(valuesOf(reading)['activeEnergyImport'], raw / 100);
    });

    for (const name of ['ET42', 'ET54']) {
      it(`is not guessed when ET55 is absent; ${name} is refused with ${code}`, async () => {
        const { clock, meter, transport } = transformerMeter();
        transport.meter.refusals.set(ET55, 5).set(number(name), code);
        await assert.rejects(clock.run(meter.readTable('BT23')));
        transport.meter.refusals.clear();
        const reading = await clock.run(meter.readTable('BT23'));
        assert.equal(reading.meter.dimensions['ET55']?.['energyRegisterUnit'], 10);
      });
    }
  }

  it('takes "no such table" literally', async () => {
    const { clock, meter, transport } = stage();
    for (const table of [BT20, BT22, BT27, ET42, ET55]) transport.meter.refusals.set(table, 5);
    const energy = valuesOf(await clock.run(meter.readTable('BT23')));
    assert.ok(energy['activeEnergyImport']! > 0);
    const live = valuesOf(await clock.run(meter.readTable('BT28')));
    assert.ok(live['voltageL1']! > 200);
  });

  for (const code of [4, 5]) {
    it(`uses BT20 where firmware before 2.12 answers ${code} to BT21`, async () => {
      const { clock, meter, transport } = stage({ profile: 'gen2' });
      transport.meter.refusals.set(BT21, code);
      assert.equal((await clock.run(meter.readTable('BT28'))).bytes.length, 88);
    });
  }

  it('is not guessed either when the firmware is not known', async () => {
    const { clock, meter, transport } = transformerMeter();
    for (const table of [BT01, BT22, ET42, ET55]) transport.meter.refusals.set(table, 4);
    await assert.rejects(clock.run(meter.readTable('BT23')));
    transport.meter.refusals.clear();
    assert.equal((await clock.run(meter.readTable('BT23'))).meter.dimensions['ET55']?.['energyRegisterUnit'], 10);
  });

  it('uses BT70 where firmware before 2.12 has no BT71', async () => {
    const { clock, meter, transport } = stage({ profile: 'gen2' });
    const reading = await clock.run(meter.readTable('BT74'));
    assert.deepEqual(reading.bytes, transport.meter.image('BT74'));
    assert.deepEqual(reading.meter.dimensions['BT71'], reading.meter.dimensions['BT70']);
  });

  for (const code of [3, 4, 5]) {
    it(`serves a meter that has only registers and answers ${code} to identification`, async () => {
      const { clock, meter, transport } = stage();
      for (const table of MINIMAL) transport.meter.refusals.set(table, 5);
      for (const table of [0, ET03, ET04]) transport.meter.refusals.set(table, code);
      const energy = await clock.run(meter.readTable('BT23'));
      assert.equal(energy.meter.serial, null);
      assert.ok(valuesOf(energy)['activeEnergyImport']! > 0);
      assert.ok(valuesOf(await clock.run(meter.readTable('BT28')))['voltageL1']! > 200);
    });
  }

  it('asks again for a serial number that was refused, but not for ever', async () => {
    const made = stage();
    const { clock, meter, transport } = made;
    transport.meter.refusals.set(ET03, 4);
    assert.equal((await clock.run(meter.readTable('BT28'))).meter.serial, null);
    transport.meter.refusals.clear();
    assert.equal((await clock.run(meter.readTable('BT28'))).meter.serial, transport.meter.serial);
    assert.equal(askedFor(made, BT21), 1 + 1, 'a meter that turns out to be another is learnt anew');

    const never = stage();
    never.transport.meter.refusals.set(ET03, 4);
    for (let i = 0; i < 10; i++) await never.clock.run(never.meter.readTable('BT28'));
    assert.ok(askedFor(never, BT01) <= 7, `${askedFor(never, BT01)} times`);
  });

  it('loads dimensions again after a jump when no IDT version confirms them', async () => {
    const { clock, meter, transport } = stage();
    transport.meter.refusals.set(ET04, 3);
    await clock.run(meter.readTable('BT23'));
    transport.meter.changeSetup({ numberOfSummations: 15 });
    const reading = await clock.run(meter.readTable('BT23'));
    assert.equal(reading.meter.dimensions['BT21']?.['numberOfSummations'], 15);
    assert.deepEqual(reading.bytes, transport.meter.image('BT23'));
  });

  it('ends a read during which the number keeps jumping, and reads on afterwards', async () => {
    const made = stage({ speed: 0 });
    const { clock, meter, transport } = made;
    transport.meter.refusals.set(ET04, 3);
    let isShared = true;
    transport.meter.onExchange(({ request }) => {
      if (isShared && request?.table === BT27) transport.meter.jumpSequence(1_000);
    });
    await rejectsWith(clock.run(meter.readTable('BT28')), 'dimensions-unstable');
    assert.ok(askedFor(made, BT28) <= 5, `${askedFor(made, BT28)} times`);
    assert.equal(meter.state, 'online');
    isShared = false;
    assert.deepEqual((await clock.run(meter.readTable('BT28'))).bytes, transport.meter.image(BT28));
  });

  it('reloads dimensions after a table contradicts them, despite the same IDT version', async () => {
    const made = stage();
    const { clock, meter, transport } = made;
    await clock.run(meter.readTable('BT28'));
    const other = stage().transport.meter;
    other.changeSetup({ numberOfPresentValues: 11 });
    for (const table of [BT20, BT21, BT27, BT28]) transport.meter.setImage(table, other.image(table)!);
    await rejectsWith(clock.run(meter.readTable('BT28')), 'inconsistent-answer');
    const reading = await clock.run(meter.readTable('BT28'));
    assert.equal(reading.meter.dimensions['BT21']?.['numberOfPresentValues'], 11);
    assert.deepEqual(reading.bytes, other.image(BT28));
  });

  it('does not learn them again for each read of a table that never fits', async () => {
    const made = stage();
    const { clock, meter, transport } = made;
    transport.meter.setImage(BT28, transport.meter.image(BT28)!.subarray(0, 20));
    for (let read = 0; read < 6; read++) {
      await rejectsWith(clock.run(meter.readTable('BT28')), 'inconsistent-answer');
    }
    assert.equal(askedFor(made, BT21), 2);
  });

  for (const [version, isAsked] of [
    [0x3118, false],
    [0x38c0, true],
    [0x1340, true],
  ] as const) {
    it(`asks firmware ${version.toString(16)} ${isAsked ? '' : 'not '}for the unit of its energy registers`, async () => {
      const made = stage();
      firmware(made, version);
      const reading = await made.clock.run(made.meter.readTable('BT23'));
      assert.equal(askedFor(made, ET55) > 0, isAsked);
      assert.equal(reading.meter.dimensions['ET55']?.['energyRegisterUnit'], isAsked ? 1 : undefined);
    });
  }

  it('reads the other tables despite a wrong energy unit', async () => {
    const { clock, meter, transport } = transformerMeter();
    const image = transport.meter.image(ET55)!;
    image[146 + 4 * 3 + 39] = 7;
    transport.meter.setImage(ET55, image);
    const energy = await clock.run(meter.readTable('BT23'));
    assert.throws(() => valuesOf(energy), { code: 'value-out-of-range' });
    assert.ok(valuesOf(await clock.run(meter.readTable('BT28')))['voltageL1']! > 200);
  });

  it('refuses a meter with another byte order than the tables are described for', async () => {
    const { clock, meter, transport } = stage();
    const image = transport.meter.image('BT00')!;
    image[0]! |= 1;
    transport.meter.setImage(0, image);
    const error = await rejectsWith(clock.run(meter.readTable('BT28')), 'value-out-of-range');
    assert.deepEqual(error.values, { table: 'BT00', field: 'dataOrder' });
  });
});

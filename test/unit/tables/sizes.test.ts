import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DecodeError } from '../../../src/errors.js';
import {
  CATALOGUE,
  decodeTable,
  type Dimensions,
  findTable,
  layoutOf,
  type TableDescription,
  type TableName,
  tableSize,
} from '../../../src/tables/index.js';
import { stage } from '../../support/meter/meter-stage.js';
import { decodeReading } from '../../../src/readings/index.js';

const FIRMWARES = [
  [2, 10],
  [3, 72],
  [4, 31],
] as const;
/** Longer than any dimension table. */
const LONG = 2_000;

/** The dimensions of a table, decoded from tables whose bytes are `byte(index)`; the firmware is not changed. */
function dimensionsOf(
  table: TableDescription,
  [firmwareMajor, firmwareMinor]: (typeof FIRMWARES)[number],
  byte: (index: number) => number,
): Dimensions {
  const dimensions: Partial<Record<TableName, Dimensions[TableName]>> = {
    BT01: { firmwareMajor, firmwareMinor, firmwareBuild: 0 },
  };
  const add = (names: readonly TableName[]): void => {
    for (const name of names) {
      if (dimensions[name]) continue;
      const needed = findTable(name)!;
      add(needed.needs);
      dimensions[name] = decodeTable(
        needed,
        Uint8Array.from({ length: LONG }, (_, i) => byte(i)).subarray(0, sizeOf(needed, dimensions)),
        dimensions,
      );
    }
  };
  add(table.needs);
  return dimensions;
}

const sizeOf = (table: TableDescription, dimensions: Dimensions): number => tableSize(table, dimensions);

/** A table with dimensions of its own needs its bytes for the layout; an error about contradictory bytes is not one of size. */
function isAboutBytes(error: unknown): boolean {
  if (!(error instanceof DecodeError)) return false;
  return error.code === 'dimensions-missing' || error.message.includes('longer than itself');
}

function checkLayout(table: TableDescription, dimensions: Dimensions): void {
  const { size, fields, blocks, registers } = layoutOf(table, dimensions);
  assert.ok(size >= 0, table.name);
  for (const [path, { offset, count }] of fields) {
    assert.ok(offset >= 0 && count >= 0 && offset + count <= size, `${table.name} ${path}`);
  }
  for (const { offset, count } of blocks) assert.ok(offset >= 0 && count >= 0 && offset + count <= size);
  for (const { offset, bytes } of registers) assert.ok(offset >= 0 && offset + bytes <= size);
}

describe('Sizes in a table description', () => {
  for (const table of CATALOGUE) {
    it(`lay out ${table.name} under dimensions of nothing but zeros`, () => {
      for (const firmware of FIRMWARES) {
        try {
          checkLayout(
            table,
            dimensionsOf(table, firmware, () => 0),
          );
        } catch (error) {
          if (!isAboutBytes(error)) throw error;
          assert.ok(!String(error).includes(' gives '), String(error));
        }
      }
    });
  }

  it('are never below zero, whatever the dimensions', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CATALOGUE),
        fc.constantFrom(...FIRMWARES),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 40, maxLength: 40 }),
        (table, firmware, bytes) => {
          try {
            checkLayout(
              table,
              dimensionsOf(table, firmware, (index) => bytes[index % bytes.length]!),
            );
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
            assert.doesNotMatch(error.message, / gives -/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  for (const profile of ['gen2', 'gen3', 'gen4'] as const) {
    it(`let every table of a ${profile} meter without tariffs be read`, async () => {
      const made = stage({ profile, speed: 0, setup: { numberOfTiers: 0 } });
      const { clock, meter, transport } = made;
      const reading = await clock.run(meter.readTable('BT23'));
      assert.deepEqual(reading.bytes, transport.meter.image('BT23'));
      const { offset, complete } = reading.table;
      const { payload } = decodeReading('BT23', reading.bytes, {
        offset,
        complete,
        dimensions: reading.meter.dimensions,
      });
      assert.ok(payload['activeEnergyImport']! > 0);
      for (const name of ['ET55', 'ET42', 'BT24', 'BT26', 'BT28'] as const) {
        assert.deepEqual((await clock.run(meter.readTable(name))).bytes, transport.meter.image(name), name);
      }
    });
  }
});

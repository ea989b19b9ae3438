import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DecodeError } from '../../../src/errors.js';
import type { Dimensions, FieldValue, TableDescription, TableValues } from '../../../src/tables/index.js';
import { basicDimensions } from '../../support/fixtures/basic-dimensions.js';
import { withClientDimensions } from '../../support/fixtures/client-dimensions.js';
import { deviceDimensions, withOwnDimensions } from '../../support/fixtures/device-dimensions.js';
import { CATALOGUE, decodeTable, encodeTable, findTable, layoutOf } from '../../../src/tables/index.js';

const plain = decodeTable(tableOf('BT21'), new Uint8Array(10), {});

/** Every shape a firmware can have. */
const bt21 = fc.record({
  demandResetCounter: fc.boolean(),
  dateTimeField: fc.boolean(),
  seasonInformationField: fc.boolean(),
  cumulativeDemand: fc.boolean(),
  continuousCumulativeDemand: fc.boolean(),
  timeRemaining: fc.boolean(),
  numberOfSelfReads: fc.integer({ min: 0, max: 3 }),
  numberOfSummations: fc.constantFrom(11, 15, 19),
  numberOfDemands: fc.integer({ min: 0, max: 8 }),
  numberOfCoincidentValues: fc.integer({ min: 0, max: 16 }),
  numberOfOccurrences: fc.integer({ min: 0, max: 2 }),
  numberOfTiers: fc.constantFrom(4, 8),
  numberOfPresentDemands: fc.integer({ min: 0, max: 8 }),
  numberOfPresentValues: fc.constantFrom(22, 26, 41, 55, 72, 75, 84),
});
const dimensions: fc.Arbitrary<Dimensions> = withOwnDimensions(
  withClientDimensions(
    fc.record({
      BT21: bt21.map((some) => ({ ...plain, ...some })),
      BT20: fc.record({ numberOfTiers: fc.constantFrom(4, 8) }),
      BT01: fc.record({
        firmwareMajor: fc.integer({ min: 2, max: 4 }),
        firmwareMinor: fc.integer({ min: 0, max: 99 }),
        firmwareBuild: fc.integer({ min: 0, max: 31 }),
      }),
      ...basicDimensions,
      ...deviceDimensions,
    }),
  ),
);

function tableOf(name: string): TableDescription {
  return findTable(name) ?? assert.fail(`${name} is not described`);
}

const image = (table: TableDescription, dims: Dimensions, seed: Uint8Array): Uint8Array => {
  const { size, fields } = layoutOf(table, dims);
  const bytes = Uint8Array.from({ length: size }, (_, i) => seed[i % seed.length] ?? 0);
  // Fields that describe the table itself must agree with the dimensions.
  const own = dims[table.name];
  if (own === undefined) return bytes;
  const written = encodeTable(table, own, dims);
  for (const path of pathsOf(own, '')) {
    const { offset, count } = fields.get(path) ?? { offset: 0, count: 0 };
    bytes.set(written.subarray(offset, offset + count), offset);
  }
  return bytes;
};
const pathsOf = (value: FieldValue, path: string): string[] => {
  if (Array.isArray(value)) return value.flatMap((element, i) => pathsOf(element, `${path}[${i}]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, inner]) => pathsOf(inner, path === '' ? name : `${path}.${name}`));
};
const someBytes = fc.uint8Array({ minLength: 64, maxLength: 1200 });

/** Tables that may be shorter than the space they have. */
const isSelfSized = (table: TableDescription): boolean => table.fields.some((field) => field.kind === 'selfSized');

describe('every table of the catalogue', () => {
  for (const table of CATALOGUE) {
    if (isSelfSized(table)) continue;
    it(`${table.name}: any values survive the way to bytes and back`, () => {
      fc.assert(
        fc.property(dimensions, someBytes, (dims, seed) => {
          const values = decodeTable(table, image(table, dims, seed), dims);
          const encoded = encodeTable(table, values, dims);
          assert.equal(encoded.length, layoutOf(table, dims).size);
          assert.deepEqual(decodeTable(table, encoded, dims), values);
          assert.deepEqual(JSON.parse(JSON.stringify(values)), values);
        }),
        { numRuns: 60 },
      );
    });

    it(`${table.name}: cut anywhere, ends at a field or names it`, () => {
      fc.assert(
        fc.property(dimensions, someBytes, fc.double({ min: 0, max: 1, noNaN: true }), (dims, seed, part) => {
          const whole = image(table, dims, seed);
          const cut = whole.subarray(0, Math.floor(part * whole.length));
          try {
            const values = decodeTable(table, cut, dims);
            const { length } = encodeTable(table, values, dims);
            // Only padding, which is written with the field after it, may be skipped.
            for (const [path, span] of layoutOf(table, dims).fields) {
              const isPassedOver = span.offset >= length && span.offset < cut.length;
              assert.ok(!isPassedOver || cut.length === whole.length, `${path} is passed over`);
            }
          } catch (error) {
            assert.ok(error instanceof DecodeError && error.code === 'table-too-short', String(error));
            assert.equal(error.values['table'], table.name);
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  for (const table of CATALOGUE) {
    it(`${table.name}: any bytes give values or a DecodeError, nothing else`, () => {
      fc.assert(
        fc.property(dimensions, fc.uint8Array({ maxLength: 400 }), (dims, bytes) => {
          try {
            decodeTable(table, bytes, dims);
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error));
          }
        }),
        { numRuns: 100 },
      );
    });

    it(`${table.name}: its blocks follow one another and stay within it`, () => {
      fc.assert(
        fc.property(dimensions, (dims) => {
          let end = 0;
          for (const block of layoutOf(table, dims).blocks) {
            assert.ok(block.offset >= end);
            end = block.offset + block.count;
          }
          assert.ok(end <= layoutOf(table, dims).size);
        }),
        { numRuns: 30 },
      );
    });
  }
});

describe('encodeTable', () => {
  const refuses = (name: string, values: TableValues, dims: Dimensions = {}): void => {
    assert.throws(
      () => encodeTable(tableOf(name), values, dims),
      (error) => error instanceof DecodeError && error.code === 'value-out-of-range' && error.message.includes(name),
    );
  };
  const dims: Dimensions = { BT21: { ...plain, numberOfSummations: 3, numberOfTiers: 1 } };

  it('writes zeros for what is left out', () => {
    assert.deepEqual(encodeTable(tableOf('BT15'), {}, {}), new Uint8Array(17));
  });
  it('refuses a number that does not fit', () => {
    refuses('BT21', { numberOfTiers: 256 });
    refuses('BT15', { multiplier: 2 ** 31 });
    refuses('BT21', { selfReadDemandReset: 4 });
  });
  it('refuses values of another type', () => {
    refuses('BT21', { numberOfTiers: 'four' });
    refuses('BT21', { timeRemaining: 1 });
    refuses('BT52', { clockCalendar: '2026-13-01T00:00:00' });
    refuses('ET03', { utilitySerialNumber: 'x'.repeat(31) });
    refuses('ET04', { programId: '00' });
  });
  it('refuses names the table does not have', () => {
    refuses('BT21', { numberOfTires: 4 });
    refuses('BT23', { tiers: [{ sumations: [] }] }, dims);
  });
  it('refuses arrays of another length', () => {
    refuses('BT23', { summations: [1, 2] }, dims);
    refuses('BT23', { summations: [1, 2, 3, 4] }, dims);
    refuses('BT23', { summations: [1, 2, 3], demands: [{}] }, dims);
    refuses('BT23', { tiers: [7] }, dims);
    refuses('BT23', { summations: 7 }, dims);
  });
});

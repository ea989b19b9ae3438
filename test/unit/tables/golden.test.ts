import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fromHex } from '../../../src/bytes/hex.js';
import { DecodeError } from '../../../src/errors.js';
import type { ReadingTable } from '../../../src/readings/index.js';
import { decodeReading } from '../../../src/readings/index.js';
import type { Dimensions, FieldValue } from '../../../src/tables/index.js';
import { decodeTable, DEFAULT_DIMENSIONS, encodeTable, findTable, layoutOf } from '../../../src/tables/index.js';

interface Golden {
  table: string;
  origin: string;
  hex: string;
  values: Record<string, FieldValue>;
  computed?: Record<string, number>;
  offset?: number;
  complete?: boolean;
  /** The bytes are the beginning of a table. */
  partial?: boolean;
  dimensions?: Dimensions;
}

const folder = path.join(__dirname, '../../fixtures');
const goldens = readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && /[BE]T\d\d$/.test(entry.parentPath))
  .map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    return { name: path.relative(folder, file), golden: JSON.parse(readFileSync(file, 'utf8')) as Golden };
  });
const bytesOf = (golden: Golden): Uint8Array => fromHex(golden.hex) ?? assert.fail('the fixture is not hex');
const isReading = (golden: Golden): boolean => golden.table === 'BT23' || golden.table === 'BT28';

describe('golden images', () => {
  it('are all found', () => {
    assert.ok(goldens.length >= 12, `${goldens.length} fixtures`);
    for (const { name, golden } of goldens) assert.ok(golden.origin.length > 10, `${name} has no origin`);
  });

  for (const { name, golden } of goldens.filter(({ golden }) => isReading(golden))) {
    const { offset = 0, complete, dimensions } = golden;
    const table = golden.table as ReadingTable;
    const options = {
      offset,
      ...(complete === undefined ? {} : { complete }),
      ...(dimensions === undefined ? {} : { dimensions }),
    };

    describe(name, () => {
      it('holds the expected values, in this order and no others', () => {
        const { payload, registers } = decodeReading(table, bytesOf(golden), options);
        assert.deepEqual(Object.fromEntries(registers.map(({ key, value }) => [key, value])), golden.values);
        assert.deepEqual(
          registers.map(({ key }) => key),
          Object.keys(golden.values),
        );
        const measured = Object.entries(payload).filter(([, value]) => value !== null);
        const expected = Object.entries({ ...golden.values, ...golden.computed }).filter(([, value]) => value !== null);
        assert.deepEqual(Object.fromEntries(measured), Object.fromEntries(expected));
      });

      it('cut at any byte, is refused by name or holds the registers before the cut', () => {
        const whole = bytesOf(golden);
        const { registers } = decodeReading(table, whole, options);
        for (let length = 0; length < whole.length; length++) {
          const cut = whole.subarray(0, length);
          const bare = { offset, ...(dimensions === undefined ? {} : { dimensions }) };
          if (length === 0 || length % 4 !== 0) {
            assert.throws(() => decodeReading(table, cut, bare), isDecodeError('table-too-short'), `${length} bytes`);
          } else {
            assert.deepEqual(decodeReading(table, cut, bare).registers, registers.slice(0, length / 4));
          }
          assert.throws(() => decodeReading(table, cut, { ...bare, complete: true }), isDecodeError('table-too-short'));
          if (length === 0) continue;
          const part = decodeReading(table, cut, { ...bare, complete: false });
          assert.deepEqual(part.registers, registers.slice(0, Math.floor(length / 4)));
        }
      });

      it('begun at any byte, holds the registers that are wholly there', () => {
        const whole = bytesOf(golden);
        const { registers } = decodeReading(table, whole, options);
        for (let start = 1; start < whole.length; start++) {
          const rest = { ...options, offset: offset + start, complete: false };
          const part = decodeReading(table, whole.subarray(start), rest);
          assert.deepEqual(part.registers, registers.slice(Math.ceil(start / 4)));
        }
      });

      it('followed by rubbish, is refused where the table ends', () => {
        const dims = dimensions ?? DEFAULT_DIMENSIONS;
        const description = findTable(table) ?? assert.fail();
        const tooLong = new Uint8Array(layoutOf(description, dims).size - offset + 1);
        tooLong.set(bytesOf(golden));
        for (const given of [undefined, true, false]) {
          const full = { offset, dimensions: dims, ...(given === undefined ? {} : { complete: given }) };
          assert.throws(() => decodeReading(table, tooLong, full), isDecodeError('table-too-long'));
        }
      });
    });
  }

  for (const { name, golden } of goldens.filter(({ golden }) => !isReading(golden))) {
    describe(name, () => {
      const description = findTable(golden.table) ?? assert.fail(`${golden.table} is not described`);
      const { dimensions = {} } = golden;
      const whole = (): Uint8Array => {
        const bytes = bytesOf(golden);
        if (golden.partial !== true) return bytes;
        const padded = new Uint8Array(layoutOf(description, dimensions).size);
        padded.set(bytes);
        return padded;
      };

      it('holds the expected values', () => {
        const values = decodeTable(description, whole(), dimensions);
        for (const [key, value] of Object.entries(golden.values)) assert.deepEqual(values[key], value, key);
        if (golden.partial !== true) assert.deepEqual(Object.keys(values), Object.keys(golden.values));
      });

      it('is written back as it was', () => {
        const values = decodeTable(description, whole(), dimensions);
        assert.deepEqual(encodeTable(description, values, dimensions), whole());
      });

      it('cut at any byte, is refused by field name or ends where older meters end', () => {
        const bytes = bytesOf(golden);
        let refused = 0;
        for (let length = 0; length < bytes.length; length++) {
          const cut = bytes.subarray(0, length);
          try {
            const encoded = encodeTable(description, decodeTable(description, cut, dimensions), dimensions);
            // The padding at the end of older tables is written as a whole or not at all.
            const common = Math.min(encoded.length, length);
            assert.deepEqual(encoded.subarray(0, common), cut.subarray(0, common));
            assert.ok([...encoded.subarray(common), ...cut.subarray(common)].every((byte) => byte === 0));
          } catch (error) {
            assert.ok(error instanceof DecodeError && error.code === 'table-too-short', String(error));
            assert.equal(error.values['table'], golden.table);
            assert.equal(typeof error.values['field'], 'string');
            assert.equal(Number(error.values['offset']) + Number(error.values['available']), length);
            refused++;
          }
        }
        assert.ok(refused > 0);
      });

      it("followed by rubbish, is refused unless the rest is the meter's own affair", () => {
        const values = decodeTable(description, whole(), dimensions);
        const own = { [golden.table]: values };
        const tooLong = new Uint8Array(layoutOf(description, { ...dimensions, ...own }).size + 1);
        tooLong.set(whole());
        const end = description.fields.at(-1)?.kind;
        if (end === 'rest' || end === 'selfSized') {
          assert.deepEqual(decodeTable(description, tooLong, dimensions), values);
          return;
        }
        let longer;
        try {
          longer = decodeTable(description, tooLong, dimensions);
        } catch (error) {
          assert.ok(isRefusal(error), String(error));
          return;
        }
        // The table of an older meter ends early: the byte is the next field of a newer one.
        assert.ok(Object.keys(longer).length > Object.keys(values).length);
        assert.deepEqual(encodeTable(description, longer, dimensions), tooLong);
      });
    });
  }
});

function isDecodeError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof DecodeError && error.code === code;
}

/** Bytes after a table may look like the beginning of a field that older meters lack. */
function isRefusal(error: unknown): boolean {
  return isDecodeError('table-too-long')(error) || isDecodeError('value-out-of-range')(error);
}

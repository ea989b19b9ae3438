import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { fromHex } from '../../../src/bytes/hex.js';
import { DecodeError, MeterError, UsageError } from '../../../src/errors.js';
import { decodeReading, decodeValues } from '../../../src/readings/index.js';
import type { Dimensions, FieldValue, TableValues } from '../../../src/tables/index.js';
import {
  CATALOGUE,
  decodeTable,
  DEFAULT_DIMENSIONS,
  encodeTable,
  fieldPlace,
  findTable,
  layoutOf,
} from '../../../src/tables/index.js';

interface Golden {
  readonly table: string;
  readonly hex: string;
  readonly dimensions?: Dimensions;
}
const folder = path.join(__dirname, '../../fixtures');
const goldens = readdirSync(folder, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.json') && /[BE]T\d\d$/.test(entry.parentPath))
  .map((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const { table, hex, dimensions = DEFAULT_DIMENSIONS } = JSON.parse(readFileSync(file, 'utf8')) as Golden;
    return { name: path.relative(folder, file), table, hex, dimensions };
  });

const known = (name: string): NonNullable<ReturnType<typeof findTable>> => findTable(name) ?? assert.fail(name);
/** True if the fixture is a whole table. */
function isWhole({ table, hex, dimensions }: (typeof goldens)[number]): boolean {
  try {
    decodeTable(known(table), fromHex(hex) ?? new Uint8Array(0), dimensions);
    return true;
  } catch {
    return false;
  }
}
const isCode =
  (kind: typeof DecodeError | typeof UsageError, code: string) =>
  (error: unknown): boolean =>
    error instanceof kind && error.code === code;

/** Every single value by its path, at any depth. */
function leaves(value: FieldValue, at = ''): Map<string, FieldValue> {
  if (typeof value !== 'object' || value === null) return new Map([[at, value]]);
  const members: (readonly [string, FieldValue])[] = Array.isArray(value)
    ? value.map((element, index) => [`${at}[${index}]`, element] as const)
    : Object.entries(value).map(([name, member]) => [at === '' ? name : `${at}.${name}`, member] as const);
  return new Map(members.flatMap(([where, member]) => [...leaves(member, where)]));
}

/** A part decoded without the rest of the table: it may give fewer values, but no other ones. */
function unaidedPart(table: string, bytes: Uint8Array, offset: number, dims: Dimensions): Map<string, FieldValue> {
  const dimensions = Object.fromEntries(Object.entries(dims).filter(([name]) => name !== table));
  try {
    return leaves(decodeValues(table, bytes, { offset, dimensions, complete: false }).values);
  } catch (error) {
    assert.ok(isCode(DecodeError, 'dimensions-missing')(error), String(error));
    return new Map();
  }
}

describe('the values of any table', () => {
  it('are tried on most fixtures', () => {
    assert.ok(goldens.filter(isWhole).length > 40);
  });

  for (const { name, table, hex, dimensions } of goldens.filter(isWhole)) {
    it(`${name}: the same as its description gives, and a part has those that are there`, () => {
      const bytes = fromHex(hex) ?? assert.fail('the fixture is not hex');
      const whole = decodeTable(known(table), bytes, dimensions);
      const secret = leaves(decodeValues(table, bytes, { dimensions, complete: true }).values);
      const raw = leaves(whole);
      for (const [where, value] of raw) assert.ok([value, null].includes(secret.get(where) as null), where);
      // A reader of a part has read the table's own dimensions before.
      const dims = { ...dimensions, [table]: whole };
      const { size, fields } = layoutOf(known(table), dims);
      if (size !== bytes.length) return;
      for (let offset = 0; offset < size; offset += 3) {
        const end = Math.min(size, offset + 1 + ((offset * 7) % 40));
        const part = decodeValues(table, bytes.subarray(offset, end), { offset, dimensions: dims, complete: false });
        const values = leaves(part.values);
        const unaided = unaidedPart(table, bytes.subarray(offset, end), offset, dimensions);
        for (const [field, place] of fields) {
          const isThere = place.offset >= offset && place.offset + place.count <= end;
          // The field that makes a value invalid may be outside the part.
          const expected = isThere ? [secret.get(field), raw.get(field)] : [null];
          if (secret.has(field)) {
            assert.ok(expected.includes(values.get(field)), `${field} of ${offset} to ${end}`);
          }
          assert.ok([...expected, null, undefined].includes(unaided.get(field)), `${field} unaided`);
        }
      }
    });
  }

  it('of a load profile are those of intervals and channels that were recorded', () => {
    const BT61 = {
      endReadingSupported: false,
      dataSets: [{ numberOfBlocks: 2, numberOfIntervals: 4, numberOfChannels: 2, maximumIntervalTime: 60 }],
    };
    const statuses = [
      [0, 4],
      [15, 11],
      [12, 8],
      [0, 0],
    ];
    const intervals = statuses.map((extendedStatus, i) => ({ extendedStatus, channelValues: [100 + i, 200 + i] }));
    const written = { endTime: '2026-11-20T04:00', simpleStatus: [0, 1, 2], intervals };
    const bytes = encodeTable(known('BT64'), { blockData: [written, { ...written, endTime: null }] }, { BT61 });
    const { values } = decodeValues('BT64', bytes, { dimensions: { BT61 }, complete: true });
    const channels = (block: FieldValue): FieldValue[] =>
      ((block as TableValues)['intervals'] as TableValues[]).map((interval) => interval['channelValues'] ?? null);
    const [first = null, second = null] = values['blockData'] as FieldValue[];
    assert.deepEqual(channels(first), [
      [100, null],
      [null, 201],
      [null, null],
      [null, null],
    ]);
    assert.deepEqual(
      ((first as TableValues)['intervals'] as TableValues[]).map((interval) => interval['extendedStatus']),
      [...statuses.slice(0, 3), [null, null]],
    );
    assert.ok(
      channels(second)
        .flat()
        .every((value) => value === null),
    );
    // In a single interval nothing contradicts its values.
    const alone = decodeValues('BT64', bytes.subarray(36, 46), {
      offset: 36,
      complete: false,
      dimensions: { BT61 },
    });
    assert.deepEqual(channels((alone.values['blockData'] as FieldValue[])[0] ?? null).at(-1), [103, 203]);
  });

  it('of snapshots not taken yet are absent, though the table has zeros there', () => {
    const BT21 = { ...DEFAULT_DIMENSIONS['BT21'], numberOfSelfReads: 2, numberOfTiers: 1 };
    const dimensions = { ...DEFAULT_DIMENSIONS, BT21 };
    const taken = { timeAndDate: '2026-11-01T00:00', season: 0, summations: Array<number>(11).fill(5000) };
    const table = known('BT26');
    const bytes = encodeTable(table, { selfReadEntries: [taken, {}] }, dimensions);
    const { values, registers } = decodeValues('BT26', bytes, { dimensions, complete: true });
    const [first, second] = values['selfReadEntries'] as TableValues[];
    assert.deepEqual([first?.['season'], second?.['season']], [0, null]);
    const imports = registers?.filter(({ key }) => key === 'activeEnergyImport');
    assert.deepEqual(
      imports?.map(({ value, raw }) => [value, raw]),
      [
        [5, 5000],
        [null, 0],
      ],
    );
    // Without its time stamp nothing contradicts a part of it.
    const { offset = 0 } = layoutOf(table, dimensions).fields.get('selfReadEntries[1].summations[0]') ?? {};
    const part = decodeValues('BT26', bytes.subarray(offset, offset + 4), { offset, dimensions, complete: false });
    assert.deepEqual(
      part.registers?.map(({ value }) => value),
      [0],
    );
    const never = decodeValues('BT24', new Uint8Array(6 + 88), { dimensions });
    assert.ok(never.registers?.every(({ value, raw }) => value === null && raw === 0));
  });

  it('of BT23 come with the registers of a reading, and their places', () => {
    const bytes = Uint8Array.from({ length: 220 }, (_, index) => (index % 4 === 0 ? index : 0));
    const { values, registers } = decodeValues('bt23', bytes);
    const reading = decodeReading('BT23', bytes);
    assert.deepEqual(
      registers,
      reading.registers.map((register, index) => ({ ...register, path: registers?.[index]?.path })),
    );
    assert.equal(registers[0]?.path, 'summations[0]');
    assert.equal(registers.at(-1)?.path, 'tiers[3].summations[10]');
    assert.deepEqual((values['summations'] as number[]).slice(0, 3), [0, 4, 8]);
  });

  it('of self-reads have the registers of every snapshot, scaled by the same rules', () => {
    const dimensions = {
      ...DEFAULT_DIMENSIONS,
      BT21: { ...DEFAULT_DIMENSIONS['BT21'], numberOfSelfReads: 2, numberOfSummations: 2, numberOfTiers: 1 },
      ET55: { energyRegisterUnit: 10 },
    };
    const entry = (energy: number): TableValues => ({
      timeAndDate: '2026-11-19T00:00',
      season: 0,
      summations: [energy, 2],
      tiers: [{ summations: [3, 4] }],
    });
    const bytes = encodeTable(known('BT26'), { selfReadEntries: [entry(1000), entry(2000)] }, dimensions);
    const { registers } = decodeValues('BT26', bytes, { dimensions, complete: true });
    const found = registers?.filter(({ key }) => key === 'activeEnergyImport');
    assert.deepEqual(
      found?.map(({ path: place, value, unit, obis }) => [place, value, unit, obis]),
      [
        ['selfReadEntries[0].summations[0]', 10, 'kWh', '1-0:1.8.0'],
        ['selfReadEntries[1].summations[0]', 20, 'kWh', '1-0:1.8.0'],
      ],
    );
    assert.equal(registers?.[2]?.key, 'tier1ActiveEnergyImport');
  });

  it('of a table without registers come without', () => {
    assert.equal(decodeValues('ET03', new Uint8Array(143), { complete: true }).registers, undefined);
    assert.deepEqual(decodeValues('BT26', new Uint8Array(6), { complete: true }).registers, []);
  });

  it('do not show a key that the table holds', () => {
    const described = CATALOGUE.filter((table) => JSON.stringify(table).includes('"isSecret":true'));
    assert.ok(described.length > 0);
    const dimensions = { ET11: { numberOfDevices: 2, configEntrySize: 80 } };
    const bytes = new Uint8Array(layoutOf(known('ET13'), dimensions).size).fill(0xa5);
    const shown = JSON.stringify(decodeValues('ET13', bytes, { dimensions, complete: true }).values);
    assert.ok(!shown.includes('a5a5a5a5a5a5a5a5'), shown);
    assert.match(shown, /"securityKey":null/);
  });

  it('of a cut buffer from elsewhere are refused by the field that is cut', () => {
    assert.throws(
      () => decodeValues('BT52', new Uint8Array(3)),
      (error) =>
        error instanceof DecodeError && error.code === 'table-too-short' && /BT52 ends within/.test(error.message),
    );
    const fields = layoutOf(known('BT23'), DEFAULT_DIMENSIONS).fields;
    assert.equal(fields.get('summations[1]')?.offset, 4);
    const { values } = decodeValues('BT23', new Uint8Array(8));
    assert.deepEqual((values['summations'] as FieldValue[]).slice(0, 3), [0, 0, null]);
  });

  it('are refused where the bytes cannot be of that table', () => {
    assert.throws(() => decodeValues('BT99', new Uint8Array(4)), isCode(UsageError, 'unknown-table'));
    assert.throws(() => decodeValues('ET03', new Uint8Array(0)), isCode(DecodeError, 'table-too-short'));
    assert.throws(() => decodeValues('BT52', new Uint8Array(99)), isCode(DecodeError, 'table-too-long'));
    assert.throws(
      () => decodeValues('BT23', new Uint8Array(220), { offset: 4 }),
      isCode(DecodeError, 'table-too-long'),
    );
    for (const offset of [-1, 0.5]) {
      assert.throws(() => decodeValues('BT52', new Uint8Array(4), { offset }), isCode(UsageError, 'bad-offset'));
    }
    assert.throws(
      () => decodeValues('BT23', new Uint8Array(8), { complete: true }),
      isCode(DecodeError, 'table-too-short'),
    );
    assert.throws(
      () => decodeValues('BT23', new Uint8Array(216), { offset: 4, complete: true }),
      isCode(DecodeError, 'table-too-short'),
    );
  });

  it('need the tables that define the layout, and the error names what is missing', () => {
    assert.throws(
      () => decodeValues('BT64', new Uint8Array(40)),
      (error) => error instanceof DecodeError && error.code === 'dimensions-missing' && error.message.includes('BT61'),
    );
  });

  it('of any bytes at any place are values or an error of ours', () => {
    const stretch = fc.record({
      table: fc.constantFrom(...CATALOGUE.map(({ name }) => name)),
      bytes: fc.uint8Array({ maxLength: 300 }),
      offset: fc.integer({ min: 0, max: 60 }),
      complete: fc.option(fc.boolean(), { nil: undefined }),
    });
    fc.assert(
      fc.property(stretch, ({ table, bytes, offset, complete }) => {
        try {
          const { values } = decodeValues(table, bytes, { offset, ...(complete !== undefined && { complete }) });
          assert.deepEqual(JSON.parse(JSON.stringify(values)), values);
        } catch (error) {
          assert.ok(error instanceof MeterError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('are at the positions of the layout', () => {
    const place = fieldPlace(known('ET03'), 'imageCrc', {});
    const { values } = decodeValues('ET03', Uint8Array.of(0x12, 0x34), { offset: place.offset, complete: false });
    assert.deepEqual(values, { utilitySerialNumber: null, imageCrc: 0x1234 });
  });
});

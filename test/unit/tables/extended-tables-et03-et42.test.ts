import assert from 'node:assert/strict';
import { DecodeError } from '../../../src/errors.js';
import type { Dimensions, TableDescription } from '../../../src/tables/index.js';
import {
  beginningOf,
  decodeTable,
  encodeTable,
  fieldPlace,
  findTable,
  registerLayout,
  tableSize,
} from '../../../src/tables/index.js';
import { PRINTED } from './extended-offsets-et03-et42.js';

const tableOf = (name: string): TableDescription => findTable(name) ?? assert.fail(`${name} is not described`);
const firmware = (firmwareMajor: number, firmwareMinor: number): Dimensions => ({
  BT01: { firmwareMajor, firmwareMinor, firmwareBuild: 0 },
});

describe('extended tables, ET03 to ET42', () => {
  for (const [name, dims, fields] of PRINTED) {
    it(`${name} has its fields at the offsets the guide prints`, () => {
      assert.ok(fields.length > 0);
      for (const [field, offset] of fields) {
        // An array of single values has no offset of its own; its first element has.
        assert.equal(fieldPlace(tableOf(name), field, dims).offset, offset, field);
      }
    });
  }

  it('have the sizes the guide prints', () => {
    const ET11 = {
      numberOfDevices: 5,
      configEntrySize: 66,
      statusEntrySize: 36,
      dataEntrySize: 517,
      configEntry2Size: 22,
    };
    const sizes: [string, Dimensions, number][] = [
      ['ET03', {}, 143],
      ['ET13', { ET11 }, 5 * 66],
      ['ET14', { ET11 }, 6 + 5 * 36],
      ['ET16', { ET11 }, 5 * 517],
      ['ET34', { ET11 }, 5 * 22],
      ['ET23', {}, 186],
      ['ET09', { ...firmware(2, 11), ET04: { maxPowerOutagesRecorded: 10 } }, 180 + 139],
      ['ET09', { ...firmware(3, 10), ET04: { maxPowerOutagesRecorded: 10 } }, 180 + 357],
      ['ET11', firmware(3, 10), 24],
      ['ET11', firmware(4, 30), 39],
      ['ET21', firmware(3, 10), 94],
      ['ET21', firmware(3, 30), 107],
      ['ET21', firmware(3, 60), 4 * 131],
      ['ET29', firmware(3, 70), 20],
      ['ET29', firmware(4, 0), 54],
    ];
    for (const [name, dims, size] of sizes) assert.equal(tableSize(tableOf(name), dims), size, name);
  });

  it('in logs keep the registers of BT23 with their sources', () => {
    const BT21 = {
      ...decodeTable(tableOf('BT21'), new Uint8Array(10), {}),
      dateTimeField: true,
      numberOfSummations: 2,
      numberOfTiers: 1,
    };
    const dims = {
      BT21,
      BT22: { summationSources: [0, 1] },
      ET36: { actualDimensionList: [{ currentEntries: 2, entrySize: 30 }] },
    };
    const registers = registerLayout(tableOf('ET31'), dims);
    assert.deepEqual(
      registers.map(({ offset, source, tier }) => [offset, source, tier]),
      [
        [12, 0, null],
        [16, 1, null],
        [20, 0, 1],
        [24, 1, 1],
        [42, 0, null],
        [46, 1, null],
        [50, 0, 1],
        [54, 1, 1],
      ],
    );
  });

  it('refuse entries that are shorter than their fields', () => {
    const dims = {
      BT21: { ...decodeTable(tableOf('BT21'), new Uint8Array(10), {}), numberOfSummations: 11, numberOfTiers: 4 },
      ET36: { actualDimensionList: [{ currentEntries: 1, entrySize: 100 }] },
    };
    assert.throws(
      () => tableSize(tableOf('ET31'), dims),
      (error) => error instanceof DecodeError && error.code === 'value-out-of-range',
    );
  });
});

describe('a table that contains its own dimensions', () => {
  const bytes = encodeTable(
    tableOf('ET36'),
    { count: 2, actualDimensionList: [{ entrySize: 232 }, { entrySize: 525 }], unreadEntriesBitmap: [1] },
    {},
  );

  it('is laid out step by step from its beginning', () => {
    const table = tableOf('ET36');
    const first = beginningOf(table, {}, new Uint8Array(0));
    assert.equal(first.needed, 1);
    const second = beginningOf(table, {}, bytes.subarray(0, 1));
    assert.equal(second.needed, 0);
    assert.equal(tableSize(table, second.dims), bytes.length);
    assert.equal(fieldPlace(table, 'unreadEntriesBitmap', second.dims).offset, 1 + 2 * 17);
    assert.throws(() => tableSize(table, {}), /needs bytes of the table itself/);
  });

  it('asks for more as often as it must', () => {
    const table = tableOf('ET42');
    const ET54 = { multipleLoadProfileDataSetSupport: true };
    const values = {
      tableLength: 41 + 3 + 1 + 2 + 1 + 4 + 1 + (14 + 2) + 8 + 5,
      fixedSectionLength: 41,
      logListSize: 1,
      numberOfDemands: 1,
      numberOfChannels: 1,
      mdttCurrentEntries: 1,
      dataSet3Active: true,
      dataSet3: { numberOfChannels: 1 },
      requiredSection: { length: 8, energyRegisterUnit: 100 },
    };
    const image = encodeTable(table, values, { ET54 });
    assert.equal(image.length, values.tableLength);
    const asked: number[] = [];
    let dims: Dimensions = { ET54 };
    for (let needed = 0; ;) {
      const beginning = beginningOf(table, { ET54 }, image.subarray(0, needed));
      ({ dims } = beginning);
      if (beginning.needed === 0) break;
      assert.ok(beginning.needed > needed);
      needed = beginning.needed;
      asked.push(needed);
      assert.ok(asked.length < 10);
    }
    assert.deepEqual(asked, [41, 48, 53, 67, 70]);
    assert.equal(tableSize(table, dims), image.length);
    assert.equal(fieldPlace(table, 'requiredSection.energyRegisterUnit', dims).offset, 53 + 16 + 6);
    assert.deepEqual(decodeTable(table, image, { ET54 })['dataSet3Active'], true);
  });

  it('needs nothing where its dimensions are those of other tables', () => {
    const dims = { ET11: { numberOfDevices: 5, dataEntrySize: 517 } };
    assert.deepEqual(beginningOf(tableOf('ET16'), dims, new Uint8Array(0)), { dims, needed: 0 });
    assert.throws(() => beginningOf(tableOf('ET16'), {}, new Uint8Array(0)), /ET11.numberOfDevices is not known/);
  });

  it('is laid out by the dimensions given, and refuses a count that is no number', () => {
    const table = tableOf('ET36');
    assert.equal(tableSize(table, { ET36: { count: 3 } }), 1 + 3 * 17 + 1);
    assert.equal(tableSize(table, { ET36: { count: 9 } }), 1 + 9 * 17 + 2);
    assert.equal(tableSize(table, { ET36: { count: 3 } }), 1 + 3 * 17 + 1);
    assert.throws(() => tableSize(table, { ET36: { count: 'many' } }), DecodeError);
  });
});

describe('ET16', () => {
  const dims = { ET11: { numberOfDevices: 1, dataEntrySize: 60 } };

  it('takes a telegram that cannot be one as bytes, and refuses one that does not fit', () => {
    const device = (responseType: number, telegramLength: number): Record<string, unknown> => {
      const bytes = new Uint8Array(60).fill(0x11, 8);
      bytes[6] = responseType << 1;
      bytes[7] = telegramLength;
      return (decodeTable(tableOf('ET16'), bytes, dims)['deviceTable'] as Record<string, unknown>[])[0] ?? {};
    };
    assert.equal(device(0, 12)['incomplete'], '11'.repeat(12));
    assert.equal(device(1, 15)['unexpected'], '11'.repeat(15));
    assert.equal((device(0, 13)['telegram'] as Record<string, unknown>)['dataRecords'], '');
    assert.equal(device(0, 52)['furtherTelegrams'], '');
    assert.throws(() => device(0, 53), DecodeError);
  });

  it('writes serial numbers as they were read', () => {
    const telegram = { serialNumber: '12345678', dataRecords: '' };
    const bytes = encodeTable(tableOf('ET16'), { deviceTable: [{ telegramLength: 13, telegram }] }, dims);
    assert.deepEqual([...bytes.subarray(8, 12)], [0x78, 0x56, 0x34, 0x12]);
    assert.throws(
      () =>
        encodeTable(
          tableOf('ET16'),
          { deviceTable: [{ telegramLength: 13, telegram: { serialNumber: '1234567' } }] },
          dims,
        ),
      DecodeError,
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { DecodeError } from '../../../src/errors.js';
import type {
  Dimensions,
  OnDemandRequest,
  Procedure,
  TableDescription,
  TableValues,
} from '../../../src/tables/index.js';
import {
  decodeProcedureAnswer,
  decodeTable,
  encodeProcedure,
  encodeTable,
  fieldPlace,
  findProcedure,
  findTable,
  lockTransactions,
  nextProcedureSequence,
  postOnDemandRequest,
  PROCEDURES,
  removeMepDevice,
  tableSize,
} from '../../../src/tables/index.js';
import { PRINTED } from './extended-offsets-et45-et97.js';

const tableOf = (name: string): TableDescription => findTable(name) ?? assert.fail(`${name} is not described`);
const bytesOf = (hex: string): Uint8Array => fromHex(hex) ?? assert.fail('no hex');
const firmware = (firmwareMajor: number, firmwareMinor: number): Dimensions => ({
  BT01: { firmwareMajor, firmwareMinor, firmwareBuild: 0 },
});
const refusal =
  (code: string, words = '') =>
  (error: unknown): boolean =>
    error instanceof DecodeError && error.code === code && error.message.includes(words);

describe('extended tables from ET45 on', () => {
  for (const [name, dims, fields] of PRINTED) {
    const generation = dims['BT01'] === undefined ? '' : ` (Gen ${JSON.stringify(dims['BT01']['firmwareMajor'])})`;
    it(`${name}${generation} has its fields at the offsets the guide prints`, () => {
      for (const [field, offset] of fields) assert.equal(fieldPlace(tableOf(name), field, dims).offset, offset, field);
    });
  }

  it('have the sizes the guide prints', () => {
    const log = { currentEntries: 1, entrySize: 143 };
    const channels = { dataSets: [{ numberOfChannels: 16 }] };
    const sizes: [string, Dimensions, number][] = [
      ['ET52', { ET11: { transactionRequestLength: 768 } }, 768],
      ['ET53', { ET11: { transactionResponseLength: 1785 } }, 1785],
      ['ET66', { BT60: channels }, 2 * 52],
      ['ET70', {}, 156],
      ['ET71', { ET11: { mepDataAlertSources: 10 } }, 130],
      [
        'ET75',
        {
          ...firmware(3, 82),
          BT20: { numberOfDemands: 8 },
          BT60: channels,
          ET36: { actualDimensionList: [log, log, log, log, log, log] },
        },
        6 + 143,
      ],
    ];
    for (const [name, dims, size] of sizes) assert.equal(tableSize(tableOf(name), dims), size, name);
  });

  it('end where older firmware ends', () => {
    const et11 = { ET11: { firmwareModuleEntryCount: 6, firmwareModuleEntryLength: 7 } };
    const tiers = { BT20: { numberOfTiers: 4 } };
    const sizes: [string, Dimensions, number][] = [
      ['ET46', firmware(3, 60), 13],
      ['ET51', { ...firmware(3, 30), ET11: {} }, 8],
      ['ET51', { ...firmware(3, 60), ET11: {} }, 9],
      ['ET51', { ...firmware(4, 0), ET11: { mepChannelCount: 2 } }, 20],
      ['ET54', { ...firmware(3, 50), ...et11 }, 68],
      ['ET54', { ...firmware(3, 60), ET11: {} }, 76],
      ['ET54', { ...firmware(3, 82), ET11: {} }, 91],
      ['ET54', { ...firmware(4, 5), ...et11 }, 99 + 42],
      ['ET54', { ...firmware(4, 30), ...et11 }, 108 + 42],
      ['ET55', { ...firmware(3, 82), ...tiers }, 146 + 12 + 40],
      ['ET55', { ...firmware(4, 30), ...tiers }, 147 + 12 + 62],
      ['ET61', { ...firmware(3, 50), ET11: { timeBasedRelaySwitches: 80 } }, 160],
      ['ET61', { ...firmware(4, 30), ET11: { timeBasedRelaySwitches: 80 } }, 320],
      ['ET89', firmware(4, 30), 68],
      ['ET97', { ...firmware(3, 82), ET90: { numberOfFtzMessages: 3 } }, 24 + 31],
      ['ET97', { ...firmware(4, 2), ET90: { numberOfFtzMessages: 3 } }, 24 + 62],
    ];
    for (const [name, dims, size] of sizes) assert.equal(tableSize(tableOf(name), dims), size, name);
  });

  it('need the tables that give their size', () => {
    for (const [name, needs] of [
      ['ET45', 'ET36'],
      ['ET50', 'ET11'],
      ['ET62', 'BT60'],
      ['ET79', 'ET54'],
      ['ET97', 'ET90'],
    ] as const) {
      assert.throws(() => tableSize(tableOf(name), { ...firmware(4, 60) }), refusal('dimensions-missing', needs), name);
    }
  });

  it('ET45 decodes only entries that hold a read', () => {
    const dims = { ET36: { actualDimensionList: [0, 0, 0, 0, 1].map((n) => ({ currentEntries: n, entrySize: 24 })) } };
    const rubbish = new Uint8Array(30).fill(0xff, 6);
    const { logEntries } = decodeTable(tableOf('ET45'), rubbish, dims);
    assert.deepEqual(Object.keys((logEntries as TableValues[])[0] ?? {}), [
      'length',
      'identifier',
      'namespace',
      'handle',
      'executionStatus',
      'result',
    ]);
    rubbish[1] = 1;
    assert.throws(() => decodeTable(tableOf('ET45'), rubbish, dims), refusal('table-too-short', 'data'));
  });

  it('ET55 keeps Gen 4 fields out of what an older meter has behind its own', () => {
    const dims = { ...firmware(3, 82), BT20: { numberOfTiers: 4 } };
    const values = decodeTable(tableOf('ET55'), new Uint8Array(300).fill(1), dims);
    assert.equal(values['energyRegisterUnit'], 1);
    assert.equal(values['houseIconControl'], undefined);
  });
});

describe('transactions', () => {
  const hex = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => toHex(bytes, ''));
  const word = fc.integer({ min: 0, max: 0xffff });
  const transaction = fc
    .record({ type: fc.integer({ min: 0, max: 4 }), number: word, groups: fc.array(word), messages: fc.array(hex) })
    .map(({ type, number, groups, messages }): TableValues => {
      const recordList = messages.map((message) => ({ length: message.length / 2, message }));
      const listed = recordList.reduce((sum, { length }) => sum + 2 + length, 0);
      const isGroup = type === 3;
      return {
        transactionSize: 7 + (isGroup ? 1 + 2 * groups.length : 0) + listed,
        transactionType: type,
        transactionNumber: number,
        ...(isGroup ? { groupIdCount: groups.length, groupIdList: groups } : {}),
        recordList,
        endTransactionNumber: number,
      };
    });
  const dims = { ET11: { transactionRequestLength: 896, transactionResponseLength: 1785 } };

  for (const name of ['ET52', 'ET53']) {
    it(`of ${name} survive the way to bytes and back, whatever follows them`, () => {
      fc.assert(
        fc.property(transaction, fc.uint8Array(), (values, behind) => {
          const bytes = encodeTable(tableOf(name), values, dims);
          assert.equal(bytes.length, values['transactionSize']);
          assert.deepEqual(decodeTable(tableOf(name), Uint8Array.of(...bytes, ...behind), dims), values);
        }),
      );
    });

    it(`of ${name} are refused when cut anywhere`, () => {
      fc.assert(
        fc.property(transaction, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (values, part) => {
          const bytes = encodeTable(tableOf(name), values, dims);
          const cut = bytes.subarray(0, Math.floor(part * bytes.length));
          assert.throws(() => decodeTable(tableOf(name), cut, dims), refusal('table-too-short', name));
        }),
      );
    });
  }

  it('may be none, and are refused when their sizes contradict each other or the table', () => {
    const none = { transactionSize: 0, transactionType: 0, transactionNumber: 0 };
    assert.deepEqual(decodeTable(tableOf('ET52'), new Uint8Array(768), dims), none);
    const record = { length: 3, message: 'AABBCC' };
    const wrong = { ...none, transactionSize: 11, recordList: [record] };
    assert.throws(() => encodeTable(tableOf('ET52'), wrong, dims), refusal('value-out-of-range', 'recordList'));
    const bytes = bytesOf('0900 00 0100 0300 AABBCC 0100');
    assert.throws(() => decodeTable(tableOf('ET52'), bytes, dims), refusal('value-out-of-range', 'recordList'));
    const large = { ET11: { transactionRequestLength: 8 } };
    const fitting = bytesOf('0C00 00 0100 0300 AABBCC 0100');
    assert.equal(decodeTable(tableOf('ET52'), fitting, dims)['endTransactionNumber'], 1);
    assert.throws(() => decodeTable(tableOf('ET52'), fitting, large), refusal('value-out-of-range'));
  });
});

describe('procedures', () => {
  const outOfRange = refusal('value-out-of-range');

  it('are found by name in any case and by number', () => {
    assert.deepEqual(
      PROCEDURES.map(({ name, number }) => [name, number]),
      [
        ['EP17', 2065],
        ['EP19', 2067],
        ['EP61', 2109],
      ],
    );
    assert.equal(findProcedure('ep19')?.number, 2067);
    assert.equal(findProcedure(2109)?.name, 'EP61');
    assert.equal(findProcedure('EP18'), undefined);
  });

  it("EP17: the guide's example removes the device 0x03F8 [MEP p.53]", () => {
    const image = removeMepDevice(7, { deviceHandle: 0x03f8 });
    assert.deepEqual(image, bytesOf('11 08 07 00 F8 03'));
    assert.deepEqual(decodeTable(tableOf('BT07'), image, { BT00: { procedureParameterLength: 255 } }), {
      procedureNumber: 2065,
      responseHandling: 0,
      procedureSequenceNumber: 7,
      parameters: '00F803',
    });
  });
  it('EP17 can give the address 250 and remove all', () => {
    assert.deepEqual(removeMepDevice(5, { deviceHandle: 2, primaryAddress: 250 }), bytesOf('11 08 05 01 02 00'));
    assert.deepEqual(removeMepDevice(9, { deviceHandle: 'all' }), bytesOf('11 08 09 00 FF FF'));
    assert.throws(() => removeMepDevice(5, { deviceHandle: 65_536 }), outOfRange);
  });

  it('EP19 takes what each request needs, and no more', () => {
    const head = { transactionNumber: 0x0401, device: 3 };
    const data = Uint8Array.of(0xaa, 0xbb);
    const images: [OnDemandRequest, string][] = [
      [{ ...head, request: 'application-reset' }, '01'],
      [{ ...head, request: 'billing-read' }, '02'],
      [{ ...head, request: 'status-read' }, '03'],
      [{ ...head, request: 'write-user-data', data }, '04 02 AABB'],
      [{ ...head, request: 'time-sync' }, '05'],
      [{ ...head, request: 'multicast', data }, '06 02 AABB'],
      [{ ...head, request: 'download-switchover' }, '09'],
      [
        { ...head, request: 'download-switchover', image: { length: 70_000, mac: new Uint8Array(16).fill(0x5a) } },
        `09 70110100 ${'5A'.repeat(16)}`,
      ],
      [{ ...head, request: 'write-user-data-by-index', data }, '0A 02 AABB'],
    ];
    for (const [request, rest] of images) {
      assert.deepEqual(postOnDemandRequest(6, request), bytesOf(`13 08 06 0104 0300 ${rest}`), request.request);
    }
    const long = new Uint8Array(256);
    assert.throws(() => postOnDemandRequest(6, { ...head, request: 'multicast', data: long }), outOfRange);
    const image = { length: 1, mac: new Uint8Array(15) };
    assert.throws(() => postOnDemandRequest(6, { ...head, request: 'download-switchover', image }), outOfRange);
  });

  it('EP61 locks and unlocks', () => {
    assert.deepEqual(lockTransactions(8, true), bytesOf('3D 08 08 01'));
    assert.deepEqual(lockTransactions(9, false), bytesOf('3D 08 09 00'));
  });

  it('take the sequence numbers of MEP clients, a different one each time', () => {
    const next = (protocol: 'mep' | 'optical') => (previous?: number) => nextProcedureSequence(protocol, previous);
    assert.deepEqual([undefined, 5, 6, 7, 8, 9, 0, 255].map(next('mep')), [5, 6, 7, 8, 9, 5, 5, 5]);
    assert.deepEqual([undefined, 10, 13, 14, 5, 9].map(next('optical')), [10, 11, 14, 10, 10, 10]);
    for (const sequence of [-1, 255, 5.5, NaN]) assert.throws(() => lockTransactions(sequence, true), outOfRange);
  });
  it('refuse parameters they do not have, and guess none that is missing', () => {
    const [ep17 = assert.fail(), ep19 = assert.fail(), ep61 = assert.fail()] = PROCEDURES;
    const request = { transactionNumber: 0x0400, deviceHandle: 1000 };
    const wrong: [Procedure, object][] = [
      [ep17, { handle: 1 }],
      [ep17, {}],
      [ep17, { action: 1 }],
      [ep17, { action: 0, deviceHandle: undefined }],
      [ep17, { action: 0, deviceHandle: 1000, constructor: 1 }],
      [ep17, { action: 2, deviceHandle: 1000 }],
      [ep61, {}],
      [ep61, { lock: 0.5 }],
      [ep61, { lock: true }],
      [ep61, { lock: 2 }],
      [ep61, Object.create({ lock: 1 }) as object],
      [ep19, { ...request, requestType: 0 }],
      [ep19, { ...request, requestType: 4, writeDataLength: 2 }],
      [ep19, { ...request, requestType: 4, writeData: '0102' }],
      [ep19, { ...request, requestType: 9, imageLength: 1 }],
    ];
    for (const [procedure, parameters] of wrong) {
      const given = parameters as TableValues;
      assert.throws(() => encodeProcedure(procedure, given, 5), outOfRange, JSON.stringify(parameters));
    }
  });

  it('are answered with values, codes and what these mean', () => {
    const none = { isCompleted: false, isPending: false, values: {} };
    const answers: [string, object][] = [
      [
        '1108 07 00',
        {
          ...none,
          procedure: 'EP17',
          procedureNumber: 2065,
          sequence: 7,
          resultCode: 0,
          result: 'completed',
          isCompleted: true,
        },
      ],
      [
        '1108 07 01 000000',
        {
          ...none,
          procedure: 'EP17',
          procedureNumber: 2065,
          sequence: 7,
          resultCode: 1,
          result: 'not all devices are removed yet',
          isPending: true,
        },
      ],
      [
        '1308 05 00 03 00',
        {
          ...none,
          procedure: 'EP19',
          procedureNumber: 2067,
          sequence: 5,
          resultCode: 0,
          result: 'completed',
          isCompleted: true,
          values: { entryIndex: 3 },
        },
      ],
      [
        '1308 05 07',
        {
          ...none,
          procedure: 'EP19',
          procedureNumber: 2067,
          sequence: 5,
          resultCode: 7,
          result: 'the queue of requests is full',
        },
      ],
      [
        '3D08 09 04',
        {
          ...none,
          procedure: 'EP61',
          procedureNumber: 2109,
          sequence: 9,
          resultCode: 4,
          result: 'timing constraint, ignored',
        },
      ],
      [
        '0400 01 01',
        {
          ...none,
          procedure: null,
          procedureNumber: 4,
          sequence: 1,
          resultCode: 1,
          isPending: true,
          result: 'accepted but not fully completed',
        },
      ],
      ['0400 01 4D', { ...none, procedure: null, procedureNumber: 4, sequence: 1, resultCode: 77, result: null }],
    ];
    for (const [hex, expected] of answers) assert.deepEqual(decodeProcedureAnswer(bytesOf(hex)), expected, hex);
  });
  it('have the same answer in ET59, ET85 and BT08', () => {
    const bytes = bytesOf('1308 05 00 03');
    const dims = { BT00: { responseDataLength: 12 } };
    for (const name of ['ET59', 'ET85', 'BT08']) {
      assert.equal(decodeTable(tableOf(name), bytes, dims)['response'], '03', name);
    }
  });
  it('are refused when their answers end too early', () => {
    for (const hex of ['', '13', '1308 05', '1308 05 00']) {
      assert.throws(() => decodeProcedureAnswer(bytesOf(hex)), refusal('table-too-short'), hex);
    }
  });
  it('any bytes give an answer or a DecodeError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        try {
          decodeProcedureAnswer(bytes);
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { DecodeError } from '../../../src/errors.js';
import type { FieldNode, FieldValue, TableValues } from '../../../src/tables/index.js';
import { CATALOGUE, decodeTable, encodeTable, findTable } from '../../../src/tables/index.js';
import type { IntegerNode } from '../../../src/tables/schema/description.js';
import * as schema from '../../../src/tables/schema/builders.js';
import { evaluate, expression, namesIn } from '../../../src/tables/schema/expression.js';
import { layOut } from '../../../src/tables/schema/layout.js';

describe('expressions', () => {
  const valueOf = (text: string, names: Record<string, number> = {}): number =>
    evaluate(
      expression(text).tree,
      ({ table, field }) => names[table === null ? field : `${table}.${field}`] ?? assert.fail(field),
    );

  it('follow the usual order of operations and drop remainders', () => {
    assert.equal(valueOf('2 + 3 * 4'), 14);
    assert.equal(valueOf('(2 + 3) * 4 - 1'), 19);
    assert.equal(valueOf('(BT21.numberOfDemands + 7) / 8', { 'BT21.numberOfDemands': 8 }), 1);
    assert.equal(valueOf('(BT21.numberOfDemands + 7) / 8', { 'BT21.numberOfDemands': 9 }), 2);
    assert.equal(valueOf('10 - 3 - 2'), 5);
  });
  it('compare to 0 and 1', () => {
    assert.equal(valueOf('index < 4', { index: 3 }), 1);
    assert.equal(valueOf('index < 4', { index: 4 }), 0);
    assert.equal(valueOf('BT21.a != 0', { 'BT21.a': 2 }), 1);
    assert.equal(valueOf('1 <= 1'), 1);
    assert.equal(valueOf('2 > 3'), 0);
    assert.equal(valueOf('146 + (BT01.major >= 4)', { 'BT01.major': 4 }), 147);
  });
  it('keep the text they were written in', () => {
    assert.equal(expression('BT21.numberOfTiers').text, 'BT21.numberOfTiers');
  });
  it('step into lists and structures of other tables', () => {
    const { tree, text } = expression('4 * BT61.dataSets[index].size[2] + own');
    assert.equal(text, '4 * BT61.dataSets[index].size[2] + own');
    const seen: unknown[] = [];
    evaluate(tree, ({ table, field, steps }) => seen.push([table, field, steps]));
    assert.deepEqual(seen, [
      ['BT61', 'dataSets', ['index', 'size', 2]],
      [null, 'own', []],
    ]);
  });
  it('may name what holds where a table has no such field', () => {
    const { tree } = expression('2 * BT21.a ?? 3');
    assert.deepEqual(namesIn(tree), [{ table: 'BT21', field: 'a' }]);
    assert.throws(() => expression('own ?? 3'), /always known/);
  });
  for (const wrong of [
    '',
    '2 +',
    '(2',
    '2 2',
    'a[0].b',
    'BT61.a[b]',
    'a.b.c',
    'XT21.a',
    '4 / 0',
    '4 / a',
    'a ? b',
    'BT21.a ?? b',
    'BT21.a ??',
  ]) {
    it(`refuse "${wrong}"`, () => {
      assert.throws(() => expression(wrong), /Not (an expression|a table)/);
    });
  }
});

/** A number of a width that the schema supports and no table of the guide has. */
const integer = (name: string, bytes: number, signed: boolean, bigEndian: boolean): IntegerNode => ({
  kind: 'integer',
  name,
  bytes,
  signed,
  bigEndian,
  attributes: {},
});

/** A table with everything that the schema supports. */
const EVERYTHING = schema.table({
  name: 'ET99',
  title: 'Everything',
  summary: '',
  pages: '',
  read: 'MBK',
  write: 'never',
  needs: ['BT21'],
  fields: [
    schema.uint16('count'),
    schema.uint8('fixedSectionLength'),
    schema.bits(2, [schema.bool(0, 'first'), schema.int(1, 4, 'signed'), schema.uint(5, 15, 'wide')]),
    integer('big', 3, false, true),
    integer('long', 6, true, false),
    schema.time('time'),
    schema.ltimeDate('long date'),
    schema.stimeDate('short date'),
    schema.ansiDate('ansi date'),
    schema.array('recurring', 3, schema.rdate('')),
    schema.array('pairs', 2, schema.opaque('', 2)),
    schema.set('flags', '(count + 7) / 8'),
    schema.seek('fixedSectionLength'),
    schema.array('devices', 'count', [
      schema.record(
        'config',
        [
          schema.uint8('kind'),
          schema.when('index < 1', schema.chars('customer', 4, {}, 'blank')),
          schema.when('index >= 1', schema.uint16('alerts', { divisor: 10, unit: 'V' })),
          schema.array('inner', 'kind', schema.int8('')),
        ],
        'BT21.entrySize',
      ),
    ]),
    schema.since('3.70', schema.uint8('new'), schema.reserved(2)),
    schema.since('4.0', schema.uint8('newer')),
  ],
});
const DIMS = { BT21: { entrySize: 8 } };
// prettier-ignore
const IMAGE = Uint8Array.of(
  2, 0, 50, 0b0011_1101, 0x80, 0x01, 0x02, 0x03, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff,
  12, 20, 1, 26, 11, 20, 12, 20, 59, 26, 11, 20, 12, 20, 0x9a, 0xa5,
  0x01, 0x50, 0x0e, 0x02, 0x5f, 0x04, 0xab, 0xcd, 0x00, 0x01, 0x41,
  0, 0, 0, 0, 0, 0, 0, 0, 0,
  2, 0x41, 0x42, 0x20, 0x20, 0xff, 0x7f, 0,
  1, 0xe9, 0x00, 0x80, 0, 0, 0, 0,
  7, 0, 0, 9,
);
const VALUES: Record<string, FieldValue> = {
  count: 2,
  fixedSectionLength: 50,
  first: true,
  signed: -2,
  wide: 0b100_0000_0001,
  big: 0x010203,
  long: -2,
  time: '12:20:01',
  'long date': '2026-11-20T12:20:59',
  'short date': '2026-11-20T12:20',
  'ansi date': '2026-11-20',
  recurring: [
    { month: 1, offset: 0, weekday: 0, day: 10 },
    { month: 14, weekday: 2 },
    { month: 15, period: 5, delta: 1 },
  ],
  pairs: ['ABCD', '0001'],
  flags: [0, 6],
  devices: [
    { config: { kind: 2, customer: 'AB', inner: [-1, 127] } },
    { config: { kind: 1, alerts: 23.3, inner: [-128] } },
  ],
  new: 7,
  newer: 9,
};

describe('the schema language', () => {
  it('reads everything', () => {
    assert.deepEqual(decodeTable(EVERYTHING, IMAGE, DIMS), VALUES);
  });
  it('writes everything', () => {
    assert.deepEqual(encodeTable(EVERYTHING, VALUES, DIMS), IMAGE);
  });
  it('takes trailing fields as far as they are there', () => {
    const { newer, ...older } = VALUES;
    assert.equal(newer, 9);
    assert.deepEqual(decodeTable(EVERYTHING, IMAGE.subarray(0, -1), DIMS), older);
    assert.deepEqual(encodeTable(EVERYTHING, older, DIMS), IMAGE.subarray(0, -1));
    const oldest = Object.fromEntries(Object.entries(older).filter(([name]) => name !== 'new'));
    assert.deepEqual(decodeTable(EVERYTHING, IMAGE.subarray(0, -4), DIMS), oldest);
    assert.throws(() => decodeTable(EVERYTHING, IMAGE.subarray(0, -2), DIMS), /ends within reserved/);
  });
  it('knows that the size of a table that counts itself needs its bytes', () => {
    assert.throws(
      () => layOut(EVERYTHING, DIMS),
      (error) =>
        error instanceof DecodeError && error.code === 'dimensions-missing' && error.values['needs'] === 'ET99',
    );
  });
  it('refuses a record with fields longer than itself', () => {
    assert.throws(() => decodeTable(EVERYTHING, IMAGE, { BT21: { entrySize: 6 } }), /fields are longer than itself/);
  });
  it('refuses a jump backwards and names missing dimensions', () => {
    const backwards = Uint8Array.from(IMAGE);
    backwards[2] = 3;
    assert.throws(() => decodeTable(EVERYTHING, backwards, DIMS), DecodeError);
    assert.throws(() => decodeTable(EVERYTHING, IMAGE, {}), /BT21.entrySize is not known/);
  });
  const counted = schema.table({
    ...EVERYTHING,
    fields: [
      schema.growing('sets', 1, '3.50', 'BT21.sets', [
        schema.nibbles('statuses', 'BT21.sets[index].channels', [schema.bool(0, 'first'), schema.bool(3, 'last')]),
      ]),
      schema.remainder('tail', 3),
    ],
  });
  const sets = { BT21: { sets: [{ channels: 2 }, { channels: 3 }] } };
  const onFirmware = (firmwareMinor: number) => ({ ...sets, BT01: { firmwareMajor: 3, firmwareMinor } });

  it('reads lists of half bytes behind the bits of the first half', () => {
    const bytes = Uint8Array.of(0x95, 0xa0, 0x12, 0x34, 0xee);
    const values = {
      sets: [
        { first: true, last: true, statuses: [5, 10] },
        { first: true, last: false, statuses: [2, 3, 4] },
      ],
      tail: 'EE',
    };
    assert.deepEqual(decodeTable(counted, bytes, sets), values);
    assert.deepEqual(encodeTable(counted, values, sets), bytes);
    assert.deepEqual([...layOut(counted, sets).fields].slice(0, 3), [
      ['sets[0].first', { offset: 0, count: 2 }],
      ['sets[0].last', { offset: 0, count: 2 }],
      ['sets[0].statuses', { offset: 0, count: 2 }],
    ]);
    for (const statuses of [[1], [1, 2, 3], [1, 16], [1, 0.5], 'no']) {
      assert.throws(
        () => encodeTable(counted, { sets: [{ statuses }] }, sets),
        (error) => error instanceof DecodeError && error.code === 'value-out-of-range',
      );
    }
  });
  it("reads elements of newer firmware, and those at a table's end, if present", () => {
    const short = { sets: [{ first: false, last: false, statuses: [5, 10] }], tail: '' };
    assert.deepEqual(decodeTable(counted, Uint8Array.of(0x05, 0xa0), sets), short);
    assert.deepEqual(encodeTable(counted, short, sets), Uint8Array.of(0x05, 0xa0));
    assert.throws(() => decodeTable(counted, Uint8Array.of(0x05, 0xa0, 1), sets), /ends within sets\[1\].statuses/);
    assert.throws(() => decodeTable(counted, new Uint8Array(8), sets), /has 8 bytes where its dimensions describe 7/);
    assert.throws(() => encodeTable(counted, { sets: [{}, {}, {}] }, sets), /3 elements instead of 2/);
    assert.throws(() => encodeTable(counted, { tail: 'AABBCCDD' }, sets), /tail/);
    assert.equal(layOut(counted, sets).size, 7);
    assert.equal(layOut(counted, onFirmware(50)).size, 7);
    assert.equal(layOut(counted, onFirmware(40)).size, 5);
  });
  const selfSized = {
    ...EVERYTHING,
    fields: [
      schema.date('day'),
      schema.selfSized(
        'BT21.most ?? 12',
        schema.uint8('size'),
        schema.sequence('items', 'size + 3', [schema.uint8('length'), schema.opaque('data', 'length')]),
        schema.uint8('last'),
      ),
    ],
  };
  it('follows a structure that only its own bytes define', () => {
    const bytes = Uint8Array.of(24, 2, 29, 6, 1, 0xaa, 2, 0xbb, 0xcc, 0x77);
    const items = [
      { length: 1, data: 'AA' },
      { length: 2, data: 'BBCC' },
    ];
    const values = { day: '2024-02-29', size: 6, items, last: 0x77 };
    const dims = { BT21: {} };
    assert.deepEqual(decodeTable(selfSized, bytes, dims), values);
    assert.deepEqual(decodeTable(selfSized, Uint8Array.of(...bytes, 1, 2, 3), dims), values);
    assert.deepEqual(encodeTable(selfSized, values, dims), bytes);
    assert.throws(() => encodeTable(selfSized, { ...values, items: [...items, {}] }, dims), /3 elements instead of 2/);
    assert.equal(layOut(selfSized, dims).size, 15);
    assert.equal(layOut(selfSized, { BT21: { most: 40 } }).size, 43);
    assert.throws(() => layOut(selfSized, {}), /BT21.most is not known/);
  });
  it('refuses structures that reach beyond their end, and those without bytes', () => {
    const dims = { BT21: { most: 9 } };
    assert.throws(
      () => decodeTable(selfSized, Uint8Array.of(24, 2, 29, 3, 3, 1, 2, 3, 4), dims),
      /items: ends behind 6/,
    );
    assert.throws(
      () => decodeTable(selfSized, new Uint8Array(13).fill(0x77, 4).fill(9, 3, 4).fill(7, 4, 5), dims),
      /fields are longer than itself/,
    );
    const empty = { ...EVERYTHING, fields: [schema.sequence('items', 5, [schema.opaque('data', 0)])] };
    assert.throws(() => decodeTable(empty, new Uint8Array(5), {}), /items\[0\]: has no bytes/);
  });
  it('names the element of a dimension that is missing', () => {
    assert.throws(
      () => layOut(counted, { BT21: { sets: [{ channels: 2 }, {}] } }),
      (error) =>
        error instanceof DecodeError &&
        error.code === 'dimensions-missing' &&
        error.message.includes('BT21.sets[1].channels'),
    );
  });
  it('gives null for times and dates that are none', () => {
    const table = {
      ...EVERYTHING,
      fields: [schema.time('t'), schema.ltimeDate('l'), schema.ansiDate('a'), schema.rdate('r')],
    };
    const never = { t: null, l: null, a: null, r: null };
    assert.deepEqual(decodeTable(table, Uint8Array.of(24, 0, 0, 26, 2, 29, 0, 0, 0, 0, 0, 0, 0), {}), never);
    assert.equal(
      decodeTable(table, Uint8Array.of(0, 0, 0, 24, 2, 29, 0, 0, 0, 0, 0, 0, 0), {})['l'],
      '2024-02-29T00:00:00',
    );
  });
  it('refuses names that every object has as it refuses any other', () => {
    const table = { ...EVERYTHING, fields: [schema.uint8('a')] };
    assert.deepEqual(encodeTable(table, { a: 7 }, {}), Uint8Array.of(7));
    for (const name of ['constructor', 'toString', '__proto__', 'b']) {
      const values = JSON.parse(`{ "a": 7, "${name}": 1 }`) as TableValues;
      assert.throws(() => encodeTable(table, values, {}), /the table has no such field/, name);
    }
  });
  it('refuses sizes no table has', () => {
    const huge = { ...EVERYTHING, fields: [schema.array('a', 'BT21.n', schema.uint8(''))] };
    for (const n of [-1, 0.5, 65_536, Number.NaN]) {
      assert.throws(
        () => layOut(huge, { BT21: { n } }),
        (error) => error instanceof DecodeError && error.code === 'value-out-of-range',
      );
    }
    const deep = {
      ...EVERYTHING,
      fields: [schema.array('a', 65_535, schema.array('b', 65_535, schema.opaque('c', 65_535)))],
    };
    assert.throws(() => layOut(deep, {}), /too large to be laid out/);
    assert.throws(
      () => decodeTable({ ...deep, fields: [schema.reserved('65535 * 65535')] }, new Uint8Array(1), {}),
      /gives 4294836225/,
    );
  });
});

describe('the catalogue', () => {
  it('finds tables by name in any case and by number', () => {
    assert.equal(findTable('bt28')?.number, 28);
    assert.equal(findTable(28)?.name, 'BT28');
    assert.equal(findTable(2051)?.name, 'ET03');
    assert.equal(findTable('ET99'), undefined);
    assert.equal(findTable(9999), undefined);
  });

  for (const table of CATALOGUE) {
    it(`${table.name} names only tables it needs and fields they have`, () => {
      for (const { table: other, field } of allNames(table.fields)) {
        if (other === null) continue;
        assert.ok(table.needs.includes(other), `${other} is not among needs`);
        const description = findTable(other) ?? assert.fail(`${other} is not described`);
        assert.ok(fieldNames(description.fields).includes(field), `${other} has no ${field}`);
      }
    });
    it(`${table.name} gives no two fields of a structure the same name`, () => {
      for (const structure of structuresOf(table.fields)) {
        const names = namedFields(structure);
        for (const [index, { name, conditions }] of names.entries()) {
          const rivals = names.slice(0, index).filter((other) => other.name === name);
          assert.ok(
            rivals.every((rival) => areExclusive(rival.conditions, conditions)),
            name,
          );
        }
      }
    });
  }

  it('puts fields where the guide does', () => {
    const places: [string, string, number][] = [
      ['BT00', 'numberOfPendingTables', 18],
      ['BT01', 'firmwareMinor', 14],
      ['BT15', 'vtRatio', 13],
      ['BT21', 'numberOfPresentValues', 9],
      ['BT52', 'dayOfWeek', 6],
      ['ET03', 'imageCrc', 137],
      ['ET04', 'transceiverId', 4],
      ['ET04', 'subnetId', 10],
      ['ET04', 'ratedFrequency', 13],
      ['ET04', 'programId', 14],
      ['ET04', 'maxPowerOutagesRecorded', 53],
      ['ET04', 'maxNumberOfTotalEnergyRegisters', 55],
      ['ET04', 'ratedVoltage', 60],
      ['ET04', 'phaseRotation', 73],
      ['ET04', 'c1219Compliance', 114],
      ['ET04', 'idtVersion', 116],
      ['ET04', 'securityMode', 127],
      ['ET04', 'reverseEnergyAlarmMilliseconds', 137],
      ['ET11', 'dataEntrySize', 5],
      ['ET11', 'transactionRequestLength', 7],
      ['ET11', 'configEntry2Size', 13],
      ['ET11', 'numberOfGroupIds', 18],
      ['ET11', 'mepDataAlertSources', 27],
      ['ET11', 'mepChannelCount', 34],
      ['ET11', 'errorCautionScreenCount', 38],
    ];
    for (const [name, field, offset] of places) {
      const table = findTable(name) ?? assert.fail(name);
      assert.equal(layOut(table, {}).fields.get(field)?.offset, offset, `${name}.${field}`);
    }
  });
});

type Names = ReturnType<typeof namesIn>;

function allNames(fields: readonly FieldNode[]): Names {
  return fields.flatMap((field): Names => {
    switch (field.kind) {
      case 'array':
        return [...namesIn(field.count.tree), ...allNames(field.element)];
      case 'record':
        return [...(field.size === null ? [] : namesIn(field.size.tree)), ...allNames(field.fields)];
      case 'when':
        return [...namesIn(field.condition.tree), ...allNames(field.fields)];
      case 'sequence':
        return [...namesIn(field.until.tree), ...allNames(field.element)];
      case 'selfSized':
        return [...namesIn(field.max.tree), ...allNames(field.fields)];
      case 'since':
      case 'block':
        return allNames(field.fields);
      case 'seek':
        return namesIn(field.offset.tree);
      case 'integer': {
        const source = field.attributes.register?.source;
        return source === undefined ? [] : [{ table: source.table, field: source.field }];
      }
      case 'nibbles':
        return namesIn(field.count.tree);
      case 'bits':
      case 'clock':
      case 'rest':
        return [];
      default:
        return namesIn(field.length.tree);
    }
  });
}

interface NamedField {
  name: string;
  conditions: string[];
}

/** The fields of a structure, each with the conditions of its presence. */
function namedFields(fields: readonly FieldNode[], conditions: string[] = []): NamedField[] {
  return fields.flatMap((field): NamedField[] => {
    if (field.kind === 'when') return namedFields(field.fields, [...conditions, field.condition.text]);
    if (field.kind === 'since' || field.kind === 'block' || field.kind === 'selfSized') {
      return namedFields(field.fields, conditions);
    }
    return fieldNames([field]).map((name) => ({ name, conditions }));
  });
}

/** All structures of a table: itself, and those in its arrays and records. */
function structuresOf(fields: readonly FieldNode[]): (readonly FieldNode[])[] {
  const inner = fields.flatMap(function within(field): (readonly FieldNode[])[] {
    if (field.kind === 'array' || field.kind === 'sequence') return structuresOf(field.element);
    if (field.kind === 'record') return structuresOf(field.fields);
    return 'fields' in field ? field.fields.flatMap(within) : [];
  });
  return [fields, ...inner];
}

/** True for conditions that exclude each other, such as `x` and `x == 0`, or `x == 1` and `x == 2`. */
function areExclusive(some: readonly string[], others: readonly string[]): boolean {
  const valueOf = (condition: string): [string, string] => {
    const [what = '', value] = condition.split(' == ');
    return [what, value ?? 'true'];
  };
  return some
    .map(valueOf)
    .some(([what, value]) =>
      others.map(valueOf).some(([otherWhat, otherValue]) => what === otherWhat && value !== otherValue),
    );
}

function fieldNames(fields: readonly FieldNode[]): string[] {
  return fields.flatMap((field) => {
    if (field.kind === 'bits') return field.parts.map((part) => part.name);
    if (field.kind === 'nibbles') return [...field.head.map((part) => part.name), field.name];
    if (field.kind === 'when' || field.kind === 'since' || field.kind === 'block' || field.kind === 'selfSized') {
      return fieldNames(field.fields);
    }
    return 'name' in field ? [field.name] : [];
  });
}

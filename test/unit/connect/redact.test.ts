import assert from 'node:assert/strict';
import {
  serialPatterns,
  valuesWithoutIdentity,
  withoutIdentity,
  withoutPatterns,
  withoutSecretBytes,
} from '../../../src/connect/redact.js';
import {
  CATALOGUE,
  decodeTable,
  DEFAULT_DIMENSIONS,
  encodeTable,
  findTable,
  layoutOf,
  tableSize,
  toHex,
} from '../../../src/internal.js';
import { hex } from '../../support/fixtures/exchanges.js';

const SERIAL = 'NES41339801';

describe('what distinguishes one meter from another', () => {
  const forms: [name: string, hex: string][] = [
    ['text', '4E 45 53 34 31 33 33 39 38 30 31'],
    ['its digits as text', '34 31 33 33 39 38 30 31'],
    ['packed digits', '41 33 98 01'],
    ['packed digits, backwards', '01 98 33 41'],
    ['a big-endian number', '02 76 CB 99'],
    ['a little-endian number', '99 CB 76 02'],
  ];
  for (const [name, bytes] of forms) {
    it(`is overwritten as ${name}, wherever it occurs`, () => {
      const clean = toHex(withoutPatterns(hex(`AA BB ${bytes} CC ${bytes}`), serialPatterns(SERIAL)), '');
      assert.ok(!clean.includes(bytes.replaceAll(' ', '')));
      assert.match(clean, /^AABB.*CC.*$/);
      assert.equal(clean.length, 2 * (3 + (2 * (bytes.length + 1)) / 3));
    });
  }

  it('leaves other bytes alone, and everything where there is no serial number', () => {
    const bytes = hex('01 02 03 04 41 33 98 02');
    assert.deepEqual(withoutPatterns(bytes, serialPatterns(SERIAL)), bytes);
    for (const none of [null, '', '1']) assert.deepEqual(serialPatterns(none), []);
  });

  it('goes by the name of a field, and with what the guide does not describe', () => {
    const ET03 = findTable('ET03');
    assert.ok(ET03);
    const image = encodeTable(ET03, { utilitySerialNumber: SERIAL, imageCrc: 0x1234 }, {});
    image[60] = 0x41;
    const values = decodeTable(ET03, withoutIdentity(ET03, image, {}), {});
    assert.equal(values['utilitySerialNumber'], '');
    assert.equal(values['imageCrc'], 0x1234);
    assert.equal(withoutIdentity(ET03, image, {})[60], 0);
  });

  it('leaves no key that a table holds, in whole or in part', () => {
    const table = CATALOGUE.find(({ fields }) => JSON.stringify(fields).includes('"isSecret":true'));
    assert.equal(table?.name, 'ET13');
    const dims = { ...DEFAULT_DIMENSIONS, ET11: { numberOfDevices: 4, configEntrySize: 100 } };
    const [path, place] = [...layoutOf(table, dims).fields].find(([name]) => /securityKey$/.test(name)) ?? [];
    assert.ok(path !== undefined && place);
    const image = new Uint8Array(tableSize(table, dims)).fill(0x41);
    const end = place.offset + place.count;
    const whole = withoutSecretBytes(table, image, 0, dims);
    assert.ok(whole.subarray(place.offset, end).every((byte) => byte === 0));
    assert.equal(whole[place.offset - 1], 0x41);
    const part = withoutSecretBytes(table, image.subarray(place.offset + 1, end), place.offset + 1, dims);
    assert.ok(part.every((byte) => byte === 0));
    assert.ok(
      withoutIdentity(table, image, dims)
        .subarray(place.offset, end)
        .every((byte) => byte === 0),
    );
    assert.ok(withoutSecretBytes(table, image, 0, {}).every((byte) => byte === 0));
  });

  it('goes out of decoded values', () => {
    const values = { model: 'X', transceiverId: '0501', list: [{ text: `is ${SERIAL}` }], count: 3 };
    assert.deepEqual(valuesWithoutIdentity(values, SERIAL), {
      model: 'X',
      transceiverId: null,
      list: [{ text: null }],
      count: 3,
    });
  });
});

import assert from 'node:assert/strict';
import { type KeyFormat, parseAccessKey } from '../../../src/connect/access-key.js';
import { fromHex, toHex } from '../../../src/bytes/hex.js';
import { throwsWith } from '../../support/assert-error.js';

const ASCII_20 = '0123456789ABCDEF0123';
const HEX_40 = '30313233343536373839414243444546' + '30313233';

describe('Access key', () => {
  const good: [what: string, text: string, format: KeyFormat, bytes: number, hex: string][] = [
    ['20 characters that look like hex are ASCII', ASCII_20, 'auto', 20, HEX_40],
    ['40 hex digits are hex', HEX_40, 'auto', 20, HEX_40],
    ['32 hex digits are hex', HEX_40.slice(0, 32), 'auto', 16, HEX_40.slice(0, 32)],
    ['16 characters are ASCII', ASCII_20.slice(0, 16), 'auto', 16, HEX_40.slice(0, 32)],
    ['blanks around a key do not count', `  ${ASCII_20}\n`, 'auto', 20, HEX_40],
    ['hex may be written in groups', HEX_40.replace(/(....)/g, '$1 ').toLowerCase(), 'auto', 20, HEX_40],
    ['16 characters forced to ASCII', 'ABCDEFABCDEFABCD', 'ascii', 16, '41424344454641424344454641424344'],
  ];
  for (const [what, text, format, length, hex] of good) {
    it(what, () => {
      const key = parseAccessKey(text, format);
      assert.equal(key.length, length);
      assert.equal(toHex(key, ''), hex);
    });
  }

  const bad: [what: string, text: string, format: KeyFormat, code: 'key-missing' | 'key-format' | 'key-length'][] = [
    ['nothing', '', 'auto', 'key-missing'],
    ['blanks', '   ', 'hex', 'key-missing'],
    ['15 characters', 'ABCDEFABCDEFABC', 'auto', 'key-length'],
    ['41 hex digits', `${HEX_40}0`, 'auto', 'key-format'],
    ['42 hex digits', `${HEX_40}00`, 'auto', 'key-length'],
    ['20 characters forced to hex', ASCII_20, 'hex', 'key-length'],
    ['40 characters that are not hex', 'x'.repeat(40), 'auto', 'key-format'],
    ['umlauts', 'ÄÖÜÄÖÜÄÖÜÄÖÜÄÖÜÄ', 'ascii', 'key-format'],
    ['40 characters forced to ASCII', HEX_40, 'ascii', 'key-length'],
  ];
  for (const [what, text, format, code] of bad) {
    it(`refuses ${what} as ${code} without revealing any of it`, () => {
      const error = throwsWith(() => parseAccessKey(text, format), code);
      const shown = JSON.stringify([error.message, error.values, error.stack, error.raw ?? null]);
      if (text.trim().length > 4) assert.ok(!shown.includes(text.trim()));
    });
  }
});

describe('Hex', () => {
  it('reads what it writes', () => {
    const bytes = Uint8Array.of(0, 1, 0x7f, 0x80, 0xff);
    assert.equal(toHex(bytes), '00 01 7F 80 FF');
    assert.deepEqual(fromHex(toHex(bytes)), bytes);
    assert.deepEqual(fromHex('00:01-7f80 FF'), bytes);
  });

  it('takes nothing else for hex', () => {
    assert.equal(fromHex('0'), undefined);
    assert.equal(fromHex('0x10'), undefined);
    assert.equal(fromHex('zz'), undefined);
  });
});

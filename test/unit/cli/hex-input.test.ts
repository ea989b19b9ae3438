import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bytesInText, bytesInWords } from '../../../src/cli/hex-input.js';
import { toHex } from '../../../src/internal.js';

const REQUEST = '00 14 3F 00 17 00 00 00 00 2C 77 63 5B 91 13 DB 85 A1 35 A0 57 5E';
const ANSWER = '00 0D 0C 77 63 5B 90 35 86 3C 1D F5 B9 14 82';
const inText = (text: string): string[] => bytesInText(text).map((bytes) => toHex(bytes));
const inWords = (...words: string[]): string[] => bytesInWords(words).map((bytes) => toHex(bytes));
const pairs = REQUEST.split(' ');

describe('hex as people paste it', () => {
  const forms: [name: string, text: string][] = [
    ['pairs', REQUEST],
    ['lower case', REQUEST.toLowerCase()],
    ['no separators', pairs.join('')],
    ['0x', pairs.map((pair) => `0x${pair}`).join(', ')],
    ['0x without separators', pairs.map((pair) => `0x${pair}`).join('')],
    ['00x', pairs.map((pair) => `00x${pair}`).join(' ')],
    ['00x without separators', pairs.map((pair) => `00x${pair}`).join('')],
    ['\\x', pairs.map((pair) => `\\x${pair}`).join('')],
    ['colons', pairs.join(':')],
    ['dashes', pairs.join('-')],
    ['a C array', `{ ${pairs.map((pair) => `0x${pair}`).join(', ')} };`],
    ['h behind', pairs.map((pair) => `${pair}h`).join(' ')],
    ['groups of four', (pairs.join('').match(/.{1,8}/g) ?? []).join(' ')],
    ['a label', `TX: ${REQUEST}`],
    ['a label and an arrow', `-> request ${REQUEST}`],
    ['a time', `12:03:11.123 TX ${REQUEST}`],
    ['a time without fractions', `[12:03:11] ${REQUEST}`],
    ['date and time', `2023-07-26T17:38:26.000Z ${REQUEST}`],
    ['date, blank, time', `2023-07-26 17:38:26 sent ${REQUEST}`],
    ['a debugger', `<Buffer ${pairs.join(' ').toLowerCase()}>`],
    ['decimal numbers', `{"type":"Buffer","data":[${pairs.map((pair) => Number.parseInt(pair, 16)).join(',')}]}`],
  ];
  for (const [name, text] of forms) {
    it(`takes ${name}`, () => {
      assert.deepEqual(inText(text), [REQUEST]);
    });
  }

  it('takes a row of a web page apart at its tabs', () => {
    assert.deepEqual(inText(`3\t12345\t${REQUEST}\t1\t${ANSWER}\tInvalid sequence number\t0`), [REQUEST, ANSWER]);
  });

  it('splits a row with cells separated only by blanks', () => {
    assert.deepEqual(inText(`3 12345 ${REQUEST} 1 ${ANSWER} 0`), [REQUEST, ANSWER]);
  });

  it('steps over the addresses of a dump', () => {
    assert.deepEqual(inText('00000000: 0014 3f00 1700 0000 002c\n00000010: 7763 5b91 13db 85a1'), [
      '00 14 3F 00 17 00 00 00 00 2C',
      '77 63 5B 91 13 DB 85 A1',
    ]);
  });

  it('takes no words and numbers of a text for bytes', () => {
    assert.deepEqual(
      inText('Dear all, my meter 1234567890 was added in 2023-24; it shows 230 V, 50 Hz. A bad idea?'),
      [],
    );
  });

  it('recognizes an alert on its own', () => {
    assert.deepEqual(inText('00 00'), ['00 00']);
  });

  it('puts together what the shell took apart', () => {
    assert.deepEqual(inWords(...pairs), [REQUEST]);
    assert.deepEqual(inWords(...pairs.map((pair) => `0x${pair},`)), [REQUEST]);
  });

  it('keeps quoted messages apart', () => {
    assert.deepEqual(inWords(REQUEST, ANSWER), [REQUEST, ANSWER]);
  });

  it('finds any bytes again, in any of the forms', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 9, maxLength: 100 }),
        fc.constantFrom(' ', '', ':', ', ', '-'),
        fc.constantFrom('', '0x', '00x'),
        (bytes, separator, prefix) => {
          const text = [...bytes].map((byte) => prefix + byte.toString(16).padStart(2, '0')).join(separator);
          assert.deepEqual(inText(text), [toHex(bytes)]);
        },
      ),
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { objectIn } from '../../../../src/readings/readers/lenient-json.js';
import { isMeterError } from '../../../../src/internal.js';
import { throwsWith } from '../../../support/assert-error.js';

describe('JSON as small readers print it', () => {
  for (const [what, text, fields] of [
    ['a control character in a text', '{"id":"K\u0001","P":1}', { id: 'K\u0001', P: 1 }],
    ['a line break in a text', '{"id":"a\nb","P":1}', { id: 'a\nb', P: 1 }],
    ['what is no number', '{"a":nan,"b":-inf,"c":NaN,"P":1}', { a: null, b: null, c: null, P: 1 }],
    ['a value that is missing', '{"a":,"P":1}', { a: null, P: 1 }],
    ['a comma at the end', '{"P":1,"a":[1,2,],}', { P: 1, a: [1, 2] }],
    ['a decimal comma', '{"U1":231,4,"P":1}', { P: 1 }],
    ['a plus, and zeros in front', '{"a":+5,"b":007,"c":1.,"d":x}', { a: 5, b: 7, c: 1, d: null }],
    ['a quote in a text', '{"type":"83"34","P":1}', { type: '83"34', P: 1 }],
    ['a backslash in a text', '{"type":"83\\334","P":1}', { type: '83\\334', P: 1 }],
    ['a byte order mark', '\ufeff{"P":1}', { P: 1 }],
    ['an end that is missing', '{"P":1,"data":{"a":2,"b":3', { P: 1, data: { a: 2 } }],
    ['a number that may be cut off', '{"P":1,"tPI":1234', { P: 1 }],
    ['text after the end', '{"P":1}\u0000\u0000', { P: 1 }],
  ] as const) {
    it(`loses but one value to ${what}`, () => {
      assert.deepEqual(objectIn(text), fields);
      assert.deepEqual(objectIn(Buffer.from(text)), fields);
    });
  }

  it('may be Latin-1', () => {
    assert.deepEqual(objectIn(Buffer.from('{"info":"M\u00fcller","P":1}', 'latin1')), { info: 'Müller', P: 1 });
  });

  it('is refused where it is no object, too long or too deep', () => {
    for (const text of ['', 'hello', '[1', '"a"', '7', `{"a":"${'x'.repeat(70_000)}"}`, '{"a":'.repeat(20)]) {
      throwsWith(() => objectIn(text), 'bad-payload');
    }
  });

  it('is read as a strict parser reads it where that can', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 })), (value) => {
        assert.deepEqual(objectIn(JSON.stringify(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('ends with every text, in an object or an error of ours', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'u00e6',
      'nan',
      '1',
      '.5',
      ' ',
      '\u0001',
      'P',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        try {
          objectIn(`{${pieces.join('')}`);
        } catch (error) {
          assert.ok(isMeterError(error));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

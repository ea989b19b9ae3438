import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainNumber } from '../../../src/publish/plain-number.js';

describe('plain number', () => {
  for (const [value, text] of [
    [0, '0'],
    [-0, '0'],
    [344.18, '344.18'],
    [124021.098, '124021.098'],
    [-0.999, '-0.999'],
    [1e-7, '0.0000001'],
    [-1.25e-9, '-0.00000000125'],
    [1e21, '1000000000000000000000'],
    [1.5e22, '15000000000000000000000'],
  ] as const) {
    it(`writes ${value} as ${text}`, () => {
      assert.equal(plainNumber(value), text);
    });
  }

  it('never has an exponent and never changes the number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = plainNumber(value);
        assert.match(text, /^-?\d+(?:\.\d+)?$/);
        assert.equal(Number(text), value === 0 ? 0 : value);
      }),
    );
  });
});

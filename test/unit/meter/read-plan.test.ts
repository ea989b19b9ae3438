import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readPlan, type Stretch } from '../../../src/meter/read-plan.js';

const stretch = (offset: number, length: number): Stretch => ({ offset, length });

describe('Read plan', () => {
  it('reads what fits in one piece', () => {
    assert.deepEqual(readPlan(stretch(0, 220), [stretch(0, 44), stretch(44, 176)], 465), [stretch(0, 220)]);
  });

  it('cuts between blocks, not inside one', () => {
    const blocks = Array.from({ length: 9 }, (_, index) => stretch(1 + index * 76, 76));
    const pieces = readPlan(stretch(0, 685), blocks, 465);
    assert.deepEqual(pieces, [stretch(0, 457), stretch(457, 228)]);
  });

  it('cuts a block only where it is longer than an answer', () => {
    assert.deepEqual(readPlan(stretch(0, 600), [stretch(0, 600)], 465), [stretch(0, 465), stretch(465, 135)]);
  });

  it('covers exactly what is wanted, in order, in pieces that fit', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        lengths,
        fc.nat(500),
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 465 }),
        (sizes, offset, length, most) => {
          let at = 0;
          const blocks = sizes.map((size) => stretch((at += size) - size, size));
          const pieces = readPlan(stretch(offset, length), blocks, most);
          let next = offset;
          for (const piece of pieces) {
            assert.equal(piece.offset, next);
            assert.ok(piece.length >= 1 && piece.length <= most);
            next += piece.length;
          }
          assert.equal(next, offset + length);
        },
      ),
    );
  });
});

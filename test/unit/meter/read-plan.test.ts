import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextPiece, type Stretch } from '../../../src/meter/read-plan.js';

const stretch = (offset: number, length: number): Stretch => ({ offset, length });

function readPlan(
  wanted: Stretch,
  blocks: readonly Stretch[],
  most: number,
  fields: readonly Stretch[] = [],
): Stretch[] {
  const end = wanted.offset + wanted.length;
  const pieces: Stretch[] = [];
  for (let { offset } = wanted; offset < end;) {
    const piece = nextPiece(stretch(offset, end - offset), blocks, fields, most);
    pieces.push(piece);
    offset += piece.length;
  }
  return pieces;
}

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

  it('cuts such a block between its fields', () => {
    const fields = Array.from({ length: 6 }, (_, index) => stretch(1 + index * 4, 4));
    assert.deepEqual(readPlan(stretch(0, 25), [stretch(1, 24)], 10, fields), [
      stretch(0, 1),
      stretch(1, 8),
      stretch(9, 8),
      stretch(17, 8),
    ]);
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

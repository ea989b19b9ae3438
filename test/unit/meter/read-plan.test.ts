import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { ByteRange } from '../../../src/bytes/byte-range.js';
import { nextPiece } from '../../../src/meter/read-plan.js';

const range = (offset: number, count: number): ByteRange => ({ offset, count });

function readPlan(
  wanted: ByteRange,
  blocks: readonly ByteRange[],
  most: number,
  fields: readonly ByteRange[] = [],
): ByteRange[] {
  const end = wanted.offset + wanted.count;
  const pieces: ByteRange[] = [];
  for (let { offset } = wanted; offset < end;) {
    const piece = nextPiece(range(offset, end - offset), blocks, fields, most);
    pieces.push(piece);
    offset += piece.count;
  }
  return pieces;
}

describe('Read plan', () => {
  it('reads what fits in one piece', () => {
    assert.deepEqual(readPlan(range(0, 220), [range(0, 44), range(44, 176)], 465), [range(0, 220)]);
  });

  it('cuts between blocks, not inside one', () => {
    const blocks = Array.from({ length: 9 }, (_, index) => range(1 + index * 76, 76));
    const pieces = readPlan(range(0, 685), blocks, 465);
    assert.deepEqual(pieces, [range(0, 457), range(457, 228)]);
  });

  it('cuts a block only where it is longer than an answer', () => {
    assert.deepEqual(readPlan(range(0, 600), [range(0, 600)], 465), [range(0, 465), range(465, 135)]);
  });

  it('cuts such a block between its fields', () => {
    const fields = Array.from({ length: 6 }, (_, index) => range(1 + index * 4, 4));
    assert.deepEqual(readPlan(range(0, 25), [range(1, 24)], 10, fields), [
      range(0, 1),
      range(1, 8),
      range(9, 8),
      range(17, 8),
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
          const blocks = sizes.map((size) => range((at += size) - size, size));
          const pieces = readPlan(range(offset, length), blocks, most);
          let next = offset;
          for (const piece of pieces) {
            assert.equal(piece.offset, next);
            assert.ok(piece.count >= 1 && piece.count <= most);
            next += piece.count;
          }
          assert.equal(next, offset + length);
        },
      ),
    );
  });
});

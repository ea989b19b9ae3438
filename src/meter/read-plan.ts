import { type ByteRange, endOf } from '../bytes/byte-range.js';

/**
 * The next piece of `rest` in an answer of at most `maxBytes`. Registers change between two reads, so a block stays in one
 * piece if it fits into an answer, and so does a field or a pair.
 * @param blocks the table's blocks, ascending; what lies between them belongs to no block.
 * @param fields the table's fields, ascending
 * @param pairs from the first to the last byte of two registers that are subtracted from one another; they may overlap
 */
export function nextPiece(
  rest: ByteRange,
  blocks: readonly ByteRange[],
  fields: readonly ByteRange[],
  maxBytes: number,
  pairs: readonly ByteRange[] = [],
): ByteRange {
  const { offset, count } = rest;
  if (count <= maxBytes) return rest;
  const end = lastCut(offset, lastCut(offset, offset + maxBytes, blocks), fields);
  const fitting = pairs.filter((pair) => pair.count <= maxBytes);
  return { offset, count: beforePairs(offset, end, fitting) - offset };
}

/** The last offset in (from, to] that is not inside a range; `to` itself where a range is longer than an answer. */
function lastCut(from: number, to: number, ranges: readonly ByteRange[]): number {
  const around = ranges.find((range) => isInside(to, range));
  return around && around.offset > from ? around.offset : to;
}

/** The same for ranges that overlap: a cut before one may be inside another. */
function beforePairs(from: number, to: number, pairs: readonly ByteRange[]): number {
  const around = pairs.find((pair) => isInside(to, pair) && pair.offset > from);
  return around ? beforePairs(from, around.offset, pairs) : to;
}

/** Whether a cut at an offset would split a range. */
export function isInside(at: number, range: ByteRange): boolean {
  return range.offset < at && at < endOf(range);
}

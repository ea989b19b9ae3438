/** A stretch of a table, in bytes. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/**
 * What to read next of `rest` in an answer of at most `maxBytes`: registers move between two reads, so what belongs
 * together (a block) stays in one piece wherever it fits into an answer, and a field or a pair in any case where it fits.
 * @param blocks the table's blocks, ascending; what lies between them belongs to no block.
 * @param fields the table's fields, ascending
 * @param pairs from the first to the last byte of two registers that are subtracted from one another; they may overlap
 */
export function nextPiece(
  rest: Stretch,
  blocks: readonly Stretch[],
  fields: readonly Stretch[],
  maxBytes: number,
  pairs: readonly Stretch[] = [],
): Stretch {
  const { offset, length } = rest;
  if (length <= maxBytes) return rest;
  const end = lastCut(offset, lastCut(offset, offset + maxBytes, blocks), fields);
  const fitting = pairs.filter((pair) => pair.length <= maxBytes);
  return { offset, length: beforePairs(offset, end, fitting) - offset };
}

/** The last place in (from, to] that is not inside a span; `to` itself where a span is longer than an answer. */
function lastCut(from: number, to: number, spans: readonly Stretch[]): number {
  const around = spans.find((span) => isInside(to, span));
  return around && around.offset > from ? around.offset : to;
}

/** The same for spans that overlap: a cut before one may be inside another. */
function beforePairs(from: number, to: number, pairs: readonly Stretch[]): number {
  const around = pairs.find((pair) => isInside(to, pair) && pair.offset > from);
  return around ? beforePairs(from, around.offset, pairs) : to;
}

/** Whether a place is inside a span, so that a cut there would tear it apart. */
export function isInside(at: number, { offset, length }: Stretch): boolean {
  return offset < at && at < offset + length;
}

/** A stretch of a table, in bytes. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/**
 * What to read next of `rest` in an answer of at most `maxBytes`: registers move between two reads, so what belongs
 * together (a block) stays in one piece wherever it fits into an answer, and a field in any case where it fits.
 * @param blocks the table's blocks, ascending; what lies between them belongs to no block.
 * @param fields the table's fields, ascending
 */
export function nextPiece(
  rest: Stretch,
  blocks: readonly Stretch[],
  fields: readonly Stretch[],
  maxBytes: number,
): Stretch {
  const { offset, length } = rest;
  if (length <= maxBytes) return rest;
  return { offset, length: lastCut(offset, lastCut(offset, offset + maxBytes, blocks), fields) - offset };
}

/** The last place in (from, to] that is not inside a span; `to` itself where a span is longer than an answer. */
function lastCut(from: number, to: number, spans: readonly Stretch[]): number {
  const around = spans.find((span) => span.offset < to && to < span.offset + span.length);
  return around && around.offset > from ? around.offset : to;
}

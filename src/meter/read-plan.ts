/** A stretch of a table, in bytes. */
export interface Stretch {
  readonly offset: number;
  readonly length: number;
}

/**
 * How to read `wanted` in answers of at most `maxBytes`: registers move between two reads, so what belongs together (a
 * block) stays in one piece wherever it fits into an answer.
 * @param blocks the table's blocks, ascending; what lies between them belongs to no block.
 */
export function readPlan(wanted: Stretch, blocks: readonly Stretch[], maxBytes: number): Stretch[] {
  const end = wanted.offset + wanted.length;
  const pieces: Stretch[] = [];
  for (let offset = wanted.offset; offset < end;) {
    const length = Math.min(end - offset, maxBytes);
    const cut = offset + length < end ? lastCut(offset, offset + length, blocks) : offset + length;
    pieces.push({ offset, length: cut - offset });
    offset = cut;
  }
  return pieces;
}

/** The last place in (from, to] that is not inside a block; `to` itself where a block is longer than an answer. */
function lastCut(from: number, to: number, blocks: readonly Stretch[]): number {
  const around = blocks.find((block) => block.offset < to && to < block.offset + block.length);
  return around && around.offset > from ? around.offset : to;
}

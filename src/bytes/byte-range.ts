/** A part of a table, or of any other sequence of bytes. */
export interface ByteRange {
  /** First byte, from 0. */
  readonly offset: number;
  /** Number of bytes. */
  readonly count: number;
}

/** Offset of the first byte after a range. */
export function endOf({ offset, count }: ByteRange): number {
  return offset + count;
}

/** Whether a range holds all bytes of another one. */
export function contains(outer: ByteRange, inner: ByteRange): boolean {
  return inner.offset >= outer.offset && endOf(inner) <= endOf(outer);
}

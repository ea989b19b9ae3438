/** Delta data: the sources that a meter samples for its MEP client once a second. [MEP p.34-35, p.174-175] */

const ENTRY_BYTES = 13;
const DELTA_AT = 2;
const COMPARISON_AT = 4;
const SAMPLE_AT = 8;
const STATUS_AT = 12;
const SOURCE_INVALID = 0x01;
/** The source id that means "no source". */
export const NO_SOURCE = 255;

/**
 * Samples the sources of ET71 into its image: a value that changed by its delta or more becomes the new reference value.
 * @param image ET71, changed in place
 * @param valueOf undefined for a source that the meter does not have
 * @returns true if any value changed by its delta or more
 */
export function sampleDeltas(image: Uint8Array, valueOf: (source: number) => number | undefined): boolean {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  let hasMoved = false;
  for (let at = 0; at + ENTRY_BYTES <= image.length; at += ENTRY_BYTES) {
    const source = view.getUint16(at, true);
    if (source === NO_SOURCE) continue;
    const value = valueOf(source);
    view.setUint8(at + STATUS_AT, value === undefined ? SOURCE_INVALID : 0);
    if (value === undefined) continue;
    view.setInt32(at + SAMPLE_AT, value, true);
    const delta = view.getUint16(at + DELTA_AT, true);
    if (delta === 0 || Math.abs(value - view.getInt32(at + COMPARISON_AT, true)) < delta) continue;
    view.setInt32(at + COMPARISON_AT, value, true);
    hasMoved = true;
  }
  return hasMoved;
}

/** Whether ET71 names a source. */
export function watchesAny(image: Uint8Array): boolean {
  for (let at = 0; at + ENTRY_BYTES <= image.length; at += ENTRY_BYTES) {
    if ((image[at] ?? 0) + 256 * (image[at + 1] ?? 0) !== NO_SOURCE) return true;
  }
  return false;
}

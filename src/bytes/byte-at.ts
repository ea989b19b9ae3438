/**
 * The byte at an offset, or the entry of a table of 16-bit numbers.
 * @throws RangeError beyond the end: a caller that did not check the length must not continue with an invented byte.
 */
export function byteAt(bytes: Uint8Array | Uint16Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new RangeError(`There is no byte ${offset} of ${bytes.length}`);
  return byte;
}

/**
 * The big-endian number of two bytes at an offset, as frames and services have it; table data is little-endian.
 * @throws RangeError where one of them is missing
 */
export function uint16At(bytes: Uint8Array, offset: number): number {
  return byteAt(bytes, offset) * 256 + byteAt(bytes, offset + 1);
}

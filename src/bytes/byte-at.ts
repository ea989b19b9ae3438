/**
 * The byte at an offset.
 * @throws RangeError where there is none: a caller that did not check the length must not go on with a made-up byte.
 */
export function byteAt(bytes: Uint8Array, offset: number): number {
  const byte = bytes[offset];
  if (byte === undefined) throw new RangeError(`There is no byte ${offset} of ${bytes.length}`);
  return byte;
}

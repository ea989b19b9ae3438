import { byteAt } from '../bytes/byte-at.js';

/** The reflected polynomial x^16 + x^12 + x^5 + 1. */
const POLYNOMIAL = 0x8408;
const ALL_ONES = 0xffff;

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
  return crc;
});

/**
 * CRC-16/X-25, which HDLC and C12.18 use: of the bytes from `start` to `end` (excluded). A packet carries it low byte first.
 * @returns 0 to FFFF; `906E` for the digits 1 to 9 in ASCII
 */
export function crc16(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = ALL_ONES;
  for (let i = start; i < end; i++) crc = (crc >> 8) ^ byteAt(TABLE, (crc ^ byteAt(bytes, i)) & 0xff);
  return crc ^ ALL_ONES;
}

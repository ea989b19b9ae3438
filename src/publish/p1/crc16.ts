const POLYNOMIAL = 0xa001;

/** CRC16/ARC (polynomial 8005h reflected, begins at 0): the check of a P1 telegram. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return crc;
}

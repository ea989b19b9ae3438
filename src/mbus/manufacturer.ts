/** Manufacturer code: three letters of five bits each, A = 1, first letter in the high bits. [EN 13757-3:2018 7.5.2] */
export function manufacturerOf(code: number): string {
  return [10, 5, 0].map((shift) => String.fromCharCode(64 + ((code >> shift) & 0x1f))).join('');
}

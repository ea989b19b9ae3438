/** Device types. [EN 13757-3:2018 table 13] */
const MEDIA: ReadonlyMap<number, string> = new Map([
  [0x00, 'other'],
  [0x01, 'oil'],
  [0x02, 'electricity'],
  [0x03, 'gas'],
  [0x04, 'heat'],
  [0x05, 'steam'],
  [0x06, 'hot water'],
  [0x07, 'water'],
  [0x08, 'heat cost allocator'],
  [0x09, 'compressed air'],
  [0x0a, 'cooling'],
  [0x0b, 'cooling'],
  [0x0c, 'heat'],
  [0x0d, 'heat and cooling'],
  [0x0e, 'bus component'],
  [0x10, 'irrigation water'],
  [0x11, 'water data logger'],
  [0x12, 'gas data logger'],
  [0x13, 'gas converter'],
  [0x14, 'calorific value'],
  [0x15, 'hot water'],
  [0x16, 'cold water'],
  [0x17, 'hot and cold water'],
  [0x18, 'pressure'],
  [0x19, 'A/D converter'],
  [0x1a, 'smoke detector'],
  [0x1b, 'room sensor'],
  [0x1c, 'gas detector'],
  [0x20, 'breaker'],
  [0x21, 'valve'],
  [0x25, 'display'],
  [0x28, 'waste water'],
  [0x29, 'garbage'],
  [0x2a, 'carbon dioxide'],
]);

/** @returns null for a device type that is not known */
export function mediumOf(code: number): string | null {
  return MEDIA.get(code) ?? null;
}

/** The medium in the fixed structure, four bits; codes from 10 on are mode 2. [EN 13757-3:2004 table 3] */
export function fixedMediumOf(code: number): string | null {
  const MODE_2: ReadonlyMap<number, number> = new Map([
    [0x0a, 0x03],
    [0x0b, 0x04],
    [0x0c, 0x06],
    [0x0d, 0x07],
    [0x0e, 0x08],
  ]);
  if (code === 0x09 || code === 0x0f) return null;
  return mediumOf(MODE_2.get(code) ?? code);
}

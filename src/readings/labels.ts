/**
 * English label of a key: `activeEnergyImport` -> `Active energy import`, `voltageL1` -> `Voltage L1`,
 * `tier1ActiveEnergyImport` -> `Tier 1 active energy import`.
 */
export function labelOf(key: string): string {
  const words = key.match(/[LQ]\d|[A-Z]?[a-z]+|\d+/g) ?? [key];
  const text = words.map((word) => (/^[LQ]\d$/.test(word) ? word : word.toLowerCase())).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `nes_7_activeEnergyImport` -> `nes_7_active_energy_import`: an entity id has no capitals and no `__`. */
export function entityName(key: string): string {
  return key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_');
}

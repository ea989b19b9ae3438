import assert from 'node:assert/strict';
import { entityName } from '../../../../src/publish/home-assistant/entity-name.js';

describe('entity name of a key', () => {
  it('is in lower case with underscores', () => {
    assert.equal(entityName('activeEnergyImport'), 'active_energy_import');
    assert.equal(entityName('tier1ActiveEnergyImport'), 'tier1_active_energy_import');
    assert.equal(entityName('averageActivePowerImportL1'), 'average_active_power_import_l1');
    assert.equal(entityName('nes_-12--345-abc_x'), 'nes_12_345_abc_x');
  });
});

import assert from 'node:assert/strict';
import { classesOf } from '../../../../src/publish/home-assistant/classes.js';
import { QUANTITIES, type QuantityName } from '../../../../src/tables/index.js';

/** The units and state classes that Home Assistant accepts with each device class that it has had since 2024.11. */
const HOME_ASSISTANT: Record<string, { units: (string | null)[]; states: string[] }> = {
  energy: { units: ['Wh', 'kWh', 'MWh'], states: ['total', 'total_increasing'] },
  power: { units: ['W', 'kW'], states: ['measurement'] },
  apparent_power: { units: ['VA', 'kVA'], states: ['measurement'] },
  reactive_power: { units: ['var', 'kvar'], states: ['measurement'] },
  voltage: { units: ['V', 'mV'], states: ['measurement'] },
  current: { units: ['A', 'mA'], states: ['measurement'] },
  frequency: { units: ['Hz'], states: ['measurement'] },
  power_factor: { units: [null, '%'], states: ['measurement'] },
  duration: { units: ['d', 'h', 'min', 's', 'ms'], states: ['measurement', 'total', 'total_increasing'] },
};

describe('The classes of a sensor in Home Assistant', () => {
  it('are only those that Home Assistant takes with the unit', () => {
    for (const [name, { unit }] of Object.entries(QUANTITIES)) {
      const { deviceClass, stateClass } = classesOf(name as QuantityName);
      if (deviceClass === null) continue;
      const allowed = HOME_ASSISTANT[deviceClass] ?? assert.fail(`${name}: ${deviceClass}`);
      assert.ok(allowed.units.includes(unit), `${name}: ${deviceClass} in ${unit ?? 'no unit'}`);
      assert.ok(stateClass !== null && allowed.states.includes(stateClass), `${name}: ${deviceClass}`);
    }
  });

  it('follow from the quantity', () => {
    assert.deepEqual(classesOf('voltage'), { deviceClass: 'voltage', stateClass: 'measurement' });
    assert.deepEqual(classesOf('activeEnergy'), { deviceClass: 'energy', stateClass: 'total_increasing' });
    assert.deepEqual(classesOf('netEnergy'), { deviceClass: 'energy', stateClass: 'total' });
    assert.deepEqual(classesOf('apparentEnergy'), { deviceClass: null, stateClass: 'total_increasing' });
    assert.deepEqual(classesOf('unknown'), { deviceClass: null, stateClass: null });
  });
});

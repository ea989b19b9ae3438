import assert from 'node:assert/strict';
import fc from 'fast-check';
import { announcement } from '../../../../src/publish/home-assistant/announcement.js';
import {
  bridgeDiscovery,
  type Discovery as DiscoveryInput,
  meterDiscovery,
} from '../../../../src/publish/home-assistant/discovery.js';
import { LINK_STATES } from '../../../../src/link-state.js';
import { safeId } from '../../../../src/publish/safe-id.js';
import { homeAssistantSettings } from '../../../../src/publish/home-assistant/settings.js';
import { describeKey, payloadKeys } from '../../../../src/readings/index.js';
import { findSource } from '../../../../src/tables/index.js';
import { assertDiscovery, type Discovery, templateKeys } from '../../../support/sinks/home-assistant-schema.js';

const settings = homeAssistantSettings({});
const device = { serial: '83334000001', manufacturer: 'NES', model: '83334-3I', firmware: '3.70.01' };
const ALL_KEYS = [...payloadKeys('BT23'), ...payloadKeys('BT28')];

function discover(keys: readonly string[], given = settings, serial = device.serial): Discovery {
  return announced(meterDiscovery(safeId(serial)!, { ...device, serial }, keys, given), given);
}

/** The discovery message as Home Assistant parses it. */
function announced(input: DiscoveryInput, given = settings): Discovery {
  const [message, ...others] = announcement(input, given);
  assert.deepEqual(others, []);
  return assertDiscovery(message!.topic, message!.payload);
}

describe('Home Assistant discovery', () => {
  it('is accepted with every key there is', () => {
    const { components } = discover(ALL_KEYS);
    assert.equal(Object.keys(components).length, ALL_KEYS.length + 2);
  });

  it('is accepted for every source the catalogue knows', () => {
    const keys = Array.from({ length: 245 }, (_, id) => findSource(id).key).filter((key) => describeKey(key));
    assert.ok(keys.length > 150);
    discover([...new Set([...ALL_KEYS, ...keys])]);
  });

  it('describes energy as the energy dashboard wants it, never expiring', () => {
    const { activeEnergyImport } = discover(['activeEnergyImport']).components;
    assert.deepEqual(activeEnergyImport, {
      platform: 'sensor',
      unique_id: 'nes_83334000001_activeEnergyImport',
      default_entity_id: 'sensor.nes_83334000001_active_energy_import',
      name: 'Energy import',
      device_class: 'energy',
      state_class: 'total_increasing',
      unit_of_measurement: 'kWh',
      suggested_display_precision: 2,
      value_template: '{{ value_json.activeEnergyImport | default(none) }}',
    });
  });

  it('describes measurements with their time of expiry', () => {
    const { voltageL1, powerFactorL1 } = discover(['voltageL1', 'powerFactorL1']).components;
    assert.equal(voltageL1?.['device_class'], 'voltage');
    assert.equal(voltageL1['unit_of_measurement'], 'V');
    assert.equal(voltageL1['state_class'], 'measurement');
    assert.equal(voltageL1['expire_after'], 180);
    assert.equal(powerFactorL1?.['device_class'], 'power_factor');
    assert.ok(!('unit_of_measurement' in powerFactorL1), 'from -1 to 1: no unit');
  });

  it('lets nothing expire when that is switched off', () => {
    const { components } = discover(ALL_KEYS, homeAssistantSettings({ expireAfter: 0 }));
    for (const [key, component] of Object.entries(components)) assert.ok(!('expire_after' in component), key);
  });

  it('lets exactly the measurements expire', () => {
    for (const [key, component] of Object.entries(discover(ALL_KEYS).components)) {
      assert.equal('expire_after' in component, component['state_class'] === 'measurement', key);
    }
  });

  it('has no device class for apparent energy', () => {
    const { apparentEnergyQ1 } = discover(['apparentEnergyQ1']).components;
    assert.ok(apparentEnergyQ1 && !('device_class' in apparentEnergyQ1));
    assert.equal(apparentEnergyQ1['unit_of_measurement'], 'kVAh');
  });

  it('shows the common values and disables the exotic ones by default', () => {
    const { components } = discover(ALL_KEYS);
    const isShown = (key: string): boolean => components[key]?.['enabled_by_default'] !== false;
    const shown = [
      ...['activeEnergyImport', 'activeEnergyExport', 'activePower', 'activePowerL1', 'activePowerL2', 'activePowerL3'],
      ...['voltageL1', 'voltageL2', 'voltageL3', 'currentL1', 'currentL2', 'currentL3', 'frequency'],
      ...['lastReading', 'meterConnection'],
    ];
    assert.deepEqual(Object.keys(components).filter(isShown).sort(), shown.sort());
    assert.ok('tier1ActiveEnergyImport' in components, 'the others can be enabled');
  });

  it('shows the power in one direction where the net power is not known', () => {
    const { components } = discover([
      'activePowerImport',
      'activePowerImportL1',
      'activePowerL1',
      'reactivePowerImport',
    ]);
    const isShown = (key: string): boolean => components[key]?.['enabled_by_default'] !== false;
    assert.deepEqual(
      ['activePowerImport', 'activePowerImportL1', 'activePowerL1', 'reactivePowerImport'].filter(isShown),
      [...['activePowerImport', 'activePowerL1']],
    );
  });

  it('has names that fit a card, and the decimals that people use', () => {
    const { components } = discover(ALL_KEYS);
    const shown = Object.values(components).filter(({ enabled_by_default: on }) => on !== false);
    for (const { name } of shown) assert.ok(String(name).length <= 16, String(name));
    assert.equal(components['tier2ActiveEnergyImport']?.['name'], 'Tier 2 energy import');
    assert.equal(components['reactiveEnergyImport']?.['name'], 'Reactive energy import');
    assert.equal(components['activePowerL1']?.['name'], 'Power L1');
    assert.equal(components['voltageL1']?.['suggested_display_precision'], 1);
    assert.equal(components['activePower']?.['suggested_display_precision'], 0);
  });

  it('shows primary values where a CT/VT ratio is set, and none before it', () => {
    const { components } = announced(meterDiscovery('1', { ...device, hasTransformers: true }, ALL_KEYS, settings));
    const isShown = (key: string): boolean => components[key]?.['enabled_by_default'] !== false;
    const shown = ['activePowerPostRatio', 'currentL1PostRatio', 'activeEnergyImport', 'voltageL1'];
    for (const key of shown) assert.ok(isShown(key), key);
    for (const key of ['activePower', 'activePowerImport', 'activePowerL1', 'currentL1', 'activePowerImportPostRatio'])
      assert.ok(!isShown(key), key);
    assert.ok(discover(ALL_KEYS).components['activePowerImportPostRatio']?.['enabled_by_default'] === false);
  });

  it('counts outages among the diagnostics, and energy not', () => {
    const { components } = discover(ALL_KEYS);
    assert.equal(components['powerOutages']?.['entity_category'], 'diagnostic');
    assert.equal(components['errorCounter']?.['entity_category'], 'diagnostic');
    assert.ok(!('entity_category' in components['activeEnergyImport']!));
  });

  it('names device, sender and both availabilities', () => {
    const message = discover(['voltageL1']);
    assert.deepEqual(message.device, {
      via_device: 'nes-bridge_nes-meter',
      identifiers: ['nes_83334000001'],
      name: 'Electricity meter 83334000001',
      serial_number: '83334000001',
      manufacturer: 'NES',
      model: '83334-3I',
      sw_version: '3.70.01',
    });
    assert.equal(message.origin['name'], '@nes-meter/node-red-nes-meter');
    assert.equal(message.state_topic, 'nes-meter/83334000001/state');
    assert.deepEqual(message.availability, [
      { topic: 'nes-meter/bridge/availability' },
      { topic: 'nes-meter/83334000001/availability' },
    ]);
    assert.equal((message as unknown as Record<string, unknown>)['availability_mode'], 'all');
  });

  it('shows the connection and the last reading also while the meter is offline', () => {
    const { meterConnection, lastReading } = discover([]).components;
    const bridge = [{ topic: 'nes-meter/bridge/availability' }];
    assert.equal(meterConnection?.['state_topic'], 'nes-meter/83334000001/availability');
    assert.deepEqual(meterConnection['availability'], bridge);
    assert.deepEqual(lastReading?.['availability'], bridge);
    assert.equal(lastReading['device_class'], 'timestamp');
  });

  it('announces the bridge that every meter names', () => {
    for (const baseTopic of ['nes-meter', 'house/meters', 'bridge']) {
      const given = homeAssistantSettings({ baseTopic });
      const message = announced(bridgeDiscovery(given), given);
      const meter = discover([], given);
      assert.deepEqual(message.device['identifiers'], [meter.device['via_device']]);
      assert.equal(message.state_topic, `${baseTopic}/bridge/availability`);
      assert.ok(!('availability' in message), 'a bridge that is gone is disconnected, not unknown');
    }
    const others = ['nes-meter', 'house/meters', 'house-meters'].map((baseTopic) =>
      JSON.stringify(discover([], homeAssistantSettings({ baseTopic })).device['via_device']),
    );
    assert.equal(new Set(others).size, 3);
  });

  it('describes how the link is only where that is reported', () => {
    const keys = ['linkProblem', 'linkState', 'linkTimeouts', 'linkRejectedAnswers', 'linkReconnects'];
    const without = discover(['voltageL1']).components;
    assert.ok(!keys.some((key) => key in without));
    const id = safeId(device.serial)!;
    const { components } = announced(meterDiscovery(id, device, ['voltageL1'], settings, true));
    for (const key of keys) {
      assert.equal(components[key]?.['state_topic'], 'nes-meter/83334000001/status', key);
      assert.equal(components[key]['entity_category'], 'diagnostic', key);
      assert.deepEqual(components[key]['availability'], [{ topic: 'nes-meter/bridge/availability' }], key);
    }
    assert.equal(components['linkProblem']?.['device_class'], 'problem');
    assert.deepEqual(components['linkState']?.['options'], LINK_STATES);
  });

  it('leaves out what the meter did not send and unknown keys', () => {
    const id = safeId('1')!;
    const message = announced(
      meterDiscovery(id, { serial: '1', manufacturer: null, model: null, firmware: null }, ['notOurs'], settings),
    );
    assert.deepEqual(Object.keys(message.device), ['via_device', 'identifiers', 'name', 'serial_number']);
    assert.deepEqual(Object.keys(message.components), ['lastReading', 'meterConnection']);
  });

  it('is accepted for any serial number, any set of values, any topics', () => {
    const level = fc.stringMatching(/^[^+#\0\s/]{1,8}$/);
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }).filter((serial) => safeId(serial) !== undefined),
        fc.subarray(ALL_KEYS),
        fc.array(level, { minLength: 1, maxLength: 3 }),
        (serial, keys, levels) => {
          const given = homeAssistantSettings({ prefix: levels.join('/'), baseTopic: levels.join('/') });
          const message = discover(keys, given, serial.trim());
          assert.deepEqual([...templateKeys(message)].sort(), [...keys, 'timestamp'].sort());
        },
      ),
      { numRuns: 50 },
    );
  });
});

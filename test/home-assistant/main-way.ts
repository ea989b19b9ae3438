import assert from 'node:assert/strict';
import type { HomeAssistantVersion } from '../support/home-assistant/environment.js';
import { energyOf, House } from '../support/home-assistant/house.js';

const SERIAL = '83334000001';
const ID = (key: string): string => `nes_${SERIAL}_${key}`;
/** The flow of the example, from a meter to a real Home Assistant of one version, through faults. */
export function mainWay(version: HomeAssistantVersion): void {
  describe(`Home Assistant ${version} with the example flow`, () => {
    let house: House;

    before(async () => {
      house = new House(SERIAL);
      await house.start({ version });
      // The two tables bring them one after the other.
      await house.untilState(ID('activeEnergyImport'), isNumber, 'to have a value');
      await house.untilState(ID('activePower'), isNumber, 'to have a value');
    });
    after(async () => {
      await (house as House | undefined)?.remove();
    });

    it('has the meter as a device behind the bridge', async () => {
      const devices = await house.devices();
      const meter = devices.find(({ serial_number: serial }) => serial === SERIAL);
      assert.ok(meter, JSON.stringify(devices));
      const bridge = devices.find(({ id }) => id === meter.via_device_id);
      assert.ok(bridge, 'the bridge is a device too');
      const entities = (await house.registry()).filter(({ device_id: device }) => device === meter.id);
      assert.ok(entities.length > 30, `${entities.length} entities`);
      const enabled = entities.filter(({ disabled_by: by }) => by === null);
      assert.ok(enabled.length >= 12 && enabled.length <= 20, enabled.map(({ unique_id: id }) => id).join(' '));
    });

    it('shows the registers of the meter to the watt-hour', async () => {
      for (const key of ['activeEnergyImport', 'activeEnergyExport'] as const) {
        const before = energyOf(house, key);
        await house.untilState(ID(key), (state) => Number(state) >= before, `to reach ${before}`);
        const shown = Number((await house.entity(ID(key)))?.state);
        assert.ok(shown >= before && shown <= energyOf(house, key), `${shown} between ${before} and now`);
      }
    });

    it('gives the units and classes that the energy dashboard needs', async () => {
      const energy = await house.entity(ID('activeEnergyImport'));
      assert.deepEqual(pick(energy?.attributes, 'device_class', 'state_class', 'unit_of_measurement'), {
        device_class: 'energy',
        state_class: 'total_increasing',
        unit_of_measurement: 'kWh',
      });
      const power = await house.entity(ID('activePower'));
      assert.deepEqual(pick(power?.attributes, 'device_class', 'state_class', 'unit_of_measurement'), {
        device_class: 'power',
        state_class: 'measurement',
        unit_of_measurement: 'W',
      });
    });

    it('loses the measurements while the meter is away, and has them back', async () => {
      await house.disconnectMeter();
      await house.untilState(ID('activePower'), (state) => state === 'unavailable', 'to be unavailable');
      await house.connectMeter();
      await house.untilState(ID('activePower'), isNumber, 'to be back');
    });

    it('has everything again after the broker lost what it retained', async () => {
      await house.stopBroker();
      await house.untilState(ID('activePower'), (state) => state === 'unavailable', 'to be unavailable');
      await house.startBroker();
      await house.untilState(ID('activePower'), isNumber, 'to be back');
      await house.untilState(ID('activeEnergyImport'), isNumber, 'to be back');
    });

    it('has no old values after Node-RED was killed', async () => {
      await house.nodeRed.kill();
      await house.untilState(ID('activeEnergyImport'), (state) => state === 'unavailable', 'to be unavailable');
      await house.nodeRed.start();
      await house.untilState(ID('activeEnergyImport'), isNumber, 'to be back');
    });

    it('has everything again after its own restart', async () => {
      await house.homeAssistant.restart();
      await house.untilState(ID('activeEnergyImport'), isNumber, 'to be back');
      await house.untilState(ID('activePower'), isNumber, 'to be back');
    });

    it('logs no warning about what it receives', async () => {
      assert.deepEqual(await house.homeAssistant.warnings(), []);
    });
  });
}

function isNumber(state: string | undefined): boolean {
  return state !== undefined && state !== '' && Number.isFinite(Number(state));
}

function pick(attributes: Readonly<Record<string, unknown>> | undefined, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, attributes?.[key]]));
}

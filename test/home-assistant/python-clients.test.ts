import assert from 'node:assert/strict';
import { join } from 'node:path';
import { run } from '../support/cache.js';
import { python, virtualEnvironment } from '../support/home-assistant/virtual-environment.js';
import { ServedReadings } from '../support/sinks/served-readings.js';

/** The newest ones; what Home Assistant itself uses is older. */
const CLIENTS = ['python-homewizard-energy==10.2.0', 'dsmr-parser==1.11.2'];
const SCRIPT = join(__dirname, '../support/home-assistant/clients.py');

/** An object of a telegram as dsmr_parser prints it. */
interface CosemObject {
  readonly value: number | string;
  readonly unit: string | null;
}

interface Answer<Seen> {
  readonly seen: Seen;
  readonly problems: readonly string[];
}

describe('Client libraries from PyPI', () => {
  let program: string;
  let served: ServedReadings;

  before(async function () {
    if (python === undefined) {
      console.log('      left out: no Python 3.13 at hand');
      this.skip();
    }
    [program, served] = await Promise.all([virtualEnvironment(CLIENTS), ServedReadings.start()]);
  });
  after(async () => {
    await (served as ServedReadings | undefined)?.stop();
  });

  async function ask<Seen>(...args: string[]): Promise<Seen> {
    const { seen, problems } = JSON.parse(await run(program, [SCRIPT, ...args])) as Answer<Seen>;
    assert.deepEqual(problems, []);
    return seen;
  }

  it('python-homewizard-energy knows an answer without a reading as an error', async () => {
    const seen = await ask<Record<string, unknown>>('homewizard', new URL(served.homeWizard).host);
    for (const answer of Object.values(seen)) assert.deepEqual(answer, { error: 'RequestError' });
  });

  it('python-homewizard-energy reads the device, all values and the telegram', async () => {
    await served.read();
    const seen = await ask<{
      device: Record<string, unknown>;
      measurement: Record<string, unknown>;
      system: Record<string, unknown>;
      identify: boolean;
      telegram: string;
    }>('homewizard', new URL(served.homeWizard).host);
    assert.equal(seen.device['product_type'], 'HWE-P1');
    assert.equal(seen.device['model_name'], 'P1 Meter');
    const { measurement } = seen;
    const values = {
      meter_model: 'NES 83334-3I',
      energy_import_kwh: 65845.343,
      energy_import_t1_kwh: 65845.343,
      energy_export_kwh: 0.179,
      power_w: 399,
      power_l1_w: 292,
      power_l2_w: 85,
      power_l3_w: 22,
      voltage_l1_v: 225.635,
      current_l1_a: 2.877,
      frequency_hz: 50.05,
    };
    for (const [name, value] of Object.entries(values)) assert.equal(measurement[name], value, name);
    assert.equal(seen.system['cloud_enabled'], false);
    assert.equal(seen.identify, true);
    assert.match(seen.telegram, /^\/NES5\\83334-3I\r\n/);
  });

  for (const { version, codes } of [
    { version: '5', codes: { ELECTRICITY_USED_TARIFF_1: 65845.343, ELECTRICITY_DELIVERED_TARIFF_1: 0.179 } },
    { version: '5S', codes: { ELECTRICITY_IMPORTED_TOTAL: 65845.343, ELECTRICITY_EXPORTED_TOTAL: 0.179 } },
  ] as const) {
    it(`dsmr_parser reads telegrams of version ${version} from the port`, async () => {
      await served.read();
      const port = version === '5' ? served.dsmr5 : served.swedish;
      const telegram = await ask<Record<string, CosemObject>>('dsmr', String(port), version);
      for (const [name, value] of Object.entries(codes)) {
        assert.deepEqual([telegram[name]?.value, telegram[name]?.unit], [value, 'kWh'], name);
      }
      assert.deepEqual(
        [telegram['CURRENT_ELECTRICITY_USAGE']?.value, telegram['CURRENT_ELECTRICITY_USAGE']?.unit],
        [0.399, 'kW'],
      );
      // A time without a zone becomes UTC: it shows the zone that the reader assumes.
      const at = Date.parse(String(telegram['P1_MESSAGE_TIMESTAMP']?.value));
      assert.ok(Math.abs(at - Date.now()) < 600_000, String(telegram['P1_MESSAGE_TIMESTAMP']?.value));
    });
  }
});

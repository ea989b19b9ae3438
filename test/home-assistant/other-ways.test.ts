import assert from 'node:assert/strict';
import { HOME_ASSISTANT_VERSIONS } from '../support/home-assistant/environment.js';
import { HomeAssistant } from '../support/home-assistant/home-assistant.js';
import type { EntityState } from '../support/home-assistant/house.js';
import { python } from '../support/home-assistant/virtual-environment.js';
import { ServedReadings } from '../support/sinks/served-readings.js';
import { until } from '../support/until.js';

const LIMIT_MS = 240_000;

interface FlowStep {
  readonly type: string;
  readonly flow_id: string;
  readonly errors?: unknown;
}

describe('Home Assistant without MQTT', () => {
  let served: ServedReadings;
  let homeAssistant: HomeAssistant;

  before(async function () {
    if (python === undefined) {
      console.log('      left out: no Python 3.13 at hand');
      this.skip();
    }
    const [version] = HOME_ASSISTANT_VERSIONS;
    [served, homeAssistant] = await Promise.all([ServedReadings.start(), HomeAssistant.run({ version })]);
    await served.read();
  });
  after(async () => {
    await (served as ServedReadings | undefined)?.stop();
    await (homeAssistant as HomeAssistant | undefined)?.remove();
  });

  /** Adds an integration as its dialog does, with what a user enters in each step. */
  async function add(handler: string, ...steps: readonly Record<string, unknown>[]): Promise<void> {
    const { api } = homeAssistant;
    let step = await api.post<FlowStep>('/api/config/config_entries/flow', { handler });
    for (const entered of steps) {
      step = await api.post<FlowStep>(`/api/config/config_entries/flow/${step.flow_id}`, entered);
    }
    assert.equal(step.type, 'create_entry', JSON.stringify(step));
  }

  /** Waits until entities have these states, by the ends of their ids. */
  async function shows(expected: Readonly<Record<string, number>>): Promise<void> {
    let states: EntityState[] = [];
    const stateOf = (end: string): number =>
      Number(states.find(({ entity_id: id }) => id.startsWith('sensor.') && id.endsWith(end))?.state);
    const isShown = async (): Promise<boolean> => {
      states = await homeAssistant.api.command<EntityState[]>('get_states');
      return Object.entries(expected).every(([end, value]) => stateOf(end) === value);
    };
    const seen = async (): Promise<unknown> => [
      states.map(({ entity_id: id, state }) => `${id} ${state}`),
      await homeAssistant.warnings(),
    ];
    await until(isShown, 'the values', { limitMs: LIMIT_MS, seen });
  }

  it('reads the meter through its integration for HomeWizard', async () => {
    await add('homewizard', { ip_address: new URL(served.homeWizard).host });
    await shows({ p1_meter_power: 399, p1_meter_energy_import: 65845.343, p1_meter_energy_export: 0.179 });
  });

  it('reads the meter through its integration for DSMR', async () => {
    const network = { host: '127.0.0.1', port: served.dsmr5, dsmr_version: '5' };
    await add('dsmr', { type: 'Network' }, network);
    // It shows new values at most each 30 seconds, the first ones at once.
    await shows({ power_consumption: 0.399, energy_consumption_tarif_1: 65845.343, energy_production_tarif_1: 0.179 });
  });

  it('finds nothing wrong with what it reads', async () => {
    assert.deepEqual(await homeAssistant.warnings(), []);
  });
});

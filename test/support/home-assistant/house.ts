import { setTimeout as pause } from 'node:timers/promises';
import assert from 'node:assert/strict';
import { decodeReading } from '../../../src/readings/index.js';
import {
  SimulatedMeter,
  type ServedMeter,
  type SimulatedMeterOptions,
  serveTcp,
} from '../../../src/simulator/index.js';
import { Mosquitto } from '../brokers/mosquitto.js';
import { brokerAt, type ExampleNode, filledIn, readExample } from '../node-red/examples.js';
import { NodeRedProcess } from '../node-red/node-red-process.js';
import { freePort } from '../ports.js';
import { until } from '../until.js';
import { HomeAssistant, type HomeAssistantOptions } from './home-assistant.js';

/** What an entity has in Home Assistant's state machine. */
export interface EntityState {
  readonly entity_id: string;
  readonly state: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** An entry of Home Assistant's entity registry. */
export interface RegistryEntry {
  readonly entity_id: string;
  readonly unique_id: string;
  readonly platform: string;
  readonly disabled_by: string | null;
  readonly device_id: string | null;
}

/** An entry of Home Assistant's device registry. */
export interface DeviceEntry {
  readonly id: string;
  readonly name: string;
  readonly serial_number: string | null;
  readonly via_device_id: string | null;
}

/** Long enough for Home Assistant beside other tests. */
const LIMIT_MS = 240_000;
/** Home Assistant needs the processor more than these questions. */
const POLL_MS = 100;
const KEY = 'A1B2C3D4E5F60718293A';

/** A simulated meter, Node-RED with the example for Home Assistant, a real broker and a real Home Assistant. */
export class House {
  readonly meter: SimulatedMeter;
  homeAssistant!: HomeAssistant;
  nodeRed!: NodeRedProcess;
  #broker: Mosquitto | undefined;
  #brokerPort = 0;
  #meterPort = 0;
  #served: ServedMeter | undefined;

  /** @param meter what differs from a meter of the third generation */
  constructor(serial: string, meter: SimulatedMeterOptions = {}) {
    this.meter = new SimulatedMeter({ profile: 'gen3', serial, mbk: new TextEncoder().encode(KEY), ...meter });
  }

  /** @param settings of nodes of the flow, by type or id */
  async start(options: HomeAssistantOptions, settings: Readonly<Record<string, object>> = {}): Promise<void> {
    [this.#brokerPort, this.#meterPort] = [await freePort(), await freePort()];
    await this.startBroker();
    await this.connectMeter();
    this.homeAssistant = await HomeAssistant.run(options);
    await this.#addMqtt();
    this.nodeRed = await NodeRedProcess.run();
    await this.nodeRed.deploy(filledIn(this.flow(), settings));
  }

  /** The example with the settings of a user, and short times. */
  flow(): ExampleNode[] {
    return filledIn(readExample('2-home-assistant.json'), {
      'mep-config': {
        transport: 'tcp',
        host: '127.0.0.1',
        tcpPort: this.#meterPort,
        minInterval: '100',
        credentials: { key: KEY },
      },
      'mqtt-broker': brokerAt(this.#brokerPort),
      nes2_read28: { interval: '1' },
      // The line is never full: on a busy machine one read takes a second.
      nes2_read23: { interval: '3' },
      // What takes longer to be read is no present state.
      'mep-ha-discovery': { expireAfter: '20' },
      nes2_dbgerr: { console: true },
    });
  }

  async startBroker(): Promise<void> {
    this.#broker = await Mosquitto.start(undefined, this.#brokerPort);
  }

  /** Ends the broker, which keeps nothing. */
  async stopBroker(): Promise<void> {
    await this.#broker?.stop();
    this.#broker = undefined;
  }

  async connectMeter(): Promise<void> {
    this.#served = await serveTcp({ meter: this.meter, port: this.#meterPort });
  }

  async disconnectMeter(): Promise<void> {
    await this.#served?.close();
    this.#served = undefined;
  }

  /** The entity with this unique id. */
  async entity(uniqueId: string): Promise<EntityState | undefined> {
    const id = await this.entityId(uniqueId);
    return id === undefined ? undefined : (await this.states()).get(id);
  }

  /** The id of the entity with this unique id. */
  async entityId(uniqueId: string): Promise<string | undefined> {
    return (await this.registry()).find(({ unique_id: id }) => id === uniqueId)?.entity_id;
  }

  async states(): Promise<Map<string, EntityState>> {
    const states = await this.homeAssistant.api.command<EntityState[]>('get_states');
    return new Map(states.map((state) => [state.entity_id, state]));
  }

  /** What Home Assistant's registry has of MQTT. */
  async registry(): Promise<RegistryEntry[]> {
    const entries = await this.homeAssistant.api.command<RegistryEntry[]>('config/entity_registry/list');
    return entries.filter(({ platform }) => platform === 'mqtt');
  }

  devices(): Promise<DeviceEntry[]> {
    return this.homeAssistant.api.command<DeviceEntry[]>('config/device_registry/list');
  }

  /** Waits until the state of an entity fits. */
  async untilState(uniqueId: string, fits: (state: string | undefined) => boolean, what: string): Promise<void> {
    const isReached = async (): Promise<boolean> => {
      if (fits((await this.entity(uniqueId))?.state)) return true;
      await pause(POLL_MS);
      return false;
    };
    await until(isReached, `${uniqueId} ${what}`, {
      limitMs: LIMIT_MS,
      seen: async () => {
        const state = (await this.entity(uniqueId))?.state ?? 'nothing';
        const warnings = await this.homeAssistant.warnings();
        return [
          state,
          `Home Assistant: ${warnings.slice(-5).join('\n')}`,
          `Node-RED: ${this.nodeRed.log.slice(-2_000)}`,
        ].join('\n');
      },
    });
  }

  async remove(): Promise<void> {
    await (this.nodeRed as NodeRedProcess | undefined)?.remove();
    await (this.homeAssistant as HomeAssistant | undefined)?.remove();
    await this.disconnectMeter();
    await this.stopBroker();
  }

  /** Adds the MQTT integration, as a user does in its dialog. */
  async #addMqtt(): Promise<void> {
    const { api } = this.homeAssistant;
    const { flow_id: flow } = await api.post<{ flow_id: string }>('/api/config/config_entries/flow', {
      handler: 'mqtt',
    });
    const { type } = await api.post<{ type: string }>(`/api/config/config_entries/flow/${flow}`, {
      broker: '127.0.0.1',
      port: this.#brokerPort,
    });
    if (type !== 'create_entry') throw new Error(`Home Assistant does not connect to the broker: ${type}`);
  }
}

/** A register of the meter at this moment, in kWh. */
export function energyOf({ meter }: House, key: 'activeEnergyImport' | 'activeEnergyExport'): number {
  const bytes = meter.image('BT23');
  assert.ok(bytes);
  const { payload } = decodeReading('BT23', bytes, { offset: 0, complete: true, dimensions: meter.dimensions });
  return Number(payload[key]);
}

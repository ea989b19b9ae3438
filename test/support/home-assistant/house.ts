import { SimulatedMeter, type ServedMeter, serveTcp } from '../../../src/simulator/index.js';
import { Mosquitto } from '../brokers/mosquitto.js';
import { brokerAt, filledIn, readExample } from '../node-red/examples.js';
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

  constructor(serial: string) {
    this.meter = new SimulatedMeter({ profile: 'gen3', serial, mbk: new TextEncoder().encode(KEY) });
  }

  async start(options: HomeAssistantOptions): Promise<void> {
    [this.#brokerPort, this.#meterPort] = [await freePort(), await freePort()];
    await this.startBroker();
    await this.connectMeter();
    this.homeAssistant = await HomeAssistant.run(options);
    await this.#addMqtt();
    this.nodeRed = await NodeRedProcess.run();
    await this.nodeRed.deploy(this.flow());
  }

  /** The example with the settings of a user, and short times. */
  flow(): object[] {
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
      'mep-ha-discovery': { expireAfter: '12' },
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
    const entry = (await this.registry()).find(({ unique_id: id }) => id === uniqueId);
    return entry && (await this.states()).get(entry.entity_id);
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
    await until(async () => fits((await this.entity(uniqueId))?.state), `${uniqueId} ${what}`, {
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

import { type Clock, systemClock } from '../clock.js';
import { TransportError } from '../errors.js';
import { type PortHandle, PortHolder } from '../transport/port-handle.js';
import type { Transport, TransportEvents } from '../transport/transport.js';
import { FaultInjector, type FaultRates } from './faults.js';
import { lineTime } from './line-output.js';
import { type LineServer, lineServer } from './line-server.js';
import { type LineTiming, METER_TIMING } from './mep-server.js';
import { type OpticalBehaviour, opticalBehaviour } from './optical-behaviour.js';
import { SimulatedOpticalPort } from './optical-port.js';
import { SimulatedMeter, type SimulatedMeterOptions } from './simulated-meter.js';

export interface SimulatorTransportOptions extends SimulatedMeterOptions {
  /** A meter to connect to; default: a new one with the other options. */
  readonly meter?: SimulatedMeter;
  /** The port of the meter; default `mep`. */
  readonly protocol?: 'mep' | 'optical';
  /** Where the optical port differs from that of its generation. */
  readonly optical?: Partial<OpticalBehaviour>;
  /** Default `METER_TIMING`. */
  readonly timing?: Partial<LineTiming>;
  /** Fault probabilities; default none. */
  readonly faults?: FaultRates;
}

/** A transport to a simulated meter. Opening it again connects to the same meter. */
export interface SimulatorTransport extends Transport {
  readonly meter: SimulatedMeter;
  /** The optical port of the meter; used only where `protocol` is `optical`. */
  readonly optical: SimulatedOpticalPort;
  readonly faults: FaultInjector;
  /** Unplugs the adapter: the connection is lost, and the port is missing until `plugIn`. */
  unplug(): void;
  plugIn(): void;
}

/** A port with a simulated meter in this process. */
export function simulatorTransport(options: SimulatorTransportOptions = {}): SimulatorTransport {
  return new InProcessTransport(options);
}

class InProcessTransport implements SimulatorTransport {
  readonly description: string;
  readonly meter: SimulatedMeter;
  readonly optical: SimulatedOpticalPort;
  readonly faults: FaultInjector;
  readonly #protocol: 'mep' | 'optical';
  readonly #clock: Clock;
  readonly #timing: LineTiming;
  readonly #holder: PortHolder;
  #handle: PortHandle | undefined;
  #server: LineServer | undefined;
  #isPlugged = true;

  constructor(options: SimulatorTransportOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#timing = { ...METER_TIMING, ...options.timing };
    this.meter = options.meter ?? new SimulatedMeter(options);
    this.optical = new SimulatedOpticalPort(this.meter, opticalBehaviour(this.meter.profileName, options.optical));
    this.#protocol = options.protocol ?? 'mep';
    this.faults = new FaultInjector(options.faults, options.seed);
    this.description = `simulated meter ${this.meter.serial}`;
    this.#holder = new PortHolder(this.description);
  }

  open(events: TransportEvents, signal?: AbortSignal): Promise<void> {
    return this.#holder.open((handle) => this.#own(handle), events, signal);
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#holder.use(async (handle) => {
      const sent = bytes.slice();
      await this.#lineTime(sent.length, handle);
      this.#server?.receive(sent);
    });
  }

  /** Revives a stuck port. */
  cyclePower(): Promise<void> {
    this.meter.isStuck = false;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#holder.close();
  }

  unplug(): void {
    this.#isPlugged = false;
    this.#handle?.lose(new TransportError('connection-lost', `${this.description} was unplugged`));
  }

  plugIn(): void {
    this.#isPlugged = true;
  }

  async #own(handle: PortHandle): Promise<void> {
    if (!this.#isPlugged) {
      handle.lose(
        new TransportError('port-missing', `${this.description} is not plugged in`, {
          values: { port: this.description },
        }),
      );
      return;
    }
    this.#handle = handle;
    this.#server = lineServer({
      meter: this.meter,
      optical: this.#protocol === 'optical' ? this.optical : undefined,
      clock: this.#clock,
      timing: this.#timing,
      faults: this.faults,
      send: (bytes) => {
        handle.data(bytes);
      },
    });
    handle.opened();
    await new Promise<void>((resolve) => handle.onOver(resolve));
    this.#server.stop();
    this.#server = undefined;
    this.#handle = undefined;
  }

  #lineTime(bytes: number, handle: PortHandle): Promise<void> {
    const delay = lineTime(bytes, this.#timing.baudRate);
    if (delay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.after(delay, () => {
        forget();
        resolve();
      });
      const forget = handle.onOver(cancel);
    });
  }
}

import type { Clock } from '../../../src/clock.js';
import type { MeterSettings } from '../../../src/connect/index.js';
import { TransportError } from '../../../src/errors.js';
import { type SimulatorTransportOptions, SimulatedMeter, simulatorTransport } from '../../../src/simulator/index.js';
import type { Transport, TransportEvents } from '../../../src/transport/transport.js';

/** How a simulated meter is wired to the port of a reader. */
export interface Wiring extends Omit<SimulatorTransportOptions, 'meter' | 'clock'> {
  /** Baud rate of the meter's port. */
  readonly baudRate?: number;
  /** The required state of a modem line; a line left out does not matter. */
  readonly dtr?: 'on' | 'off';
  readonly rts?: 'on' | 'off';
  /** Bytes received after each transmission: with a wrong baud rate, or always. */
  readonly noise?: { readonly bytes: Uint8Array; readonly isEverywhere: boolean };
  /** Baud rates that the adapter does not support. */
  readonly refusedBaudRates?: readonly number[];
}

/** The traffic of one connection. */
export interface Connection {
  readonly settings: MeterSettings;
  readonly written: Uint8Array[];
  readonly openedAt: number;
}

/** A meter on a line that passes bytes only with the right baud rate and modem lines. */
export class WiredMeter {
  readonly meter: SimulatedMeter;
  readonly connections: Connection[] = [];
  openPorts = 0;
  readonly #wiring: Wiring;
  readonly #clock: Clock;

  constructor(clock: Clock, wiring: Wiring = {}) {
    this.#clock = clock;
    this.#wiring = wiring;
    this.meter = new SimulatedMeter({ ...wiring, clock });
  }

  readonly makeTransport = (settings: MeterSettings): Transport => {
    const { baudRate = 9_600, dtr, rts, noise, protocol = 'mep', refusedBaudRates = [] } = this.#wiring;
    const inner = simulatorTransport({ ...this.#wiring, protocol, meter: this.meter, clock: this.#clock });
    const isFed = (dtr ?? settings.dtr) === settings.dtr && (rts ?? settings.rts) === settings.rts;
    const isInTime = settings.transport !== 'serial' || (settings.baudRate ?? 9_600) === baudRate;
    const pass = (bytes: Uint8Array): Uint8Array => (isInTime ? bytes : garbled(bytes));
    const connection: Connection = { settings, written: [], openedAt: this.#clock.now() };
    let events: TransportEvents | undefined;
    return {
      description: 'a wired meter',
      open: async (own, signal) => {
        this.connections.push(connection);
        if (refusedBaudRates.includes(settings.baudRate ?? 0)) throw new TransportError('port-failed', 'no such rate');
        await inner.open(
          {
            ...own,
            data: (bytes) => {
              if (isFed) own.data(pass(bytes));
            },
          },
          signal,
        );
        events = own;
        this.openPorts++;
      },
      write: async (bytes) => {
        connection.written.push(bytes.slice());
        if (noise && (noise.isEverywhere || !isInTime)) events?.data(noise.bytes.slice());
        if (isFed) await inner.write(pass(bytes));
      },
      close: async () => {
        if (events) this.openPorts--;
        events = undefined;
        await inner.close();
      },
    };
  };
}

/** Bytes as a receiver with another baud rate gets them. */
function garbled(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => ((byte << 1) ^ 0xd6) & 0xff);
}

import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { Meter, type MeterOptions, type MeterState } from '../../../src/meter/index.js';
import {
  DEMO_KEY,
  type SimulatorTransport,
  type SimulatorTransportOptions,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { FakeClock } from '../fake-clock.js';

/** A `Meter` connected to a simulated one, with a clock that the test advances. */
export interface Stage {
  clock: FakeClock;
  transport: SimulatorTransport;
  meter: Meter;
  states: MeterState[];
  /** Read requests to the meter, in order. */
  asked: { table: number; offset: number; count: number; at: number }[];
}

type StageOptions = SimulatorTransportOptions &
  Pick<MeterOptions, 'minIntervalMs' | 'allowWrites' | 'allowDangerousWrites' | 'writeLedger'> & {
    key?: string | Uint8Array;
  };

/** Connects a `Meter` to a simulated one with the given options. */
export function stage(options: StageOptions = {}): Stage {
  const clock = new FakeClock();
  const transport = simulatorTransport({ profile: 'gen3', ...options, clock });
  const { key = DEMO_KEY, allowWrites = false, allowDangerousWrites = false, writeLedger } = options;
  const security = digestSecurity(typeof key === 'string' ? new TextEncoder().encode(key) : key);
  const link = new MepSession({ transport, security, clock });
  const meter = new Meter({
    link,
    clock,
    minIntervalMs: options.minIntervalMs ?? 0,
    random: () => 0.5,
    allowWrites,
    allowDangerousWrites,
    ...(writeLedger && { writeLedger }),
  });
  const made: Stage = { clock, transport, meter, states: [], asked: [] };
  meter.onStateChange((state) => made.states.push(state));
  transport.meter.onExchange(({ request, data }) => {
    if (request?.service === 'partial-read' && data) {
      made.asked.push({ table: request.table, offset: request.offset, count: request.count, at: clock.now() });
    }
  });
  meter.open();
  return made;
}

/** Number of reads of a table that the meter answered with data. */
export function askedFor(made: Stage, table: number): number {
  return made.asked.filter((read) => read.table === table).length;
}

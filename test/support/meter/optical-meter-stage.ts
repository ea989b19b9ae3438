import { Meter } from '../../../src/meter/index.js';
import { OpticalSession, type OpticalSessionOptions } from '../../../src/optical/session.js';
import {
  DEMO_OPTICAL_KEY,
  type OpticalBehaviour,
  type SimulatorTransport,
  type SimulatorTransportOptions,
  simulatorTransport,
} from '../../../src/simulator/index.js';
import { FakeClock } from '../fake-clock.js';
import { OPTICAL_SETTINGS } from './optical-script.js';

export interface OpticalMeterStage {
  clock: FakeClock;
  transport: SimulatorTransport;
  meter: Meter;
}

/** Connects a `Meter` to the optical port of a simulated one, with a clock that the test advances. */
export function opticalMeterStage(
  options: Omit<SimulatorTransportOptions, 'protocol' | 'optical'> & {
    key?: string;
    behaviour?: Partial<OpticalBehaviour>;
    session?: Partial<OpticalSessionOptions>;
  } = {},
): OpticalMeterStage {
  const clock = new FakeClock();
  const { key = DEMO_OPTICAL_KEY, behaviour = {}, session = {}, ...simulated } = options;
  const transport = simulatorTransport({
    profile: 'gen3',
    ...simulated,
    clock,
    protocol: 'optical',
    optical: behaviour,
  });
  const password = new TextEncoder().encode(key);
  const link = new OpticalSession({ ...OPTICAL_SETTINGS, ...session, transport, clock, password });
  const meter = new Meter({ link, clock, minIntervalMs: 0, random: () => 0.5 });
  meter.open();
  return { clock, transport, meter };
}

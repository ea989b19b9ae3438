export { FAULTS, type Fault, FaultInjector, type FaultRates } from './faults.js';
export { type LineTiming, METER_TIMING, NO_TIMING } from './mep-server.js';
export type { AccessLevel, Exchange } from './mep-responder.js';
export { PROFILES, type ProfileName, type Personality, type RegisterSetup } from './profiles.js';
export { type ServedMeter, type ServeOptions, PROCESS_TIMING, servePty, serveTcp } from './serve.js';
export { DEMO_KEY, type MeterCounters, SimulatedMeter, type SimulatedMeterOptions } from './simulated-meter.js';
export { type SimulatorTransport, type SimulatorTransportOptions, simulatorTransport } from './simulator-transport.js';

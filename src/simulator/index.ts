export { FAULTS, type Fault, FaultInjector, type FaultRates, OPTICAL_FAULTS } from './faults.js';
export { type LineTiming, METER_TIMING, NO_TIMING } from './mep-server.js';
export { DEMO_OPTICAL_KEY, FIRST_PACKETS, type OpticalBehaviour, opticalBehaviour } from './optical-behaviour.js';
export { type SimulatedOpticalExchange, SimulatedOpticalPort } from './optical-port.js';
export type { OpticalKey, OpticalLevel } from './optical-rights.js';
export type { AccessLevel, SimulatedExchange } from './mep-responder.js';
export { PROFILES, type ProfileName, type MeterProfile, type RegisterSetup } from './profiles.js';
export {
  type DeviceChannel,
  type DataSetSetup,
  DEFAULT_LOAD_PROFILE,
  type LoadProfileSetup,
} from './load-profile/setup.js';
export type { RecordedInterval } from './load-profile/data-set.js';
export type { Mark } from './load-profile/recorder.js';
export { AttachedDevice, counter, DEMO_DEVICES, type DeviceAlarm, type SimulatedDevice } from './m-bus-devices.js';
export { type LogSizes, MeterHistory } from './meter-history.js';
export { type ServedMeter, type ServeOptions, PROCESS_TIMING, servePty, serveTcp } from './serve.js';
export {
  DEMO_KEY,
  type SimulatedMeterCounters,
  SimulatedMeter,
  type SimulatedMeterOptions,
} from './simulated-meter.js';
export { type SimulatorTransport, type SimulatorTransportOptions, simulatorTransport } from './simulator-transport.js';
export { type Simulation, type SimulationSettings, startSimulation } from './simulation.js';

export { createMeter } from './create-meter.js';
export { type Heard, probe, type ProbeNotice, type ProbeReport, type SettingProposal } from './probe.js';
export {
  type MeterSettings,
  PACKET_SIZES,
  type Protocol,
  PROTOCOLS,
  SECURITIES,
  type Security,
  SIMULATOR_PROFILES,
  type SimulatorProfile,
} from './settings.js';
export { SESSION_MODES, type SessionMode } from '../optical/session-policy.js';

/**
 * The public API: everything the nodes use, and everything a program of your own may use. What is not exported here is
 * nobody's business but ours.
 */
export * from './errors.js';
export { type Clock, systemClock } from './clock.js';
export { fromHex, toHex } from './bytes/hex.js';
export { KEY_FORMATS, type KeyFormat, parseAccessKey } from './bytes/access-key.js';
export type { LinkCounters } from './c1218/table-link.js';
export * from './meter/index.js';
export * from './tables/index.js';
export * from './readings/index.js';
export * from './publish/index.js';
export { listPorts, type PortInfo } from './transport/index.js';
export {
  createMeter,
  type Heard,
  type MeterSettings,
  probe,
  type ProbeReport,
  type SimulatorProfile,
} from './connect.js';

export { type MeterDescription } from './knowledge.js';
export { linkStatus, type LinkStatus, LinkStatusWatch, type LinkStatusWatchOptions } from './link-status.js';
export {
  Meter,
  type MeterOptions,
  type ReadTableOptions,
  type StateListener,
  type TableExtent,
  type TableReading,
} from './meter.js';
export type { Priority } from './request-queue.js';
export { type MeterCounters, type MeterState, type MeterStatus, neverOpenedStatus } from './status.js';

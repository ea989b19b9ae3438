export { type MeterDescription } from './knowledge.js';
export {
  Meter,
  type MeterOptions,
  type MeterState,
  type ReadTableOptions,
  type StateListener,
  type TableExtent,
  type TableReading,
} from './meter.js';
export type { Priority } from './request-queue.js';

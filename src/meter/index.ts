export type { MeterChangeListener, MeterDescription } from './dimension-cache.js';
export { linkStatus, type LinkStatus, LinkStatusWatch, type LinkStatusWatchOptions } from './link-status.js';
export { Meter, type MeterOptions, type ReadTableOptions } from './meter.js';
export { type ProcedureRun } from './procedure-runner.js';
export { type TableExtent, type TablePiece, type TableReading } from './table-reader.js';
export { type TableContent, type TableWrite, type WriteOptions, type WritePiece } from './table-writer.js';
export {
  type BudgetLeft,
  UNKNOWN_METER,
  withManufacturersNames,
  type WritesByMeter,
  type WriteTimes,
} from './write-budget.js';
export { memoryLedger, type WriteLedger } from './write-guard.js';
export type { Priority } from './request-queue.js';
export { type MeterCounters, type MeterState, type MeterStatus, neverOpenedStatus } from './status.js';

export { HistoryReader, type HistoryReaderOptions } from './history-reader.js';
export type { HistoryLook, HistoryPart, HistoryStart } from './look.js';
export { EMPTY_HISTORY, type HistoryMemory, recallHistory } from './memory.js';
export type { DataSetChoice } from './profile-setup.js';
export {
  HISTORY_KINDS,
  type HistoryKind,
  type HistoryNews,
  type HistoryNote,
  type HistoryRecord,
  type NoProfileReason,
  type ProfileReport,
} from './records.js';
export type { HistorySource } from './source.js';

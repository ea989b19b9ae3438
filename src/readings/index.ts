export type { KeyDescription } from './keys.js';
export { describeKey, isMeasurement, NET_POWERS, payloadKeys } from './keys.js';
export type { ReadingOptions } from './decode-reading.js';
export { decodeReading } from './decode-reading.js';
export type { DecodedTable, PlacedRegister } from './decode-values.js';
export { decodeValues } from './decode-values.js';
export { energyRegisterUnit } from './plan.js';
export { datedReading, checkReading, type NewestReadings, recallReadings, rememberReadings } from './freshness.js';
export { hasTransformers, primaryValueKey } from './primary-values.js';
export {
  badPayload,
  checkLive,
  checkNotStored,
  type Fields,
  fieldsOf,
  type HistoryItem,
  historyItemsOf,
  isDecodedReading,
  isFields,
  isSimulatedMeter,
  knownEntries,
  readingTime,
  serialIn,
  textOf,
} from './message.js';
export type { Payload, Reading, ReadingTable, Register } from './reading.js';
export { isReadingTable } from './reading.js';
export * as alarms from './alarms/index.js';
export * as consumption from './consumption/index.js';
export {
  fromPlainTopic,
  fromReader,
  isPlainTopic,
  type KnownReader,
  type NoReading,
  readerName,
  type ReaderInput,
  type ReaderMessage,
  type ReaderResult,
  recallReader,
  receiveFromReader,
} from './readers/index.js';
export * as plausibility from './plausibility/index.js';

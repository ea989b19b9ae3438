export { type BillingOptions, type BillingRead, type BillingStep, readBilling } from './billing.js';
export { type DeviceRead, deviceReadOf } from './device-read.js';
export { EVENT_TEXTS, eventName, isStandardEvent } from './event-names.js';
export { type EventStep, readEvents } from './event-reader.js';
export { type EventLog, type EventLogName, mergeEvents, type MeterEvent } from './events.js';
export { chooseProfile, type LoadProfile, loadProfilesOf, type ProfileChannel } from './load-profile.js';
export type { IntervalHistory, IntervalRecord, IntervalRegister, LastTotal, LastTotals } from './intervals.js';
export {
  type IntervalCursor,
  type IntervalReaderOptions,
  type IntervalStep,
  type LostBlocks,
  type NextInterval,
  readIntervals,
} from './interval-reader.js';
export type { IntervalFlag, Quality } from './quality.js';
export type { HistoryRequest, Steps } from './steps.js';
export { mergeOutages, type MeterOutage, type OutageLists, type OutageSource } from './outages.js';
export { momentsIn } from './local-time.js';
export { type ProfileSpan, readProfileSpan } from './profile-span.js';
export { type HistoryOrder, historyOrderOf } from './request.js';
export { isRecording } from './ring.js';

/** Other people's formats, each under its own name. */
export * as homeAssistant from './home-assistant/index.js';
export type {
  Announcement,
  AppendedFile,
  Format,
  FormatAnswer,
  FormatDefinition,
  FormatMessage,
  FormatRequest,
  GivenSettings,
  ReadingEvent,
} from './format.js';
export type { DeviceInfo } from './device.js';
export { type HistoryEntry, historyEntriesOf } from './history-entry.js';
export type { HistoryWriter, Written } from './history-writer.js';
export { FORMAT_SETTINGS, type FormatName, HTTP_FORMATS, marksSimulated } from './format-settings.js';
export { findFormat, FORMATS } from './formats.js';
export { isLinkReport, type LinkReport, linkReportOf, offlineAfterMs, validForMs } from './link-report.js';
export {
  type Publication,
  type Published,
  publishLateReading,
  publishLinkReport,
  publishReading,
  publishSilence,
  removalOf,
  retainedOf,
} from './meter-events.js';
export { type MeterModel, type MeterSnapshot, type RememberedMeter, SNAPSHOTS, withReading } from './meter-snapshot.js';
export { connectAnswer, connectPacket, disconnectPacket, type MqttAnswer } from './mqtt-connect.js';
export { type MeterReading, readingOf } from './reading.js';
export { expirySetting } from './settings.js';

/** Other people's formats, each under its own name. */
export * as homeAssistant from './home-assistant/index.js';
export type {
  Announcement,
  Format,
  FormatAnswer,
  FormatDefinition,
  FormatMessage,
  FormatRequest,
  GivenSettings,
  News,
} from './format.js';
export { FORMAT_SETTINGS, type FormatName, HTTP_FORMATS } from './format-settings.js';
export { findFormat, FORMATS } from './formats.js';
export { isLinkReport, linkReportOf, patienceWith, worthTellingForMs } from './link-report.js';
export {
  isWorthRemembering,
  type MeterSnapshot,
  recallSnapshot,
  type RememberedMeter,
  rememberSnapshot,
  withReading,
} from './meter-snapshot.js';
export { readingOf } from './reading.js';
export { expirySetting } from './settings.js';

export { createMeter } from './create-meter.js';
export { probe, type ProbeOptions } from './probe.js';
export {
  type LineActivity,
  PROBE_NOTICES,
  type ProbeNotice,
  type ProbeReport,
  type SettingProposal,
} from './probe-report.js';
export { type Capture, CaptureReader, DUMP_FORMAT } from './capture.js';
export * from './redact.js';
export {
  makeReport,
  type NotedError,
  readReportTables,
  type Report,
  REPORT_FORMAT,
  REPORT_PARTS,
  REPORT_TABLES,
  type ReportPart,
  reportSeconds,
  reportSummary,
  type ReportSource,
  type ReportTable,
} from './report.js';
export { type ReplayDifference, type ReplayResult, replayTrace } from './replay/replay.js';
export * from './trace/index.js';
export { usedKeySetting } from './used-key.js';
export type { LinkParts, MeterParts } from './transport.js';
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
export * from './history/index.js';

/**
 * Reads NES/Echelon (OSGP) electricity meters over the MEP port or the optical port.
 *
 * `createMeter` opens a connection, `Meter.readTable` gives the bytes of a table, `decodeReading` gives the values of
 * BT23 and BT28, `decodeValues` those of any table. `findFormat` turns values into messages for other programs.
 *
 * This is the public API: it follows semantic versioning. Everything else of this package may change in any version.
 *
 * @packageDocumentation
 */

export { VERSION } from './internal.js';

// A connection and its settings
export {
  createMeter,
  type KeyFormat,
  type ModemLineSetting,
  type Meter,
  type MeterParts,
  type MeterSettings,
  type Protocol,
  type Security,
  type SessionMode,
  type SimulatorProfile,
  type Transport,
  type TransportEvents,
} from './internal.js';

// Results of reads, and the state of a meter
export type {
  LinkCounters,
  MeterCounters,
  MeterDescription,
  MeterState,
  MeterStatus,
  Priority,
  ReadTableOptions,
  RoundTrip,
  TableExtent,
  TablePiece,
  TableReading,
} from './internal.js';

// Writing and procedures
export {
  type BudgetLeft,
  memoryLedger,
  type ProcedureRun,
  type TableContent,
  type TableWrite,
  type WriteLedger,
  type WriteOptions,
} from './internal.js';

// Setting up: ports, keys, a test of the connection
export {
  type AccessKeyDescription,
  describeAccessKey,
  listPorts,
  parseAccessKey,
  type PortInfo,
  probe,
  type ProbeNotice,
  type ProbeOptions,
  type ProbeReport,
  type SettingProposal,
} from './internal.js';

// Tables
export {
  CATALOGUE,
  type DecodedTable,
  decodeTable,
  decodeValues,
  DEFAULT_DIMENSIONS,
  type Dimensions,
  encodeTable,
  type FieldValue,
  findTable,
  type TableDescription,
  type TableName,
  type TableValues,
} from './internal.js';

// Readings: values with names, units and OBIS codes
export {
  decodeReading,
  describeKey,
  type KeyDescription,
  type Payload,
  type PlacedRegister,
  type Reading,
  type ReadingOptions,
  type Register,
} from './internal.js';

// Formats of other programs
export {
  type DeviceInfo,
  findFormat,
  type Format,
  type FormatDefinition,
  type FormatMessage,
  FORMATS,
  type MeterReading,
  type MeterSnapshot,
  readingOf,
  withReading,
} from './internal.js';

// Errors
export {
  DecodeError,
  isMeterError,
  MeterError,
  type MeterErrorCode,
  ProtocolError,
  SecurityError,
  TransportError,
  UsageError,
} from './internal.js';

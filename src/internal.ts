/**
 * The internal API of `src/` for the nodes and the command line; `src/index.ts` is the public API. `npm run build`
 * bundles it into one file, so that each class exists once in a process.
 */
export * from './errors.js';
export * from './error-kinds.js';
export { ERROR_TEXTS, errorAdvice } from './error-texts/index.js';
export { type Clock, systemClock } from './clock.js';
export { Mutex, withAbort } from './mutex.js';
export { isTrouble, LINK_STATES, type LinkState } from './link-state.js';
export { fillText, printable, printableJson, printableLines, type TextValues } from './texts.js';
export * from './limits.js';
export { isEmptySetting, numberSetting } from './setting-values.js';
export { VERSION } from './version.js';
export { concatBytes, fromHex, toHex } from './bytes/hex.js';
export {
  type AccessKeyDescription,
  describeAccessKey,
  KEY_FORMATS,
  type KeyFinding,
  type KeyFormat,
  parseAccessKey,
} from './connect/access-key.js';
export { type Shortfall, shortfallOf } from './c1218/shortfall.js';
export type { RoundTrip } from './c1218/round-trip.js';
export type { LinkCounters } from './c1218/table-link.js';
export {
  decodeAnswer,
  decodeLenientRequest,
  decodeRequest,
  isWrite,
  refusalError,
  RESPONSE_CODES,
  type TableAnswer,
  type TableRequest,
} from './c1218/services.js';
export { crc16 } from './optical/crc.js';
export { MessageAssembler } from './optical/message.js';
export { dataChecksum, decodeOpticalRequest, type OpticalRequest } from './optical/requests.js';
export { opticalRefusal } from './optical/response-codes.js';
export { Digest, DIGEST_BYTES, digestsEqual } from './mep/digest.js';
export { LENGTH_BYTES, MAX_MESSAGE_BYTES, SEQUENCE_BYTES } from './mep/message.js';
export * from './meter/index.js';
export * from './tables/index.js';
export * from './readings/index.js';
export * from './history/index.js';
export * from './publish/index.js';
export {
  isSerialPort,
  MODEM_LINE_SETTINGS,
  type ModemLineSetting,
  listPorts,
  type PortInfo,
  serialUnavailable,
  type Transport,
  type TransportEvents,
} from './transport/index.js';
export { type HistoryOrder, historyOrderOf, EVENT_TEXTS } from './history/index.js';
export * from './connect/index.js';
export {
  DEMO_KEY,
  DEMO_OPTICAL_KEY,
  type Fault,
  type FaultRates,
  FAULTS,
  FIRST_PACKETS,
  OPTICAL_FAULTS,
  type OpticalBehaviour,
  opticalBehaviour,
  type Simulation,
  type SimulationSettings,
  startSimulation,
} from './simulator/index.js';

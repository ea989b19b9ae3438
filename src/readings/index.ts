export type { KeyDescription } from './keys.js';
export { describeKey, payloadKeys } from './keys.js';
export type { ReadingOptions } from './decode-reading.js';
export { decodeReading } from './decode-reading.js';
export type { DecodedTable, PlacedRegister } from './decode-values.js';
export { decodeValues } from './decode-values.js';
export { withoutSecrets } from './facts.js';
export type { Payload, Reading, ReadingTable, Register } from './reading.js';
export * as plausibility from './plausibility/index.js';

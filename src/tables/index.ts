export type {
  Access,
  ArrayNode,
  BitPart,
  Dimensions,
  FieldAttributes,
  FieldNode,
  LeafNode,
  RegisterRole,
  TableDescription,
  TableName,
  WriteRisk,
} from './schema/description.js';
export type { FieldValue, TableValues } from './schema/values.js';
export type { Expression } from './schema/expression.js';
export type { Beginning } from './schema/beginning.js';
export { beginningOf } from './schema/beginning.js';
export { decodeTable } from './schema/decode.js';
export { encodeTable } from './schema/encode.js';
export { attributesOf, holdsRegisters, holdsSecrets, withoutSecrets } from './schema/attributes.js';
export { recordedOnly } from './schema/recorded.js';
export { partialValues } from './schema/partial.js';
export { elementPath, isStructure, joinPath, withoutIndexes } from './schema/paths.js';
export { byLength } from './schema/presence.js';
export { changeTable } from './schema/change.js';
export { decodeLeaf } from './schema/leaves.js';
export type { Scope, Visitor } from './schema/walk.js';
export { pathOf, walkTable } from './schema/walk.js';
export type { Layout, RegisterPlace } from './schema/layout.js';
export { fieldPlace, fieldSince, layoutOf, registerLayout, tableSize } from './schema/layout.js';
export { decodeTime } from './schema/clocks.js';
export { hasRiskyFields, isRateLimited, isWritable, riskOfChange } from './schema/writing.js';
export { firmwareVersion, hasFields, isAtLeast, mayHave, variesWithFirmware } from './schema/firmware.js';
export type { RegisterPair } from './pairs.js';
export { pairsOf, rangeOfPair } from './pairs.js';
export { CATALOGUE, findTable } from './catalogue.js';
export { DEFAULT_DIMENSIONS } from './default-dimensions.js';
export { PRINTED_SUMMATION_SOURCES } from './basic/register-data.js';
export { PRINTED_PRESENT_VALUE_SOURCES } from './basic/bt28.js';
export type { Quantity, QuantityKind, QuantityName, Source } from './sources/index.js';
export {
  APPARENT_ENERGY_SOURCES,
  findSource,
  findSummationSource,
  IN_ENERGY_REGISTER_UNITS,
  isKnownSource,
  QUANTITIES,
  SOURCES,
} from './sources/index.js';
export type { OnDemandRequest, Procedure, ProcedureAnswer, RemoveMepDevice } from './procedures/index.js';
export {
  decodeProcedureAnswer,
  encodeProcedure,
  findProcedure,
  lockTransactions,
  nextProcedureSequence,
  postOnDemandRequest,
  PROCEDURES,
  removeMepDevice,
} from './procedures/index.js';

import { EP17 } from './ep17.js';
import { EP19 } from './ep19.js';
import { EP61 } from './ep61.js';
import type { Procedure, ProcedureAnswer } from './procedure.js';
import { decodeAnswer } from './procedure.js';

export type { Procedure, ProcedureAnswer } from './procedure.js';
export { encodeProcedure, nextProcedureSequence } from './procedure.js';
export type { RemoveMepDevice } from './ep17.js';
export { removeMepDevice } from './ep17.js';
export type { OnDemandRequest } from './ep19.js';
export { postOnDemandRequest } from './ep19.js';
export { lockTransactions } from './ep61.js';

/** The procedures of the guide, by number. */
export const PROCEDURES: readonly Procedure[] = [EP17, EP19, EP61];

/** Finds a procedure by name in any case (`ep17`) or number (EPn = 2048 + n); undefined where it is not described. */
export function findProcedure(nameOrNumber: string | number): Procedure | undefined {
  const name = typeof nameOrNumber === 'string' ? nameOrNumber.trim().toUpperCase() : undefined;
  return PROCEDURES.find((procedure) => procedure.name === name || procedure.number === nameOrNumber);
}

/**
 * Decodes the response of the last procedure from ET59, ET85 or BT08. Its sequence number identifies the request.
 * @throws DecodeError `table-too-short`
 */
export function decodeProcedureAnswer(bytes: Uint8Array): ProcedureAnswer {
  return decodeAnswer(bytes, PROCEDURES);
}

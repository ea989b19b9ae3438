import { RESULT_CODES } from '../basic/procedure-response.js';
import type { Access, FieldNode, TableDescription, WriteRisk } from '../schema/description.js';
import type { TableValues } from '../schema/values.js';
import { bits, rest, uint, uint8 } from '../schema/builders.js';
import { decodeTable } from '../schema/decode.js';
import { encodeTable } from '../schema/encode.js';
import { outOfRange } from '../schema/leaves.js';

/** A procedure of the guide: what is written to BT07, and what ET59, ET85 or BT08 answer. */
export interface Procedure {
  /** `EP17` */
  readonly name: string;
  /** BPn = n, EPn = 2048 + n. */
  readonly number: number;
  readonly title: string;
  readonly summary: string;
  /** Printed pages of the MEP guide. */
  readonly pages: string;
  /** Least key that may run it. */
  readonly access: Access;
  /** Why running it takes a permission of its own. */
  readonly risk?: WriteRisk;
  /** The parameters with which it takes none. */
  readonly harmless?: { readonly parameter: string; readonly values: readonly number[] };
  /** First firmware that has it. */
  readonly since?: string;
  /** What follows the header in BT07. */
  readonly parameters: readonly FieldNode[];
  /** What follows the result code in the answer. */
  readonly response: readonly FieldNode[];
  /** Parameters that may have no other values than these. */
  readonly choices?: Readonly<Record<string, readonly number[]>>;
  /** What its result codes mean, where they do not mean what they mean to all procedures. */
  readonly results: Readonly<Record<number, string>>;
  /** Result code 1: not complete yet, read the answer again. */
  readonly isPendingAt1: boolean;
  /** Where the guide contradicts itself, and what was chosen. */
  readonly erratum?: string;
}

/** An answer, read from ET59, ET85 or BT08. */
export interface ProcedureAnswer {
  /** `EP17`; null for a procedure that is not described. */
  readonly procedure: string | null;
  readonly procedureNumber: number;
  /** As it was written to BT07: an answer with another one is to somebody else's procedure. */
  readonly sequence: number;
  readonly resultCode: number;
  /** Meaning of the code for this procedure; null where the guide gives none. */
  readonly result: string | null;
  readonly isCompleted: boolean;
  /** The procedure was accepted and is not complete: where `isPendingAt1`, the answer is to be read again. */
  readonly isPending: boolean;
  /** The procedure's own values; none unless it was completed. */
  readonly values: TableValues;
}

const FIRST_EXTENDED_PROCEDURE = 2048;

/** A procedure; its number follows from its name. */
export function procedure(description: Omit<Procedure, 'number'>): Procedure {
  const number = Number(description.name.slice(2)) + (description.name.startsWith('EP') ? FIRST_EXTENDED_PROCEDURE : 0);
  return { ...description, number };
}

/** The high digits 5 to 9 mark MEP clients; other clients use other numbers. [MEP p.52] */
const FIRST_SEQUENCE = { mep: 5, optical: 10 } as const;
const SEQUENCES = 5;
/** Not to be the first after a logon. [MEP p.52] */
const NO_SEQUENCE = 255;

/** The sequence number for the next procedure: one of those that mark this port, and never the same twice. [MEP p.52] */
export function nextProcedureSequence(protocol: 'mep' | 'optical', previous?: number): number {
  const first = FIRST_SEQUENCE[protocol];
  const isInRow = previous !== undefined && previous >= first && previous < first + SEQUENCES - 1;
  return isInRow ? previous + 1 : first;
}

/**
 * What is written to BT07 to run a procedure.
 * @param parameters every one of them: what is left out is not guessed
 * @param sequence 0 to 254, another one than last time: see `nextProcedureSequence`.
 * @throws DecodeError `value-out-of-range` for a sequence number or a parameter that does not fit or is missing.
 */
export function encodeProcedure(procedure: Procedure, parameters: TableValues, sequence: number): Uint8Array {
  if (!Number.isInteger(sequence) || sequence < 0 || sequence >= NO_SEQUENCE) {
    throw outOfRange('BT07', 'procedureSequenceNumber', `${sequence} is not from 0 to ${NO_SEQUENCE - 1}`);
  }
  for (const [name, choices] of Object.entries(procedure.choices ?? {})) {
    const given = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (given === undefined || choices.some((choice) => choice === given)) continue;
    throw outOfRange(procedure.name, name, `is not one of ${choices.join(', ')}`);
  }
  const header: readonly FieldNode[] = [bits(2, [uint(0, 11, 'procedureNumber')]), uint8('procedureSequenceNumber')];
  return encodeTable(
    asTable(procedure.name, [...header, ...procedure.parameters]),
    { ...parameters, procedureNumber: procedure.number, procedureSequenceNumber: sequence },
    {},
    { isExact: true, hasWholeGroups: true },
  );
}

const HEADER_BYTES = 4;
const ANSWER: readonly FieldNode[] = [
  bits(2, [uint(0, 11, 'procedureNumber')]),
  uint8('sequence'),
  uint8('resultCode'),
  rest(),
];

/**
 * The answer of the last procedure in ET59, ET85 or BT08.
 * @param procedures those whose own answers are known.
 * @throws DecodeError `table-too-short`
 */
export function decodeAnswer(bytes: Uint8Array, procedures: readonly Procedure[]): ProcedureAnswer {
  const { procedureNumber, sequence, resultCode } = decodeTable(asTable('ET59', ANSWER), bytes, {});
  const code = Number(resultCode);
  const known = procedures.find(({ number }) => number === procedureNumber);
  const hasValues = known !== undefined && code === 0;
  const own = bytes.subarray(HEADER_BYTES);
  return {
    procedure: known?.name ?? null,
    procedureNumber: Number(procedureNumber),
    sequence: Number(sequence),
    resultCode: code,
    result: known?.results[code] ?? RESULT_CODES[code] ?? null,
    isCompleted: code === 0,
    isPending: code === 1,
    values: hasValues ? decodeTable(asTable(known.name, [...known.response, rest()]), own, {}) : {},
  };
}

/** Structures of procedures are read and written as those of tables are. */
function asTable(name: string, fields: readonly FieldNode[]): TableDescription {
  return { name, number: 0, title: '', summary: '', pages: '', read: 'MBK', write: 'MBK', needs: [], fields };
}

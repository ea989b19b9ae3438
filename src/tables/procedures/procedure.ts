import { RESULT_CODES } from '../basic/procedure-response.js';
import type { Access, FieldNode, TableDescription, WriteRisk } from '../schema/description.js';
import type { TableValues } from '../schema/values.js';
import { bits, rest, uint, uint8 } from '../schema/builders.js';
import { decodeTable } from '../schema/decode.js';
import { encodeTable } from '../schema/encode.js';
import { outOfRange } from '../schema/leaves.js';

/** A procedure of the guide: its parameters in BT07, and its response in ET59, ET85 or BT08. */
export interface Procedure {
  /** `EP17` */
  readonly name: string;
  /** BPn = n, EPn = 2048 + n. */
  readonly number: number;
  readonly title: string;
  readonly summary: string;
  /** Printed pages of the MEP guide. */
  readonly pages: string;
  /** Key that is needed to run it. */
  readonly access: Access;
  /** The damage that it can do; running it requires a separate permission. */
  readonly risk?: WriteRisk;
  /** Parameter values with which it does not require that permission. */
  readonly harmless?: { readonly parameter: string; readonly values: readonly number[] };
  /** First firmware that has it. */
  readonly since?: string;
  /** Fields after the header in BT07. */
  readonly parameters: readonly FieldNode[];
  /** Fields after the result code in the response. */
  readonly response: readonly FieldNode[];
  /** Permitted values of parameters that have only certain values. */
  readonly choices?: Readonly<Record<string, readonly number[]>>;
  /** Meanings of result codes that differ from those of all procedures. */
  readonly results: Readonly<Record<number, string>>;
  /** Whether result code 1 means that the procedure is not complete, so that the response must be read again. */
  readonly isPendingAt1: boolean;
  /** A contradiction in the guide, and the chosen interpretation. */
  readonly erratum?: string;
}

/** A response, read from ET59, ET85 or BT08. */
export interface ProcedureAnswer {
  /** `EP17`; null for a procedure that is not described. */
  readonly procedure: string | null;
  readonly procedureNumber: number;
  /** The number that was written to BT07. A response with another number belongs to a procedure of another client. */
  readonly sequence: number;
  readonly resultCode: number;
  /** Meaning of the code for this procedure; null where the guide gives none. */
  readonly result: string | null;
  readonly isCompleted: boolean;
  /** The procedure was accepted and is not complete; if `isPendingAt1` is set, the response must be read again. */
  readonly isPending: boolean;
  /** The procedure's own values; empty unless it was completed. */
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
/** Must not be the first sequence number after a logon. [MEP p.52] */
const NO_SEQUENCE = 255;

/** The next sequence number in the range of this port; it differs from the previous one. [MEP p.52] */
export function nextProcedureSequence(protocol: 'mep' | 'optical', previous?: number): number {
  const first = FIRST_SEQUENCE[protocol];
  const isInRow = previous !== undefined && previous >= first && previous < first + SEQUENCES - 1;
  return isInRow ? previous + 1 : first;
}

/**
 * The bytes to write to BT07 to run a procedure.
 * @param parameters all parameters; none has a default
 * @param sequence 0 to 254, different from the previous one: see `nextProcedureSequence`.
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
 * Decodes the response of the last procedure from ET59, ET85 or BT08.
 * @param procedures procedures whose own response fields are decoded
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

/** The fields of a procedure as a table, so that the same decoder and encoder serve both. */
function asTable(name: string, fields: readonly FieldNode[]): TableDescription {
  return { name, number: 0, title: '', summary: '', pages: '', read: 'MBK', write: 'MBK', needs: [], fields };
}

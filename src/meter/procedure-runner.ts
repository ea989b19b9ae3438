import { pause } from '../clock.js';
import { isMeterError, type MeterError, ProtocolError } from '../errors.js';
import {
  decodeProcedureAnswer,
  encodeProcedure,
  isAtLeast,
  nextProcedureSequence,
  type Procedure,
  type ProcedureAnswer,
  type TableValues,
} from '../tables/index.js';
import { knownTable, type MeterDescription } from './knowledge.js';
import type { MeterParts, TableReader } from './table-reader.js';
import type { BudgetLeft } from './write-budget.js';
import type { WriteGuard } from './write-guard.js';

/** What became of a procedure, or would. */
export interface ProcedureRun {
  /** `pending`: the meter has accepted it and is still at work. */
  readonly outcome: 'completed' | 'pending' | 'dry-run';
  /** `EP17` */
  readonly procedure: string;
  /** The number under which the meter knows this run; null for a dry run. */
  readonly sequence: number | null;
  /** What was, or would be, written to BT07. */
  readonly written: Uint8Array;
  /** What the meter answered, in the guide's words; null for a dry run. */
  readonly result: string | null;
  /** The procedure's own answer. */
  readonly values: TableValues;
  /** What may still be written; null where procedures are not rationed on this meter. */
  readonly budget: BudgetLeft | null;
  readonly meter: MeterDescription;
}

const BT07 = 7;
/** "Responses to procedures may take up to 1 second to be posted"; one at work is waited for longer. [MEP p.52] */
const FIRST_LOOK_MS = 300;
const LOOK_INTERVAL_MS = 1_000;
const LOOKS_FOR_AN_ANSWER = 4;
const LOOKS_FOR_THE_END = 10;
const FIRST_FIRMWARE_WITH_TWO_CLIENTS = '4.0';
const SECOND_CLIENT = 2;

/** Runs procedures: writes BT07 and reads the answer where this meter puts it. [MEP p.51-53] */
export class ProcedureRunner {
  readonly #parts: MeterParts;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;
  #lastSequence: number | undefined;

  constructor(parts: MeterParts, reader: TableReader, guard: WriteGuard) {
    this.#parts = parts;
    this.#reader = reader;
    this.#guard = guard;
  }

  /**
   * @param isDryRun says what would be written, and writes nothing
   * @throws DecodeError `value-out-of-range` for a parameter that does not fit; UsageError `write-budget-spent`;
   *   ProtocolError `procedure-refused`, `procedure-unanswered`, `write-outcome-unknown` and others; TransportError,
   *   SecurityError
   */
  async run(
    procedure: Procedure,
    parameters: TableValues,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<ProcedureRun> {
    const { knowledge, link } = this.#parts;
    await knowledge.confirm(signal);
    const meter = knowledge.description;
    const isRationed = this.#guard.areProceduresRationed(meter.dimensions['BT01']);
    const name = meter.serial ?? link.description;
    const written = encodeProcedure(procedure, parameters, nextProcedureSequence(this.#lastSequence));
    const common = { procedure: procedure.name, meter, written };
    const left = (): BudgetLeft | null => (isRationed ? this.#guard.left(name) : null);
    if (isDryRun) {
      return { ...common, outcome: 'dry-run', sequence: null, result: null, values: {}, budget: left() };
    }
    const answers = await this.#answerTable(meter, signal);
    if (isRationed) this.#guard.spend(name, 1);
    const answer = await this.#start(procedure, parameters, answers, signal);
    if (!answer.isCompleted && !answer.isPending) throw refused(procedure, answer);
    return {
      ...common,
      outcome: answer.isPending ? 'pending' : 'completed',
      written: encodeProcedure(procedure, parameters, answer.sequence),
      sequence: answer.sequence,
      result: answer.result,
      values: answer.values,
      budget: left(),
    };
  }

  /** Writes BT07. A number that was used last is refused without being run [MEP p.52]: then the next one does. */
  async #start(
    procedure: Procedure,
    parameters: TableValues,
    answers: string,
    signal: AbortSignal,
  ): Promise<ProcedureAnswer> {
    const previous = this.#lastSequence;
    const write = async (): Promise<number> => {
      const sequence = nextProcedureSequence(this.#lastSequence);
      this.#lastSequence = sequence;
      const bytes = encodeProcedure(procedure, parameters, sequence);
      await this.#parts.link.write(BT07, 0, bytes, { signal });
      return sequence;
    };
    let lost: MeterError | undefined;
    let sequence: number | undefined;
    try {
      sequence = await write();
    } catch (error) {
      if (!isMeterError(error)) throw error;
      if (error.code === 'operation-not-possible' && previous === undefined) sequence = await write();
      // The answer table tells whether it ran, unless its number may be left there from before.
      else if (error.code !== 'write-outcome-unknown' || previous === undefined || signal.aborted) throw error;
      else lost = error;
    }
    const answer = await this.#lookFor(procedure, sequence ?? this.#lastSequence, answers, signal);
    if (answer) return answer;
    throw lost ?? unanswered(procedure, answers);
  }

  /** Looks for the answer with our number; any other is to somebody else's procedure. */
  async #lookFor(
    procedure: Procedure,
    sequence: number | undefined,
    answers: string,
    signal: AbortSignal,
  ): Promise<ProcedureAnswer | undefined> {
    const { clock } = this.#parts;
    let found: ProcedureAnswer | undefined;
    for (let look = 0; look < (found ? LOOKS_FOR_THE_END : LOOKS_FOR_AN_ANSWER); look++) {
      await pause(clock, look === 0 ? FIRST_LOOK_MS : LOOK_INTERVAL_MS, signal);
      const { bytes } = await this.#reader.read(knownTable(answers), {}, signal);
      const answer = decodeProcedureAnswer(bytes);
      if (answer.procedureNumber !== procedure.number || answer.sequence !== sequence) continue;
      if (!answer.isPending) return answer;
      found = answer;
    }
    return found;
  }

  /** ET85 for the second of two MEP clients, ET59 where ET50 says so, else BT08; optical clients have BT08. [MEP p.24, p.51] */
  async #answerTable({ protocol, dimensions }: MeterDescription, signal: AbortSignal): Promise<string> {
    if (protocol === 'optical') return 'BT08';
    const { knowledge } = this.#parts;
    const general = dimensions['BT01'];
    if (general && isAtLeast(general, FIRST_FIRMWARE_WITH_TWO_CLIENTS)) {
      const port = await knowledge.valuesOf('ET70', signal);
      if (port?.['currentCommChannelIndex'] === SECOND_CLIENT) return 'ET85';
    }
    const inbound = (await knowledge.valuesOf('ET50', signal))?.['mepInboundConfiguration'];
    const first = Array.isArray(inbound) ? inbound[0] : undefined;
    const isStructure = typeof first === 'object' && first !== null && !Array.isArray(first);
    return isStructure && first['et59Response'] === true ? 'ET59' : 'BT08';
  }
}

function refused(procedure: Procedure, { resultCode, result }: ProcedureAnswer): ProtocolError {
  return new ProtocolError('procedure-refused', `${procedure.name}: ${result ?? `result code ${resultCode}`}`, {
    status: resultCode,
    values: { procedure: procedure.name, resultCode },
  });
}

function unanswered(procedure: Procedure, answers: string): ProtocolError {
  return new ProtocolError('procedure-unanswered', `${answers} holds no answer to ${procedure.name}`, {
    values: { procedure: procedure.name, table: answers },
  });
}

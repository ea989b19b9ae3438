import { pause } from '../clock.js';
import { isRefusal } from '../error-kinds.js';
import { DecodeError, isMeterError, type MeterError, ProtocolError } from '../errors.js';
import {
  decodeProcedureAnswer,
  encodeProcedure,
  isAtLeast,
  isStructure,
  nextProcedureSequence,
  type Procedure,
  type ProcedureAnswer,
  type TableValues,
} from '../tables/index.js';
import type { MeterDescription } from './dimension-cache.js';
import type { MeterContext, TableReader } from './table-reader.js';
import type { BudgetLeft } from './write-budget.js';
import type { WriteOptions } from './table-writer.js';
import { requireTable } from './value-reader.js';
import type { WriteGuard } from './write-guard.js';

/** The outcome of a procedure, or of its dry run. */
export interface ProcedureRun {
  /** `pending`: the meter has accepted it and is still at work. */
  readonly outcome: 'completed' | 'pending' | 'dry-run';
  /** `EP17` */
  readonly procedure: string;
  /** The number under which the meter knows this run; null for a dry run. */
  readonly sequence: number | null;
  /** The bytes that were, or would be, written to BT07. */
  readonly written: Uint8Array;
  /** The meter's result, in the guide's words; null for a dry run. */
  readonly result: string | null;
  /** The procedure's own answer. */
  readonly values: TableValues;
  /** The remaining budget of writes; null where procedures are not rate-limited on this meter. */
  readonly budget: BudgetLeft | null;
  readonly meter: MeterDescription;
}

const BT07 = 7;
/** "Responses to procedures may take up to 1 second to be posted"; one at work is waited for longer. [MEP p.52] */
const FIRST_LOOK_MS = 300;
const LOOK_INTERVAL_MS = 1_000;
const LOOKS_FOR_AN_ANSWER = 4;
/** Looks for an answer after a refused start: the refusal may belong to a repetition of a start that was accepted. */
const LOOKS_AFTER_A_REFUSAL = 2;
const MAX_STARTS = 3;
const LOOKS_FOR_THE_END = 10;
const FIRST_FIRMWARE_WITH_TWO_CLIENTS = '4.0';
const SECOND_CLIENT = 2;

/** Runs procedures: writes BT07 and reads the answer where this meter puts it. [MEP p.51-53] */
export class ProcedureRunner {
  readonly #context: MeterContext;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;
  #lastSequence: number | undefined;

  constructor(context: MeterContext, reader: TableReader, guard: WriteGuard) {
    this.#context = context;
    this.#reader = reader;
    this.#guard = guard;
  }

  /**
   * @throws DecodeError `value-out-of-range` for a parameter that does not fit; UsageError `danger-not-allowed`,
   *   `danger-by-message`, `write-budget-spent`, `write-budget-unknown`; ProtocolError `procedure-refused`,
   *   `procedure-unanswered`, `write-outcome-unknown` and others; TransportError, SecurityError
   */
  async run(
    procedure: Procedure,
    parameters: TableValues,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<ProcedureRun> {
    this.#guard.checkProcedure(procedure, parameters, options);
    const { dimensions, link } = this.#context;
    await dimensions.refresh(signal);
    const meter = dimensions.description;
    const isRateLimited = this.#guard.areProceduresRateLimited(meter.dimensions['BT01']);
    const manufacturersName = isRateLimited ? await dimensions.manufacturersName(signal) : undefined;
    const owner = { serial: meter.serial, manufacturersName };
    const written = encodeProcedure(procedure, parameters, nextProcedureSequence(link.protocol, this.#lastSequence));
    const common = { procedure: procedure.name, meter, written };
    if (options.dryRun) {
      const budget = isRateLimited ? await this.#guard.left(owner) : null;
      return { ...common, outcome: 'dry-run', sequence: null, result: null, values: {}, budget };
    }
    const answers = await this.#answerTable(meter, signal);
    const budget = isRateLimited ? await this.#guard.spend(owner, 'BT07', 1) : null;
    const answer = await this.#start(procedure, parameters, answers, signal);
    if (!answer.isCompleted && !answer.isPending) throw refused(procedure, answer);
    return {
      ...common,
      outcome: answer.isPending ? 'pending' : 'completed',
      written: encodeProcedure(procedure, parameters, answer.sequence),
      sequence: answer.sequence,
      result: answer.result,
      values: answer.values,
      budget,
    };
  }

  /**
   * Writes BT07 and looks for the answer. The number differs from the last one and from the one in the answer table, so an
   * answer with it is ours. The meter refuses a number that another client used last, without running the procedure
   * [MEP p.52]; the next number is then used.
   */
  async #start(
    procedure: Procedure,
    parameters: TableValues,
    answers: string,
    signal: AbortSignal,
  ): Promise<ProcedureAnswer> {
    const isFirst = this.#lastSequence === undefined;
    const present = await this.#presentSequence(answers, signal);
    const isAttributable = !isFirst || present !== undefined;
    for (let starts = 1; ; starts++) {
      const bytes = encodeProcedure(procedure, parameters, this.#takeSequence(present));
      const look = (looks: number): Promise<ProcedureAnswer | undefined> =>
        this.#lookFor(procedure, answers, looks, signal);
      const refusal = await this.#write(bytes, signal);
      if (refusal?.code === 'operation-not-possible' && isFirst && starts < MAX_STARTS) {
        const answer = isAttributable ? await look(LOOKS_AFTER_A_REFUSAL) : undefined;
        if (answer) return answer;
        continue;
      }
      const isLost = refusal?.code === 'write-outcome-unknown';
      if (refusal && !(isLost && isAttributable && !signal.aborted)) throw refusal;
      try {
        const answer = await look(LOOKS_FOR_AN_ANSWER);
        if (answer) return answer;
      } catch (error) {
        // After the write no error may read as if the procedure had not been started.
        throw refusal ?? unanswered(procedure, answers, error);
      }
      throw refusal ?? unanswered(procedure, answers);
    }
  }

  /** @returns why the meter did not accept the write, or why that is unknown */
  async #write(bytes: Uint8Array, signal: AbortSignal): Promise<MeterError | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#context.link.write(BT07, 0, bytes, { signal });
        return undefined;
      } catch (error) {
        if (!isMeterError(error)) throw error;
        // The meter has a new set-up and did not accept the write; procedures have the same layout under every set-up.
        if (error.code !== 'sequence-rejected' || attempt >= MAX_STARTS) return error;
      }
    }
  }

  /** The number in the answer table before anything is run; undefined where the meter does not give it. */
  async #presentSequence(answers: string, signal: AbortSignal): Promise<number | undefined> {
    try {
      const { bytes } = await this.#reader.read(requireTable(answers), {}, signal);
      return decodeProcedureAnswer(bytes).sequence;
    } catch (error) {
      if (isRefusal(error) || error instanceof DecodeError) return undefined;
      throw error;
    }
  }

  #takeSequence(present: number | undefined): number {
    const { protocol } = this.#context.link;
    let sequence = nextProcedureSequence(protocol, this.#lastSequence);
    if (sequence === present) sequence = nextProcedureSequence(protocol, sequence);
    this.#lastSequence = sequence;
    return sequence;
  }

  /** Looks for the answer with our number; any other belongs to another client's procedure. */
  async #lookFor(
    procedure: Procedure,
    answers: string,
    looks: number,
    signal: AbortSignal,
  ): Promise<ProcedureAnswer | undefined> {
    const { clock } = this.#context;
    let found: ProcedureAnswer | undefined;
    for (let look = 0; look < (found ? LOOKS_FOR_THE_END : looks); look++) {
      await pause(clock, look === 0 ? FIRST_LOOK_MS : LOOK_INTERVAL_MS, signal);
      const { bytes } = await this.#reader.read(requireTable(answers), {}, signal);
      const answer = decodeProcedureAnswer(bytes);
      if (answer.procedureNumber !== procedure.number || answer.sequence !== this.#lastSequence) continue;
      // "Some procedures return incomplete as a final result." [MEP p.51]
      if (!answer.isPending || !procedure.isPendingAt1) return answer;
      found = answer;
    }
    return found;
  }

  /** ET85 for the second of two MEP clients, ET59 where ET50 selects it, else BT08; optical clients have BT08. [MEP p.24, p.51] */
  async #answerTable({ protocol, dimensions }: MeterDescription, signal: AbortSignal): Promise<string> {
    if (protocol === 'optical') return 'BT08';
    const cache = this.#context.dimensions;
    const general = dimensions['BT01'];
    if (general && isAtLeast(general, FIRST_FIRMWARE_WITH_TWO_CLIENTS)) {
      const port = await cache.valuesOf('ET70', signal);
      if (port?.['currentCommChannelIndex'] === SECOND_CLIENT) return 'ET85';
    }
    const inbound = (await cache.valuesOf('ET50', signal))?.['mepInboundConfiguration'];
    const first = Array.isArray(inbound) ? inbound[0] : undefined;
    return isStructure(first) && first['et59Response'] === true ? 'ET59' : 'BT08';
  }
}

function refused(procedure: Procedure, { resultCode, result }: ProcedureAnswer): ProtocolError {
  return new ProtocolError('procedure-refused', `${procedure.name}: ${result ?? `result code ${resultCode}`}`, {
    status: resultCode,
    values: { procedure: procedure.name, resultCode },
  });
}

function unanswered(procedure: Procedure, answers: string, cause?: unknown): ProtocolError {
  return new ProtocolError('procedure-unanswered', `${answers} holds no answer to ${procedure.name}`, {
    values: { procedure: procedure.name, table: answers },
    ...(cause !== undefined && { cause }),
  });
}

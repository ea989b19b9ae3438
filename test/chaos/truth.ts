import { decodeReading, payloadKeys, type ReadingTable } from '../../src/readings/index.js';
import type { SimulatedMeter } from '../../src/simulator/index.js';
import { findTable } from '../../src/tables/index.js';

const TABLES = ['BT23', 'BT28'] as const;
/** Answers kept for each piece of a table: more than enough for the oldest published values. */
const MAX_ANSWERS = 5_000;

interface Answered {
  readonly at: number;
  readonly order: number;
}

/** A byte range of a table that is read in one piece, and the meter's answers. */
interface Piece {
  readonly table: ReadingTable;
  readonly keys: readonly string[];
  readonly answers: Map<string, Answered>;
  /** Number of the answer that was published last. */
  published: number;
}

type Values = Readonly<Record<string, unknown>>;

/** Records all answers of a meter, and checks published values against them. */
export class Truth {
  /** Time of the meter's last answer to a read of BT23 or BT28, by Date.now(). */
  answeredAt = 0;
  answers = 0;
  readonly #meter: SimulatedMeter;
  /** By table, offset and length: the pieces of a long table are read at different times. */
  readonly #pieces = new Map<string, Piece>();

  constructor(meter: SimulatedMeter) {
    this.#meter = meter;
    meter.onExchange(({ request, data }) => {
      if (request?.service !== 'partial-read' || !data) return;
      const table = TABLES.find((name) => findTable(name)?.number === request.table);
      if (table) this.#note(table, data, request.offset);
    });
  }

  /** Node-RED was restarted: it may publish older values than before. */
  forgetOrder(): void {
    for (const piece of this.#pieces.values()) piece.published = 0;
  }

  /**
   * Compares a state message with the meter's answers: all values of a piece must be from one answer, and not from one
   * older than that published before.
   * @param isRetained the broker repeats an old message: its age is not checked
   * @returns the problem, or undefined
   */
  check(state: Values, isRetained: boolean, freshForMs: number): string | undefined {
    const published = TABLES.flatMap((table) => payloadKeys(table)).filter((key) => typeof state[key] === 'number');
    const known = new Set([...this.#pieces.values()].flatMap(({ keys }) => keys));
    const invented = published.find((key) => !known.has(key));
    if (invented !== undefined) return `the meter never answered any ${invented}`;
    // After a lossy line the client reads shorter pieces: only those that were answered so count.
    const answered = [...this.#pieces.values()].filter((piece) => piece.answers.has(signatureOf(piece, state)));
    const covered = new Set(answered.flatMap(({ keys }) => keys));
    const never = published.filter((key) => !covered.has(key));
    if (never.length > 0) {
      return `the meter never answered ${never.map((key) => `${key} ${String(state[key])}`).join(', ')}`;
    }
    if (isRetained) return undefined;
    for (const piece of answered) {
      const wrong = checkAge(piece, state, freshForMs);
      if (wrong !== undefined) return `${piece.table}: ${wrong}`;
    }
    return undefined;
  }

  #note(table: ReadingTable, data: Uint8Array, offset: number): void {
    this.answeredAt = Date.now();
    this.answers++;
    const options = { offset, complete: false, dimensions: this.#meter.dimensions };
    const { payload } = decodeReading(table, data.slice(), options);
    const shape = `${table} ${offset} ${data.length}`;
    let piece = this.#pieces.get(shape);
    if (!piece) {
      const keys = payloadKeys(table).filter((key) => typeof payload[key] === 'number');
      this.#pieces.set(shape, (piece = { table, keys, answers: new Map(), published: 0 }));
    }
    const signature = signatureOf(piece, payload);
    // Repeated values count as the newer answer.
    piece.answers.delete(signature);
    piece.answers.set(signature, { at: Date.now(), order: this.answers });
    const [oldest] = piece.answers.keys();
    if (piece.answers.size > MAX_ANSWERS && oldest !== undefined) piece.answers.delete(oldest);
  }
}

/** @param piece one with an answer of these values */
function checkAge(piece: Piece, state: Values, freshForMs: number): string | undefined {
  const answered = piece.answers.get(signatureOf(piece, state));
  if (!answered || !piece.keys.some((key) => typeof state[key] === 'number')) return undefined;
  if (answered.order < piece.published) return 'an older reading after a newer one';
  if (piece.table === 'BT28' && Date.now() - answered.at > freshForMs) return 'an old reading as a fresh one';
  piece.published = answered.order;
  return undefined;
}

/** The values of one piece as text. */
function signatureOf({ keys }: Piece, values: Values): string {
  return keys.map((key) => `${key} ${String(values[key])}`).join(', ');
}

import { flowControl, isSamePlace, shortfallOf, type Shortfall } from '../c1218/shortfall.js';
import type { LinkCounters, RequestOptions, TableLink, TableLinkEvents } from '../c1218/table-link.js';
import type { RoundTrip } from '../c1218/round-trip.js';
import type { Clock } from '../clock.js';
import { concatBytes } from '../bytes/hex.js';
import { isNoise, isUnheard } from '../error-kinds.js';
import { isMeterError, type MeterError, ProtocolError } from '../errors.js';
import {
  canBeChecked,
  type LinkRead,
  readHoldsFlowControl,
  removesFlowControl,
  withoutFlowControl,
} from './flow-control-check.js';

/** The longest answer that passes uncut, and the evidence for it. */
export interface AnswerLimit extends Shortfall {
  /** Bytes of a table in one answer. */
  readonly maxReadBytes: number;
}

/** Smaller pieces would split blocks of registers, and take minutes. */
const MIN_PIECE_BYTES = 16;
/** Overhead of an answer at most: digest, count and code; headers of packets or records. */
const MAX_OVERHEAD_BYTES = 64;
/** After this time longer answers are asked for again: a bridge may have got another buffer. */
const LIMIT_LASTS_MS = 86_400_000;
/** The same for a limit found on a line that also breaks other answers: noise can look like a cut. */
const DOUBTED_LIMIT_LASTS_MS = 120_000;
/** Reads in a row that passed at once before a line counts as free of noise. */
const CLEAN_READS = 5;

/**
 * A link whose answers a bridge may cut, for example with a small buffer. If an answer always stops at the same byte, a read
 * that is one byte shorter shows the cause: a cut stays at its place; where bytes of certain values are removed (flow
 * control XON/XOFF), as many are missing as before. Reads are limited to the size that passes: for a day, or for two minutes
 * where the line was noisy, since noise may have broken each of those answers.
 */
export class FittingLink implements TableLink {
  readonly #link: TableLink;
  readonly #onLimit: () => void;
  readonly #clock: Clock;
  #limit: AnswerLimit | undefined;
  #limitEndsAt = 0;
  /** Reads in a row that passed without a repetition. */
  #cleanReads = 0;
  /** Whether a bridge removes XON and XOFF from requests. */
  #removesFlowControl = false;
  /** First requests that were not answered, since the last answer. */
  #unheardInRow = 0;

  /** @param onLimit called when a limit was found, and when it is tried without one again */
  constructor(link: TableLink, clock: Clock, onLimit: () => void) {
    this.#link = link;
    this.#clock = clock;
    this.#onLimit = onLimit;
  }

  get protocol(): 'mep' | 'optical' {
    return this.#link.protocol;
  }

  get description(): string {
    return this.#link.description;
  }

  get padsWithZeros(): boolean {
    return this.#link.padsWithZeros;
  }

  get maxWriteBytes(): number {
    return this.#link.maxWriteBytes;
  }

  get counters(): Readonly<LinkCounters> {
    return this.#link.counters;
  }

  get roundTrip(): RoundTrip {
    return this.#link.roundTrip;
  }

  get maxReadBytes(): number {
    return Math.min(this.#link.maxReadBytes, this.#limit?.maxReadBytes ?? Infinity);
  }

  /** The limit, if a bridge passes less than the meter grants. */
  get limit(): AnswerLimit | undefined {
    return this.#limit;
  }

  open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    return this.#link.open(events, signal);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  revive(): Promise<void> {
    return this.#link.revive();
  }

  write(table: number, offset: number, data: Uint8Array, options?: RequestOptions): Promise<void> {
    return this.#link.write(table, offset, data, options);
  }

  /**
   * As for every link. After a cut answer `maxReadBytes` is smaller when the error is thrown: the caller may read again, in
   * pieces.
   * @throws ProtocolError `answer-cut`, `bridge-flow-control` and what the link throws
   */
  async read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    this.#endLimit();
    try {
      const data = await this.#readAvoiding({ table, offset, count }, options);
      this.#unheardInRow = 0;
      return data;
    } catch (error) {
      this.#removesFlowControl ||= isFlowControlOfRequests(error) && readHoldsFlowControl({ table, offset, count });
      if (isUnheard(error)) await this.#explainUnheard(error, { table, offset, count }, options);
      const cut = isMeterError(error) ? shortfallOf(error) : undefined;
      if (cut === undefined || count <= MIN_PIECE_BYTES) {
        this.#cleanReads = 0;
        throw error;
      }
      const isProven = isMeterError(error) && error.code === 'answer-cut';
      try {
        await this.#explain({ ...cut, isProven }, { table, offset, count }, options);
      } catch (second) {
        // Too few answers came this time to show that bytes of flow control are missing; before, enough did.
        if (isProven || !isNoise(second)) throw second;
      }
      throw error;
    }
  }

  async #readAvoiding(read: LinkRead, options: RequestOptions): Promise<Uint8Array> {
    const parts = this.#removesFlowControl ? withoutFlowControl(read) : undefined;
    if (parts === undefined) return this.#readNoting(read.table, read.offset, read.count, options);
    const pieces: Uint8Array[] = [];
    for (const { table, offset, count } of parts) pieces.push(await this.#readNoting(table, offset, count, options));
    return concatBytes(...pieces);
  }

  /** @throws ProtocolError `bridge-flow-control` where other counts show that a bridge removes XON and XOFF from requests */
  async #explainUnheard(cause: MeterError, read: LinkRead, options: RequestOptions): Promise<void> {
    const isSuspect = this.#removesFlowControl
      ? readHoldsFlowControl(read)
      : await this.#isCheckPositive(read, options);
    if (!isSuspect) return;
    this.#removesFlowControl = true;
    throw new ProtocolError('bridge-flow-control', 'Just the requests with a byte 11 or 13 (hex) are not answered', {
      cause,
    });
  }

  async #isCheckPositive(read: LinkRead, options: RequestOptions): Promise<boolean> {
    if (this.#link.sendsPlainRequests !== true || !canBeChecked(read)) return false;
    const failures = ++this.#unheardInRow;
    // A meter that is away is not asked much more often for that: only at the 1st, 2nd, 4th, 8th ... failure in a row.
    return (failures & (failures - 1)) === 0 && removesFlowControl(this.#link, read, options);
  }

  /** @throws ProtocolError `bridge-flow-control`; what the link throws where a shorter read fails in another way */
  async #explain(
    { isProven, ...cut }: Shortfall & { readonly isProven: boolean },
    { table, offset, count }: { table: number; offset: number; count: number },
    options: RequestOptions,
  ): Promise<void> {
    const second = await this.#cutOf(table, offset, count - 1, options);
    if (second === undefined) {
      // Noise breaks one answer, not the next. An answer that just fits is cut again when it is one byte longer; where no byte
      // of flow control ever came, that byte may have been removed instead.
      if (!isProven) return;
      if (await this.#isCutAgain(cut, { table, offset, count }, options)) this.#limitTo(count - 1, cut);
      return;
    }
    const isShorter = second.expected < cut.expected;
    if (!isSamePlace(cut, second)) {
      if (isShorter && cut.expected - cut.received === second.expected - second.received) throw flowControl(cut);
      return;
    }
    const overhead = isShorter ? cut.expected - count : MAX_OVERHEAD_BYTES;
    if (overhead < 0 || overhead > MAX_OVERHEAD_BYTES) return;
    const max = Math.min(cut.received, second.received) - overhead;
    if (max < MIN_PIECE_BYTES || max >= count) return;
    // The limit must have been seen to pass, between answers that are cut.
    if ((await this.#cutOf(table, offset, max, options)) !== undefined) return;
    if (await this.#isCutAgain(cut, { table, offset, count }, options)) this.#limitTo(max, cut);
  }

  #limitTo(maxReadBytes: number, cut: Shortfall): void {
    this.#limit = { ...cut, maxReadBytes };
    const isClean = this.#cleanReads >= CLEAN_READS;
    this.#limitEndsAt = this.#clock.now() + (isClean ? LIMIT_LASTS_MS : DOUBTED_LIMIT_LASTS_MS);
    this.#onLimit();
  }

  /** The request under way keeps to it; the next ones are longer, and read in pieces again where they are cut. */
  #endLimit(): void {
    if (this.#limit === undefined || this.#clock.now() < this.#limitEndsAt) return;
    this.#limit = undefined;
    this.#onLimit();
  }

  /** Whether the answer stops at the same place once more. */
  async #isCutAgain(
    cut: Shortfall,
    { table, offset, count }: { table: number; offset: number; count: number },
    options: RequestOptions,
  ): Promise<boolean> {
    const again = await this.#cutOf(table, offset, count, options);
    return again !== undefined && isSamePlace(cut, again);
  }

  /** Counts the reads that pass at once; one that needs a repetition ends the row. */
  async #readNoting(table: number, offset: number, count: number, options: RequestOptions): Promise<Uint8Array> {
    const before = this.#faults;
    const bytes = await this.#link.read(table, offset, count, options);
    this.#cleanReads = this.#faults === before ? this.#cleanReads + 1 : 0;
    return bytes;
  }

  get #faults(): number {
    const { timeouts, retries, rejectedAnswers } = this.#link.counters;
    return timeouts + retries + rejectedAnswers;
  }

  /** Where the answer to a read stops; undefined where it is whole. */
  async #cutOf(table: number, offset: number, count: number, options: RequestOptions): Promise<Shortfall | undefined> {
    try {
      await this.#readNoting(table, offset, count, options);
      return undefined;
    } catch (error) {
      const cut = isMeterError(error) ? shortfallOf(error) : undefined;
      if (cut === undefined) throw error;
      return cut;
    }
  }
}

/** Whether a bridge removes XON and XOFF from requests; where it shortens answers, the error gives their length. */
function isFlowControlOfRequests(error: unknown): boolean {
  return isMeterError(error) && error.code === 'bridge-flow-control' && shortfallOf(error) === undefined;
}

import { flowControl, isSamePlace, shortfallOf, type Shortfall } from '../c1218/shortfall.js';
import type { LinkCounters, RequestOptions, TableLink, TableLinkEvents } from '../c1218/table-link.js';
import type { RoundTrip } from '../c1218/round-trip.js';
import { isMeterError } from '../errors.js';

/** The longest answer that passes uncut, and the evidence for it. */
export interface AnswerLimit extends Shortfall {
  /** Bytes of a table in one answer. */
  readonly maxReadBytes: number;
}

/** Smaller pieces would split blocks of registers, and take minutes. */
const MIN_PIECE_BYTES = 16;
/** Overhead of an answer at most: digest, count and code; headers of packets or records. */
const MAX_OVERHEAD_BYTES = 64;

/**
 * A link whose answers a bridge may cut, for example with a small buffer. If an answer always stops at the same byte, a read
 * that is one byte shorter shows the cause: a cut stays at its place; where bytes of certain values are removed (flow
 * control XON/XOFF), as many are missing as before. From then on reads are limited to the size that passes.
 */
export class FittingLink implements TableLink {
  readonly #link: TableLink;
  readonly #onLimit: () => void;
  #limit: AnswerLimit | undefined;

  /** @param onLimit called when a limit was found, once for each limit */
  constructor(link: TableLink, onLimit: () => void) {
    this.#link = link;
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

  /** The limit, if a bridge passes less than the meter grants; it lasts as long as this object. */
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
    try {
      return await this.#link.read(table, offset, count, options);
    } catch (error) {
      const cut = isMeterError(error) ? shortfallOf(error) : undefined;
      if (cut === undefined || count <= MIN_PIECE_BYTES) throw error;
      await this.#explain(cut, { table, offset, count }, options);
      throw error;
    }
  }

  /** @throws ProtocolError `bridge-flow-control`; what the link throws where a shorter read fails in another way */
  async #explain(
    cut: Shortfall,
    { table, offset, count }: { table: number; offset: number; count: number },
    options: RequestOptions,
  ): Promise<void> {
    const second = await this.#cutOf(table, offset, count - 1, options);
    // Noise breaks one answer, not the next.
    if (second === undefined) return;
    const isShorter = second.expected < cut.expected;
    if (!isSamePlace(cut, second)) {
      if (isShorter && cut.expected - cut.received === second.expected - second.received) throw flowControl(cut);
      return;
    }
    const overhead = isShorter ? cut.expected - count : MAX_OVERHEAD_BYTES;
    if (overhead < 0 || overhead > MAX_OVERHEAD_BYTES) return;
    const max = Math.min(cut.received, second.received) - overhead;
    if (max < MIN_PIECE_BYTES || max >= count) return;
    // The limit must have been seen to pass.
    if ((await this.#cutOf(table, offset, max, options)) !== undefined) return;
    this.#limit = { ...cut, maxReadBytes: max };
    this.#onLimit();
  }

  /** Where the answer to a shorter read stops; undefined where it is whole. */
  async #cutOf(table: number, offset: number, count: number, options: RequestOptions): Promise<Shortfall | undefined> {
    try {
      await this.#link.read(table, offset, count, options);
      return undefined;
    } catch (error) {
      const cut = isMeterError(error) ? shortfallOf(error) : undefined;
      if (cut === undefined) throw error;
      return cut;
    }
  }
}

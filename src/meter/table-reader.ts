import type { ByteRange } from '../bytes/byte-range.js';
import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { ProtocolError, UsageError } from '../errors.js';
import { type Dimensions, layoutOf, pairsOf, type TableDescription } from '../tables/index.js';
import type { DimensionCache, MeterDescription } from './dimension-cache.js';
import { CLOCK_TABLE, type MeterClock, momentOf } from './meter-clock.js';
import type { RequestQueue } from './request-queue.js';
import { endsEarly, readRange } from './range-reader.js';

/** The bytes of a table that were read, and the time of the read. */
export interface TableExtent {
  /** `BT28` */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** Whether this is the whole table, as far as the meter has it. */
  readonly complete: boolean;
  /** When the last bytes were requested, ISO 8601: they are no older. The answer of a slow line comes seconds later. */
  readonly readAt: string;
  /** The same moment by the meter's own clock, ISO 8601 in UTC; null where the meter does not give it. */
  readonly meterTime: string | null;
}

/** The bytes of a table, which table they are of, and the meter that they came from. */
export interface TableReading {
  readonly bytes: Uint8Array;
  readonly table: TableExtent;
  readonly meter: MeterDescription;
}

/** Bytes of a table that came in one answer. */
export interface TablePiece {
  readonly bytes: Uint8Array;
  /** When they were requested, ISO 8601: they are no older. */
  readonly readAt: string;
  readonly meter: MeterDescription;
}

/** The requested bytes of a table; default: all of it. */
export interface RequestedRange {
  readonly offset?: number | undefined;
  readonly count?: number | undefined;
}

/** Parts that readers and writers of one meter share; used within an exclusive request only. */
export interface MeterContext {
  readonly link: TableLink;
  readonly dimensions: DimensionCache;
  readonly meterClock: MeterClock;
  readonly queue: RequestQueue;
  readonly clock: Clock;
}

/** Reads of a table whose dimensions may have changed meanwhile: two programs at one port can cause that each time. */
const MAX_ROUNDS = 5;
/** A reading has one time: its values must not be read further apart than this. */
const MAX_SPREAD_MS = 5_000;
/** Many pieces take longer: each may take a second, and on a slow line the usual time of an answer. */
const MIN_PIECE_MS = 1_000;
const USUAL_TIMES = 3;
const MAX_SLOW_ROUNDS = 5;

/** Reads tables, as a whole or in part, in as many pieces as the link needs. */
export class TableReader {
  readonly #context: MeterContext;

  constructor(context: MeterContext) {
    this.#context = context;
  }

  /**
   * Reads a table. Bytes read while its dimensions may have changed are discarded and read again.
   * @throws UsageError `bad-offset`, `bad-count`, `offset-beyond-table`; TransportError, SecurityError, ProtocolError:
   *   `dimensions-unstable` when they seem to change again and again, `reading-too-slow` when its pieces come too far
   *   apart again and again; DecodeError `dimensions-missing`
   */
  async read(table: TableDescription, requested: RequestedRange, signal: AbortSignal): Promise<TableReading> {
    const { dimensions } = this.#context;
    try {
      for (let round = 0, slowRounds = 0; round < MAX_ROUNDS;) {
        await dimensions.refresh(signal);
        const known = await dimensions.dimensionsFor(table, signal);
        const reading = await this.#readOnce(table, requested, known, signal);
        if (reading === undefined) {
          if (++slowRounds >= MAX_SLOW_ROUNDS) throw tooSlow(table);
        } else {
          if (await dimensions.heldFor(table, known, signal)) return reading;
          round++;
        }
      }
    } catch (error) {
      dimensions.noteFailure(error);
      throw error;
    }
    throw new ProtocolError(
      'dimensions-unstable',
      `The dimensions of ${table.name} may have changed during each of ${MAX_ROUNDS} reads`,
      { values: { table: table.name } },
    );
  }

  /**
   * Reads the first of the requested bytes, as many as one answer holds. If the set-up of the meter may have changed
   * meanwhile, the description with the bytes has none of the dimensions that were loaded before.
   * @param isVerified whether the version of the set-up is read after the bytes, also without a hint of a change
   * @throws UsageError `bad-offset`, `bad-count`; TransportError, SecurityError, ProtocolError
   */
  async readPiece(
    table: TableDescription,
    range: ByteRange,
    signal: AbortSignal,
    isVerified = false,
  ): Promise<TablePiece> {
    const { link, dimensions, queue, clock } = this.#context;
    checkRange(table.name, range);
    try {
      await dimensions.refresh(signal);
      const count = Math.min(range.count, link.maxReadBytes);
      const onRequest = (): void => {
        queue.charge(1);
      };
      const known = dimensions.description.dimensions;
      let sent = momentOf(clock);
      const onSending = (): void => {
        sent = momentOf(clock);
      };
      const wanted = { offset: range.offset, count };
      const bytes = await readRange(link, { table, wanted, onRequest, onSending, signal });
      if (isVerified) await dimensions.heldFor(table, known, signal);
      else await dimensions.confirmIfStale(signal);
      return { bytes, readAt: sent.date.toISOString(), meter: dimensions.description };
    } catch (error) {
      dimensions.noteFailure(error);
      throw error;
    }
  }

  /** @returns undefined when its pieces lie too far apart */
  async #readOnce(
    table: TableDescription,
    requested: RequestedRange,
    known: Dimensions,
    signal: AbortSignal,
  ): Promise<TableReading | undefined> {
    const { link, dimensions, queue, clock } = this.#context;
    const { size, blocks, fields, registers } = layoutOf(table, known);
    const wanted = wantedRange(table.name, size, requested);
    const isWhole = wanted.count === size;
    const answeredAt: number[] = [];
    let sent = momentOf(clock);
    const bytes = await readRange(link, {
      table,
      wanted,
      blocks,
      fields: [...fields.values()],
      pairs: pairsOf(registers),
      isAll: (read) => isWhole && endsEarly(table, read, known),
      onRequest: () => {
        queue.charge(1);
      },
      onSending: () => {
        sent = momentOf(clock);
      },
      onAnswer: () => answeredAt.push(clock.now()),
      signal,
    });
    if (this.#areApart(answeredAt, registers.length > 0)) return undefined;
    const extent = {
      id: table.name,
      number: table.number,
      name: table.title,
      offset: wanted.offset,
      length: bytes.length,
      complete: isWhole,
    };
    const { meterClock } = this.#context;
    if (table.name === CLOCK_TABLE && isWhole) meterClock.note(bytes, sent);
    if (registers.length > 0) await meterClock.lookIfDue(signal);
    const times = { readAt: sent.date.toISOString(), meterTime: meterClock.at(sent.now) };
    return { bytes, table: { ...extent, ...times }, meter: dimensions.description };
  }

  /** Registers need all pieces close together; stored values only need consecutive pieces close together. */
  #areApart(answeredAt: readonly number[], areRegisters: boolean): boolean {
    const pieceMs = Math.max(MIN_PIECE_MS, USUAL_TIMES * (this.#context.link.roundTrip.mean ?? 0));
    const isApart = (times: readonly number[]): boolean => {
      const allowed = Math.max(MAX_SPREAD_MS, times.length * pieceMs);
      return (times.at(-1) ?? 0) - (times[0] ?? 0) > allowed;
    };
    return areRegisters
      ? isApart(answeredAt)
      : answeredAt.some((_, index) => isApart(answeredAt.slice(index, index + 2)));
  }
}

function tooSlow(table: TableDescription): ProtocolError {
  return new ProtocolError('reading-too-slow', `The pieces of ${table.name} lie more than ${MAX_SPREAD_MS} ms apart`, {
    values: { table: table.name },
  });
}

function checkRange(table: string, { offset, count }: ByteRange): void {
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `An offset of ${offset} is not possible`, { values: { table, offset } });
  }
  if (Number.isInteger(count) && count > 0) return;
  throw new UsageError('bad-count', `${count} bytes cannot be read`, { values: { table, offset, count } });
}

/** The requested range, checked against the table: past its end a missing value would look like a zero. */
function wantedRange(table: string, size: number, requested: RequestedRange): ByteRange {
  const offset = requested.offset ?? 0;
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `An offset of ${offset} is not possible`, { values: { table, offset } });
  }
  if (offset >= size) {
    throw new UsageError('offset-beyond-table', `${table} has ${size} bytes, offset ${offset} is beyond`, {
      values: { table, offset, size },
    });
  }
  const count = requested.count ?? size - offset;
  if (!Number.isInteger(count) || count < 1 || offset + count > size) {
    throw new UsageError('bad-count', `${table} has ${size} bytes, there are no ${count} from ${offset} on`, {
      values: { table, offset, count, size, max: size - offset },
    });
  }
  return { offset, count };
}

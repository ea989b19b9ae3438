import type { TableLink } from '../c1218/table-link.js';
import type { Clock } from '../clock.js';
import { isMeterError, ProtocolError, UsageError } from '../errors.js';
import { layoutOf, type TableDescription } from '../tables/index.js';
import type { MeterDescription, MeterKnowledge } from './knowledge.js';
import { CLOCK_TABLE, type MeterClock } from './meter-clock.js';
import type { Stretch } from './read-plan.js';
import type { RequestQueue } from './request-queue.js';
import { isSilence } from './silence.js';
import { endsEarly, readStretch } from './stretch-reader.js';

/** Which bytes of which table were read, and when. */
export interface TableExtent {
  /** `BT28` */
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** Whether this is the whole table, as far as the meter has it. */
  readonly complete: boolean;
  /** When the last byte was verified, ISO 8601. */
  readonly readAt: string;
  /** The same moment by the meter's own clock, ISO 8601 in UTC; null where the meter does not tell. */
  readonly meterTime: string | null;
}

export interface TableReading {
  readonly bytes: Uint8Array;
  readonly table: TableExtent;
  readonly meter: MeterDescription;
}

/** Which part of a table; default: all of it. */
export interface Part {
  readonly offset?: number | undefined;
  readonly count?: number | undefined;
}

/** What reading and writing a meter takes; used only in one's turn on the line. */
export interface MeterParts {
  readonly link: TableLink;
  readonly knowledge: MeterKnowledge;
  readonly meterClock: MeterClock;
  readonly queue: RequestQueue;
  readonly clock: Clock;
}

/** Times a table is read whose dimensions may have changed meanwhile: each of two programs at one port makes that look so. */
const MOST_ROUNDS = 5;

/** Reads tables, as a whole or in part, in as many pieces as the link needs. */
export class TableReader {
  readonly #parts: MeterParts;

  constructor(parts: MeterParts) {
    this.#parts = parts;
  }

  /**
   * Reads a table of a meter that is known, and again if its dimensions changed meanwhile.
   * @throws UsageError `bad-offset`, `bad-count`, `offset-beyond-table`; TransportError, SecurityError, ProtocolError:
   *   `sequence-rejected` when they seem to change again and again; DecodeError `dimensions-missing`
   */
  async read(table: TableDescription, part: Part, signal: AbortSignal): Promise<TableReading> {
    const { knowledge } = this.#parts;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      await knowledge.confirm(signal);
      const read = await this.#readOnce(table, part, signal).catch((error: unknown) => {
        this.#doubtAfter(error);
        throw error;
      });
      // What was learned in this very turn is as good as it gets with a meter that does not say whether it changed.
      if (!(await this.#watch(table, signal)) && round > 0) return read;
      // Dimensions that changed while the table was read make its bytes mean something else.
      if (!knowledge.isDoubtful || (await knowledge.confirm(signal))) return read;
    }
    throw new ProtocolError(
      'sequence-rejected',
      `The dimensions of ${table.name} may have changed during each of ${MOST_ROUNDS} reads`,
    );
  }

  /** Where nothing else tells of changes, a table that is not what it should be does. */
  #doubtAfter(error: unknown): void {
    const { link, knowledge } = this.#parts;
    if (isMeterError(error) && error.code === 'inconsistent-answer') knowledge.refute();
    if (link.hidesChanges === true && isMeterError(error) && !isSilence(error)) knowledge.doubt();
  }

  /** @returns whether the meter says whether its dimensions changed; a table without any needs none. */
  async #watch(table: TableDescription, signal: AbortSignal): Promise<boolean> {
    const { link, knowledge, queue } = this.#parts;
    if (link.hidesChanges !== true || table.needs.length === 0) return true;
    queue.charge(1);
    return knowledge.watch(signal);
  }

  async #readOnce(table: TableDescription, part: Part, signal: AbortSignal): Promise<TableReading> {
    const { link, knowledge, queue } = this.#parts;
    const dimensions = await knowledge.dimensionsFor(table, signal);
    const { size, blocks, fields, registers } = layoutOf(table, dimensions);
    const wanted = wantedStretch(table.name, size, part);
    const isWhole = wanted.length === size;
    const bytes = await readStretch(link, {
      table,
      wanted,
      blocks,
      fields: [...fields.values()],
      isAll: (read) => isWhole && endsEarly(table, read, dimensions),
      onRequest: () => {
        queue.charge(1);
      },
      signal,
    });
    const extent = {
      id: table.name,
      number: table.number,
      name: table.title,
      offset: wanted.offset,
      length: bytes.length,
      complete: isWhole,
    };
    const times = await this.#timesOf(extent, bytes, registers.length > 0, signal);
    return { bytes, table: { ...extent, ...times }, meter: knowledge.description };
  }

  /** When bytes were read that have just come, by the host's clock and by the meter's. */
  async #timesOf(
    { id, complete }: Pick<TableExtent, 'id' | 'complete'>,
    bytes: Uint8Array,
    hasRegisters: boolean,
    signal: AbortSignal,
  ): Promise<Pick<TableExtent, 'readAt' | 'meterTime'>> {
    const { clock, meterClock } = this.#parts;
    const now = clock.now();
    const readAt = clock.date().toISOString();
    if (id === CLOCK_TABLE && complete) meterClock.note(bytes);
    if (hasRegisters) await meterClock.lookIfDue(signal);
    return { readAt, meterTime: meterClock.at(now) };
  }
}

/** What to read, checked against the table: past its end a missing value would look like a zero. */
function wantedStretch(table: string, size: number, part: Part): Stretch {
  const offset = part.offset ?? 0;
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `An offset of ${offset} is not possible`, { values: { table, offset } });
  }
  if (offset >= size) {
    throw new UsageError('offset-beyond-table', `${table} has ${size} bytes, offset ${offset} is beyond`, {
      values: { table, offset, size },
    });
  }
  const length = part.count ?? size - offset;
  if (!Number.isInteger(length) || length < 1 || offset + length > size) {
    throw new UsageError('bad-count', `${table} has ${size} bytes, there are no ${length} from ${offset} on`, {
      values: { table, offset, count: length, size, most: size - offset },
    });
  }
  return { offset, length };
}

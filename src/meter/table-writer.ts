import type { ByteRange } from '../bytes/byte-range.js';
import { outcomeUnknown } from '../c1218/services.js';
import { isMeterError, type MeterError, ProtocolError, UsageError } from '../errors.js';
import {
  changeTable,
  hasRiskyFields,
  isRateLimited,
  type TableDescription,
  type TableValues,
} from '../tables/index.js';
import type { MeterDescription } from './dimension-cache.js';
import { readRange } from './range-reader.js';
import type { MeterContext, TableExtent, TableReader } from './table-reader.js';
import type { BudgetLeft } from './write-budget.js';
import type { WriteGuard, WriteTarget } from './write-guard.js';

/** The content of a write: bytes from an offset on, or fields by path. */
export type TableContent =
  | { readonly bytes: Uint8Array; readonly offset?: number | undefined }
  /** `{ 'mepInboundConfiguration[0].mepDeviceRegistered': true }`; what is not named stays as it is. */
  | { readonly fields: TableValues };

/**
 * One request to write.
 * @inline
 */
export interface WritePiece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** The outcome of a write, or of its dry run. */
export interface TableWrite {
  /** `unchanged`: the meter held these bytes already, so that nothing was written. */
  readonly outcome: 'written' | 'unchanged' | 'dry-run';
  /** The bytes that were compared, written and read back. */
  readonly table: TableExtent;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** The requests that were, or would be, sent; empty if nothing differs. */
  readonly writes: readonly WritePiece[];
  /** The remaining budget of writes; null where writes to this table are not rate-limited. */
  readonly budget: BudgetLeft | null;
  readonly meter: MeterDescription;
}

/** Present bytes, target bytes, and the write requests between them. */
interface Plan {
  readonly present: { readonly table: TableExtent; readonly meter: MeterDescription };
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly writes: readonly WritePiece[];
}

/** Options of a write. */
export interface WriteOptions extends WriteTarget {
  /** Reports what would be written, and writes nothing; default false. */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Plans of one write: another client may change the meter's set-up between compare and write. */
const MAX_PLANS = 3;

/** Writes tables: only bytes that differ and may be written, each write verified by reading back. */
export class TableWriter {
  readonly #context: MeterContext;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;

  constructor(context: MeterContext, reader: TableReader, guard: WriteGuard) {
    this.#context = context;
    this.#reader = reader;
    this.#guard = guard;
  }

  /**
   * @throws UsageError `not-writable`, `danger-not-allowed`, `danger-by-message`, `write-budget-spent`,
   *   `write-budget-unknown`, `bad-offset`, `bad-count`, `offset-beyond-table`;
   *   ProtocolError `write-outcome-unknown`, `write-not-verified` and others; DecodeError `value-out-of-range` for fields
   *   that do not fit; TransportError, SecurityError
   */
  async write(
    table: TableDescription,
    content: TableContent,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<TableWrite> {
    this.#guard.checkTable(table, options);
    let budget: BudgetLeft | null = null;
    for (let plans = 1, spent = 0; ; plans++) {
      const manufacturersName = await this.#manufacturersName(table, signal);
      const plan = await this.#plan(table, content, signal);
      await this.#checkChange(table, plan, options, signal);
      const { writes, present } = plan;
      if (options.dryRun || writes.length === 0) {
        if (isRateLimited(table)) budget = await this.#guard.left({ serial: present.meter.serial, manufacturersName });
        return reported(options.dryRun ? 'dry-run' : 'unchanged', plan, budget);
      }
      if (isRateLimited(table) && writes.length > spent) {
        const owner = { serial: present.meter.serial, manufacturersName };
        budget = await this.#guard.spend(owner, table.name, writes.length - spent);
        spent = writes.length;
      }
      try {
        await this.#send(table, plan, signal);
        return reported('written', plan, budget);
      } catch (error) {
        // The meter did not accept the write, and its tables may have another layout than when it was planned.
        const isOutdated = isMeterError(error) && error.code === 'sequence-rejected';
        if (!isOutdated || plans >= MAX_PLANS) throw error;
      }
    }
  }

  /** Read before the plan: the link shows a new set-up at the first request after it, and that must be the write. */
  async #manufacturersName(table: TableDescription, signal: AbortSignal): Promise<string | undefined> {
    if (!isRateLimited(table)) return undefined;
    const { dimensions } = this.#context;
    await dimensions.refresh(signal);
    return dimensions.manufacturersName(signal);
  }

  async #plan(table: TableDescription, content: TableContent, signal: AbortSignal): Promise<Plan> {
    const { present, before, after } = await this.#compare(table, content, signal);
    const isSame = before.every((byte, index) => byte === after[index]);
    return { present, before, after, writes: isSame ? [] : this.#piecesOf(present.table.offset, after) };
  }

  async #checkChange(
    table: TableDescription,
    { present, before, after }: Plan,
    target: WriteTarget,
    signal: AbortSignal,
  ): Promise<void> {
    if (!hasRiskyFields(table)) return;
    const dimensions = await this.#context.dimensions.dimensionsFor(table, signal);
    this.#guard.checkChange(table, dimensions, { offset: present.table.offset, before, after }, target);
  }

  /** Present and target bytes; for fields only the range that differs. */
  async #compare(table: TableDescription, content: TableContent, signal: AbortSignal): Promise<Omit<Plan, 'writes'>> {
    if ('bytes' in content) {
      if (content.bytes.length === 0) throw nothingToWrite(table);
      const part = { offset: content.offset, count: content.bytes.length };
      const present = await this.#reader.read(table, part, signal);
      if (present.bytes.length !== content.bytes.length) throw beyondEnd(table, part, present.bytes.length);
      return { present, before: present.bytes, after: content.bytes };
    }
    if (Object.keys(content.fields).length === 0) throw nothingToWrite(table);
    const whole = await this.#reader.read(table, {}, signal);
    const dimensions = await this.#context.dimensions.dimensionsFor(table, signal);
    const changed = changeTable(table, whole.bytes, content.fields, dimensions);
    const { offset, count } = differingRange(whole.bytes, changed);
    const extent = { ...whole.table, offset, length: count, complete: count === whole.bytes.length };
    return {
      present: { table: extent, meter: whole.meter },
      before: whole.bytes.slice(offset, offset + count),
      after: changed.slice(offset, offset + count),
    };
  }

  #piecesOf(offset: number, bytes: Uint8Array): WritePiece[] {
    const max = this.#context.link.maxWriteBytes;
    return Array.from({ length: Math.ceil(bytes.length / max) }, (_, index) => ({
      offset: offset + index * max,
      data: bytes.slice(index * max, (index + 1) * max),
    }));
  }

  /**
   * A write whose answer was lost is not repeated: reading back shows whether it took effect. After the first accepted
   * piece every error says that the table may have changed.
   */
  async #send(table: TableDescription, { present, writes, after }: Plan, signal: AbortSignal): Promise<void> {
    const { link, queue } = this.#context;
    let lost: MeterError | undefined;
    for (const [index, { offset, data }] of writes.entries()) {
      if (index > 0) queue.charge(1);
      try {
        await link.write(table.number, offset, data, { signal });
      } catch (error) {
        const isLost = isMeterError(error) && error.code === 'write-outcome-unknown';
        if (!isLost && index > 0) throw partlyWritten(table, offset - present.table.offset, after.length, error);
        if (!isLost || signal.aborted) throw error;
        lost = error;
        break;
      }
    }
    let bytes: Uint8Array;
    try {
      const wanted = { offset: present.table.offset, count: after.length };
      bytes = await readRange(link, { table, wanted, signal });
    } catch (error) {
      throw lost ?? outcomeUnknown(error);
    }
    if (bytes.length === after.length && bytes.every((byte, index) => byte === after[index])) return;
    throw lost ?? notVerified(table, present.table.offset, bytes);
  }
}

function reported(
  outcome: TableWrite['outcome'],
  { present, before, after, writes }: Plan,
  budget: BudgetLeft | null,
): TableWrite {
  return { outcome, table: present.table, before, after, writes, budget, meter: present.meter };
}

function differingRange(before: Uint8Array, after: Uint8Array): ByteRange {
  const first = before.findIndex((byte, index) => byte !== after[index]);
  if (first < 0) return { offset: 0, count: before.length };
  let last = before.length - 1;
  while (before[last] === after[last]) last--;
  return { offset: first, count: last - first + 1 };
}

function nothingToWrite(table: TableDescription): UsageError {
  return new UsageError('nothing-to-write', `There is nothing to write to ${table.name}`, {
    values: { table: table.name },
  });
}

/** A firmware's table may be shorter than its description. */
function beyondEnd(table: TableDescription, part: { offset?: number | undefined }, available: number): UsageError {
  const { name } = table;
  const offset = part.offset ?? 0;
  return new UsageError('bad-count', `${name} of this meter has only ${available} bytes from ${offset} on`, {
    values: { table: name, offset, max: available },
  });
}

function partlyWritten(table: TableDescription, written: number, wanted: number, cause: unknown): ProtocolError {
  return new ProtocolError('written-in-part', `${table.name}: ${written} of ${wanted} bytes were written`, {
    values: { table: table.name, written, wanted },
    cause,
  });
}

function notVerified(table: TableDescription, offset: number, raw: Uint8Array): ProtocolError {
  return new ProtocolError('write-not-verified', `${table.name} does not hold what was written to it`, {
    values: { table: table.name, offset },
    raw,
  });
}

import { isMeterError, ProtocolError, UsageError } from '../errors.js';
import { changeTable, type TableDescription, type TableValues } from '../tables/index.js';
import type { MeterDescription } from './knowledge.js';
import type { Stretch } from './read-plan.js';
import { readStretch } from './stretch-reader.js';
import type { MeterParts, TableExtent, TableReader } from './table-reader.js';
import type { BudgetLeft } from './write-budget.js';
import type { WriteGuard } from './write-guard.js';

/** What is to be written: bytes from an offset on, or fields by path. */
export type TableContent =
  | { readonly bytes: Uint8Array; readonly offset?: number | undefined }
  /** `{ 'mepInboundConfiguration[0].mepDeviceRegistered': true }`; what is not named stays as it is. */
  | { readonly fields: TableValues };

/** One request to write. */
export interface WritePiece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** What became of a write, or would. */
export interface TableWrite {
  /** `unchanged`: the meter held these bytes already, so that nothing was written. */
  readonly outcome: 'written' | 'unchanged' | 'dry-run';
  /** The bytes that were compared, written and read back. */
  readonly table: TableExtent;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** What was, or would be, sent; empty where nothing is to be changed. */
  readonly writes: readonly WritePiece[];
  /** What may still be written; null where writes to this table are not rationed. */
  readonly budget: BudgetLeft | null;
  readonly meter: MeterDescription;
}

/** Writes tables: only what differs, only what may be, and not without reading it back. */
export class TableWriter {
  readonly #parts: MeterParts;
  readonly #reader: TableReader;
  readonly #guard: WriteGuard;

  constructor(parts: MeterParts, reader: TableReader, guard: WriteGuard) {
    this.#parts = parts;
    this.#reader = reader;
    this.#guard = guard;
  }

  /**
   * @param isDryRun says what would be written, and writes nothing
   * @throws UsageError `not-writable`, `write-budget-spent`, `bad-offset`, `bad-count`, `offset-beyond-table`;
   *   ProtocolError `write-outcome-unknown`, `write-not-verified` and others; DecodeError `value-out-of-range` for fields
   *   that do not fit; TransportError, SecurityError
   */
  async write(
    table: TableDescription,
    content: TableContent,
    isDryRun: boolean,
    signal: AbortSignal,
  ): Promise<TableWrite> {
    this.#guard.checkTable(table);
    const { present, before, after } = await this.#compare(table, content, signal);
    const meter = this.#nameOf(present.meter);
    const isRationed = this.#guard.isRationed(table);
    const isSame = before.every((byte, index) => byte === after[index]);
    const writes = isSame ? [] : this.#piecesOf(present.table.offset, after);
    if (!isDryRun && !isSame) {
      if (isRationed) this.#guard.spend(meter, writes.length);
      await this.#send(table, writes, after, signal);
    }
    return {
      outcome: isDryRun ? 'dry-run' : isSame ? 'unchanged' : 'written',
      table: present.table,
      before,
      after,
      writes,
      budget: isRationed ? this.#guard.left(meter) : null,
      meter: present.meter,
    };
  }

  /** Under this name the budget of a meter is kept. */
  #nameOf({ serial }: MeterDescription): string {
    return serial ?? this.#parts.link.description;
  }

  /** What stands there now, and what is to stand there; fields are narrowed down to the bytes that differ. */
  async #compare(
    table: TableDescription,
    content: TableContent,
    signal: AbortSignal,
  ): Promise<{ present: { table: TableExtent; meter: MeterDescription }; before: Uint8Array; after: Uint8Array }> {
    if ('bytes' in content) {
      if (content.bytes.length === 0) throw nothingToWrite(table);
      const part = { offset: content.offset, count: content.bytes.length };
      const present = await this.#reader.read(table, part, signal);
      return { present, before: present.bytes, after: content.bytes };
    }
    if (Object.keys(content.fields).length === 0) throw nothingToWrite(table);
    const whole = await this.#reader.read(table, {}, signal);
    const dimensions = await this.#parts.knowledge.dimensionsFor(table, signal);
    const changed = changeTable(table, whole.bytes, content.fields, dimensions);
    const { offset, length } = differingStretch(whole.bytes, changed);
    const extent = { ...whole.table, offset, length, complete: length === whole.bytes.length };
    return {
      present: { table: extent, meter: whole.meter },
      before: whole.bytes.slice(offset, offset + length),
      after: changed.slice(offset, offset + length),
    };
  }

  #piecesOf(offset: number, bytes: Uint8Array): WritePiece[] {
    const most = this.#parts.link.maxWriteBytes;
    return Array.from({ length: Math.ceil(bytes.length / most) }, (_, index) => ({
      offset: offset + index * most,
      data: bytes.slice(index * most, (index + 1) * most),
    }));
  }

  /** A write whose answer was lost is not repeated: reading back tells whether it was done. */
  async #send(
    table: TableDescription,
    pieces: readonly WritePiece[],
    after: Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const { link } = this.#parts;
    let lost: unknown;
    for (const { offset, data } of pieces) {
      try {
        await link.write(table.number, offset, data, { signal });
      } catch (error) {
        if (!isMeterError(error) || error.code !== 'write-outcome-unknown' || signal.aborted) throw error;
        lost = error;
        break;
      }
    }
    const offset = pieces[0]?.offset ?? 0;
    try {
      await this.#readBack(table, offset, after, signal);
    } catch (error) {
      throw lost ?? error;
    }
  }

  async #readBack(table: TableDescription, from: number, expected: Uint8Array, signal: AbortSignal): Promise<void> {
    const wanted = { offset: from, length: expected.length };
    const bytes = await readStretch(this.#parts.link, { table, wanted, signal });
    if (!bytes.every((byte, index) => byte === expected[index])) {
      throw new ProtocolError('write-not-verified', `${table.name} does not hold what was written to it`, {
        values: { table: table.name, offset: from },
        raw: bytes,
      });
    }
  }
}

function differingStretch(before: Uint8Array, after: Uint8Array): Stretch {
  const first = before.findIndex((byte, index) => byte !== after[index]);
  if (first < 0) return { offset: 0, length: before.length };
  let last = before.length - 1;
  while (before[last] === after[last]) last--;
  return { offset: first, length: last - first + 1 };
}

function nothingToWrite(table: TableDescription): UsageError {
  return new UsageError('bad-count', `There is nothing to write to ${table.name}`, {
    values: { table: table.name, count: 0 },
  });
}

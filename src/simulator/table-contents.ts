/** What the tables of a simulated meter hold: generated or captured bytes, overlaid with what clients have written. */
import { findTable, type TableDescription } from '../tables/index.js';
import { QUARTER_MS } from './history.js';
import { SLOW_TABLES } from './images/load-profile.js';
import type { MeterMemory } from './memory.js';
import { BT07, BT08 } from './procedures.js';
import { type ImageContext, tableImage } from './table-images.js';

/** Tables of a real meter, by number, and the response codes of those that it refused. */
export interface CapturedTables {
  readonly tables: ReadonlyMap<number, Uint8Array>;
  readonly refusals: ReadonlyMap<number, number>;
}

export class TableContents {
  readonly #memory: MeterMemory;
  readonly #context: () => ImageContext;
  readonly #fixedImages = new Map<number, Uint8Array>();
  /** Images of long tables, each with the state of the meter for which it is valid. */
  readonly #slowImages = new Map<string, { state: string; image: Uint8Array | undefined }>();
  /** The tables come from a capture; the tables of procedures still work. */
  #isCaptured = false;

  /** @param context the state of the meter now, from which the tables are generated */
  constructor(memory: MeterMemory, context: () => ImageContext) {
    this.#memory = memory;
    this.#context = context;
  }

  /** The whole table as it is now; undefined when the meter does not have it. */
  of(number: number): Uint8Array | undefined {
    const table = findTable(number);
    const isOwn = table && (!this.#isCaptured || table.number === BT07 || table.number === BT08);
    const image = this.#fixedImages.get(number)?.slice() ?? (isOwn ? this.#generated(table) : undefined);
    if (image) this.#memory.layOver(number, image);
    return image;
  }

  /** Fixes the content of a table. */
  fix(number: number, bytes: Uint8Array): void {
    this.#fixedImages.set(number, bytes.slice());
  }

  /** From now on the meter has these tables and no others. */
  become(tables: CapturedTables['tables']): void {
    for (const [number, bytes] of tables) this.fix(number, bytes);
    this.#isCaptured = true;
  }

  #generated(table: TableDescription): Uint8Array | undefined {
    const context = this.#context();
    if (!SLOW_TABLES.has(table.name)) return tableImage(table, context);
    const { identity, meter, history } = context;
    const quarter = Math.floor(history.now / QUARTER_MS);
    const state = [identity.idtVersion, quarter, meter.registers.powerOutages, history.version].join(' ');
    let known = this.#slowImages.get(table.name);
    if (known?.state !== state) {
      known = { state, image: tableImage(table, context) };
      this.#slowImages.set(table.name, known);
    }
    return known.image?.slice();
  }
}

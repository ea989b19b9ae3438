/** What clients have written into a meter, byte by byte: it lies over what the meter would say by itself. */
export class MeterMemory {
  readonly #tables = new Map<number, Map<number, number>>();

  /** Keeps bytes of a table from an offset on. */
  keep(table: number, offset: number, data: Uint8Array): void {
    const written = this.#tables.get(table) ?? new Map<number, number>();
    for (const [index, byte] of data.entries()) written.set(offset + index, byte);
    this.#tables.set(table, written);
  }

  /** Puts what was written to a table over its image. */
  layOver(table: number, image: Uint8Array): void {
    for (const [offset, byte] of this.#tables.get(table) ?? []) image[offset] = byte;
  }

  /** A byte that was written; undefined where none was. */
  byteAt(table: number, offset: number): number | undefined {
    return this.#tables.get(table)?.get(offset);
  }

  /** What was written to a table is lost. */
  forget(table: number): void {
    this.#tables.delete(table);
  }
}

/** Bytes that clients have written to tables; they overlay the generated image of a table. */
export class MeterMemory {
  readonly #tables = new Map<number, Map<number, number>>();

  /** Stores bytes of a table from an offset on. */
  keep(table: number, offset: number, data: Uint8Array): void {
    const written = this.#tables.get(table) ?? new Map<number, number>();
    for (const [index, byte] of data.entries()) written.set(offset + index, byte);
    this.#tables.set(table, written);
  }

  /** Overlays the image of a table with the written bytes. */
  layOver(table: number, image: Uint8Array): void {
    for (const [offset, byte] of this.#tables.get(table) ?? []) image[offset] = byte;
  }

  /** A written byte; undefined where none was written. */
  byteAt(table: number, offset: number): number | undefined {
    return this.#tables.get(table)?.get(offset);
  }

  /** Drops the written bytes of a table. */
  forget(table: number): void {
    this.#tables.delete(table);
  }
}

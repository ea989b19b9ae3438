import { DecodeError } from '../../errors.js';
import type { Dimensions, LeafNode, TableDescription } from './description.js';
import type { FieldValue, TableValues } from './values.js';
import { decodeLeaf } from './leaves.js';
import { namesOf } from './names.js';
import { parsePath, stepInto } from './paths.js';
import { byFirmware } from './presence.js';
import { pathOf, type Scope, type Visitor, walkTable } from './walk.js';

/**
 * The values of a part of a table, `bytes` from `offset` on; null for missing fields. A structure whose shape depends
 * on missing bytes is left out.
 * @param refusesCuts whether a field that is cut off is an error; else it counts as missing.
 * @throws DecodeError `table-too-short`, `table-too-long`, `dimensions-missing`, `value-out-of-range`.
 */
export function partialValues(
  table: TableDescription,
  bytes: Uint8Array,
  offset: number,
  dims: Dimensions,
  refusesCuts: boolean,
): TableValues {
  const decoder = new PartialDecoder(table, bytes, offset, dims, refusesCuts);
  try {
    return decoder.decode(true);
  } catch (error) {
    // The bytes that define the structure are missing: structures of known size are skipped.
    if (error instanceof DecodeError && error.values['needs'] === table.name) return decoder.decode(false);
    throw error;
  }
}

class PartialDecoder {
  readonly #table: TableDescription;
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  readonly #dims: Dimensions;
  readonly #refusesCuts: boolean;

  constructor(table: TableDescription, bytes: Uint8Array, offset: number, dims: Dimensions, refusesCuts: boolean) {
    this.#table = table;
    this.#bytes = bytes;
    this.#offset = offset;
    this.#dims = dims;
    this.#refusesCuts = refusesCuts;
  }

  decode(seesBytes: boolean): TableValues {
    const borrowed: (() => void)[] = [];
    const visitor: Visitor = {
      seesBytes,
      leaf: (leaf, offset, length, scope, count) => {
        const at = offset - this.#offset;
        if (at >= 0 && at + length <= this.#bytes.length) {
          decodeLeaf(leaf, this.#bytes, at, length, scope.values, count);
          return;
        }
        if (this.#refusesCuts) this.#refuseCut(leaf, offset, length, scope);
        for (const name of namesOf(leaf)) {
          scope.values[name] = null;
          // Values from another read define the structure, but are not among these bytes.
          const known = scope.isBare ? null : this.#knownOf(scope, name);
          if (known === null) continue;
          scope.values[name] = known;
          borrowed.push(() => (scope.values[name] = null));
        }
      },
      ...byFirmware(this.#dims),
    };
    const values: TableValues = {};
    const size = walkTable(this.#table, this.#dims, visitor, values);
    for (const giveBack of borrowed) giveBack();
    this.#checkEnd(size);
    return values;
  }

  #knownOf(scope: Scope, name: string): FieldValue {
    let value: FieldValue | undefined = this.#dims[this.#table.name];
    for (const step of parsePath(pathOf(scope, name))) value = stepInto(value, step);
    return value ?? null;
  }

  #refuseCut(leaf: LeafNode, offset: number, length: number, scope: Scope): void {
    const end = this.#offset + this.#bytes.length;
    const available = Math.min(offset + length, end) - Math.max(offset, this.#offset);
    const [name] = namesOf(leaf);
    if (available <= 0 || name === undefined) return;
    const field = pathOf(scope, name);
    throw new DecodeError(
      'table-too-short',
      `${this.#table.name} ends within ${field}: ${length} bytes needed at offset ${offset}, ${available} there`,
      { values: { table: this.#table.name, field, offset, needed: length, available } },
    );
  }

  #checkEnd(size: number): void {
    const end = this.#offset + this.#bytes.length;
    if (end <= size || this.#table.fields.at(-1)?.kind === 'rest') return;
    throw new DecodeError('table-too-long', `${this.#table.name} has ${size} bytes under its dimensions, not ${end}`, {
      values: { table: this.#table.name, needed: size, available: end },
      raw: this.#bytes,
    });
  }
}

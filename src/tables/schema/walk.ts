import { DecodeError } from '../../errors.js';
import type {
  ArrayNode,
  Dimensions,
  FieldNode,
  LeafNode,
  OpaqueNode,
  RecordNode,
  SelfSizedNode,
  SequenceNode,
  SinceNode,
  TableDescription,
} from './description.js';
import type { FieldValue, TableValues } from './values.js';
import type { Expression, NameTree } from './expression.js';
import { evaluate } from './expression.js';
import { fixedBytes, outOfRange } from './leaves.js';
import { elementPath, joinPath, type PathStep, stepInto } from './paths.js';

/** A structure during the walk: its values so far, and its position in the structure around it. */
export interface Scope {
  readonly parent: Scope | undefined;
  /** Name of the array or record; '' for the table. */
  readonly name: string;
  /** Index in the array; null for a record. */
  readonly index: number | null;
  readonly tier: number | null;
  /** True for an array element that is a plain value; the value is named ''. */
  readonly isBare: boolean;
  readonly values: TableValues;
}

/** A field of a group that only newer firmware has. */
export interface Trailing {
  readonly group: SinceNode;
  /** Index of the field in its group. */
  readonly index: number;
  /** The fields around the group, and its index among them. */
  readonly around: readonly FieldNode[];
  readonly place: number;
}

/** Callbacks for the fields of a table during a walk. */
export interface Visitor {
  /** Whether it decodes values, so that a structure described by its own bytes can be followed. */
  readonly seesBytes: boolean;
  /**
   * Whether the walk fails where the offsets of the trailing fields are not known yet; default: it ends before them.
   */
  readonly wantsEnding?: boolean;
  /**
   * A field of `length` bytes at `offset`. Puts its values into `scope.values` where later fields depend on them.
   * `count`: how many numbers a list of nibbles has; 0 for all other fields.
   */
  leaf(leaf: LeafNode, offset: number, length: number, scope: Scope, count: number): void;
  /** Whether a field that only newer firmware has is there. */
  isThere(trailing: Trailing, offset: number, scope: Scope): boolean;
  /** Whether an array has an element beyond those every firmware has. */
  hasElement(array: ArrayNode, index: number, offset: number, scope: Scope): boolean;
  /** Number of bytes, at most `max`, of a field that ends the table. */
  extent(leaf: OpaqueNode, offset: number, max: number, scope: Scope): number;
  /** A structure begins; the visitor may prepare the scope's values. */
  enter?(scope: Scope): void;
  block?(offset: number, length: number): void;
  /** Filler bytes before the next field. */
  skip?(offset: number, length: number): void;
}

/** A table's longest offset takes three bytes. [MEP p.11] */
const MAX_OFFSET = 0xffffff;
const MAX_COUNT = 0xffff;
/**
 * Corrupt dimensions may define nested arrays of empty elements. No table has more elements than the longest load
 * profile.
 */
const MAX_ELEMENTS = 0x3ffff;

/**
 * Walks a table's structure in the order of its bytes; the decoder, the encoder and the layout are visitors.
 * @returns the offset after the last field.
 * @throws DecodeError `dimensions-missing`, `value-out-of-range`, and what the visitor throws.
 */
export function walkTable(table: TableDescription, dims: Dimensions, visitor: Visitor, values: TableValues): number {
  const walk = new Walk(table, dims, visitor);
  walk.fields(table.fields, { parent: undefined, name: '', index: null, tier: null, isBare: false, values });
  return walk.offset;
}

/** The path of a field in its table: `tiers[2].summations[5]`. */
export function pathOf(scope: Scope, name: string): string {
  if (scope.parent === undefined) return name;
  const step = scope.index === null ? scope.name : elementPath(scope.name, scope.index);
  return pathOf(scope.parent, joinPath(step, name));
}

class Walk {
  offset = 0;
  /** True after a trailing field was missing, so that all later fields are missing too. */
  #ended = false;
  #elements = 0;
  readonly #table: TableDescription;
  readonly #dims: Dimensions;
  readonly #visitor: Visitor;

  constructor(table: TableDescription, dims: Dimensions, visitor: Visitor) {
    this.#table = table;
    this.#dims = dims;
    this.#visitor = visitor;
  }

  fields(fields: readonly FieldNode[], scope: Scope): void {
    for (let place = 0; place < fields.length && !this.#ended; place++) {
      const field = fields[place] as FieldNode;
      if (field.kind === 'since') this.#since(field, fields, place, scope);
      else this.#field(field, scope);
    }
  }

  #field(field: Exclude<FieldNode, SinceNode>, scope: Scope): void {
    switch (field.kind) {
      case 'array':
        this.#array(field, scope);
        return;
      case 'sequence':
        this.#sequence(field, scope);
        return;
      case 'record':
        this.#record(field, scope);
        return;
      case 'when':
        if (this.#number(field.condition, scope) !== 0) this.fields(field.fields, scope);
        return;
      case 'block': {
        const start = this.offset;
        this.fields(field.fields, scope);
        this.#visitor.block?.(start, this.offset - start);
        return;
      }
      case 'seek':
        this.#skipTo(this.#number(field.offset, scope), scope);
        return;
      case 'selfSized':
        this.#selfSized(field, scope);
        return;
      case 'rest':
        this.#ended = true;
        return;
      default: {
        const count = field.kind === 'nibbles' ? this.#number(field.count, scope) : 0;
        const length = fixedBytes(field, count) ?? this.#lengthOf(field, scope);
        this.#visitor.leaf(field, this.offset, length, scope, count);
        this.#advance(length, scope);
      }
    }
  }

  #lengthOf(leaf: LeafNode, scope: Scope): number {
    if (!('length' in leaf)) return 0;
    const length = this.#number(leaf.length, scope);
    if (leaf.kind !== 'opaque' || !leaf.isOpenEnded) return length;
    return this.#visitor.extent(leaf, this.offset, length, scope);
  }

  #array(array: ArrayNode, scope: Scope): void {
    const count = this.#number(array.count, scope);
    const elements: FieldValue[] = [];
    const [only] = array.element;
    const isBare = only !== undefined && array.element.length === 1 && 'name' in only && only.name === '';
    for (let index = 0; index < count && !this.#ended; index++) {
      const isCertain = array.growth === null || index < array.growth.from;
      if (!isCertain && !this.#visitor.hasElement(array, index, this.offset, scope)) break;
      const tier = array.tiers ? index + 1 : scope.tier;
      const element: Scope = { parent: scope, name: array.name, index, tier, isBare, values: {} };
      if (++this.#elements > MAX_ELEMENTS) throw outOfRange(this.#table.name, pathOf(element, ''), 'too many elements');
      this.#visitor.enter?.(element);
      this.#structure(array.element, array.size, element);
      elements.push(isBare ? (element.values[''] ?? null) : element.values);
    }
    scope.values[array.name] = elements;
  }

  #sequence(sequence: SequenceNode, scope: Scope): void {
    const until = this.#number(sequence.until, scope);
    const elements: TableValues[] = [];
    while (this.offset < until && !this.#ended) {
      const before = this.offset;
      const index = elements.length;
      const element: Scope = { parent: scope, name: sequence.name, index, tier: scope.tier, isBare: false, values: {} };
      this.#visitor.enter?.(element);
      this.fields(sequence.element, element);
      if (this.offset === before) throw outOfRange(this.#table.name, pathOf(element, ''), 'has no bytes');
      elements.push(element.values);
    }
    if (this.offset > until) throw outOfRange(this.#table.name, pathOf(scope, sequence.name), `ends behind ${until}`);
    scope.values[sequence.name] = elements;
  }

  #selfSized(node: SelfSizedNode, scope: Scope): void {
    const end = this.offset + this.#number(node.max, scope);
    if (!this.#visitor.seesBytes) this.#skipTo(end, scope);
    else this.fields(node.fields, scope);
    if (this.offset > end) throw outOfRange(this.#table.name, pathOf(scope, ''), 'its fields are longer than itself');
  }

  #record(record: RecordNode, scope: Scope): void {
    const inner: Scope = { parent: scope, name: record.name, index: null, tier: scope.tier, isBare: false, values: {} };
    this.#visitor.enter?.(inner);
    this.#structure(record.fields, record.size, inner);
    scope.values[record.name] = inner.values;
  }

  /** Walks the fields, then skips to the declared size, which may be one of those fields. */
  #structure(fields: readonly FieldNode[], size: Expression | null, scope: Scope): void {
    const start = this.offset;
    try {
      this.fields(fields, scope);
    } catch (error) {
      // A structure of known size is skipped where its bytes are missing.
      if (size === null || this.#visitor.seesBytes || !isOwnBytesMissing(error, this.#table)) throw error;
    }
    if (size !== null && !this.#ended) this.#skipTo(start + this.#number(size, scope), scope);
  }

  #since(group: SinceNode, around: readonly FieldNode[], place: number, scope: Scope): void {
    for (let index = 0; index < group.fields.length && !this.#ended; index++) {
      if (!this.#visitor.isThere({ group, index, around, place }, this.offset, scope)) this.#ended = true;
      else if (group.firmware === null) this.#ending(group.fields[index] as FieldNode, scope);
      else this.fields([group.fields[index] as FieldNode], scope);
    }
  }

  #ending(field: FieldNode, scope: Scope): void {
    try {
      this.fields([field], scope);
    } catch (error) {
      if (this.#visitor.wantsEnding === true || !isOwnBytesMissing(error, this.#table)) throw error;
      this.#ended = true;
    }
  }

  #skipTo(offset: number, scope: Scope): void {
    const length = offset - this.offset;
    if (length < 0) throw outOfRange(this.#table.name, pathOf(scope, ''), 'its fields are longer than itself');
    this.#visitor.skip?.(this.offset, length);
    this.#advance(length, scope);
  }

  #advance(length: number, scope: Scope): void {
    this.offset += length;
    if (this.offset > MAX_OFFSET) throw outOfRange(this.#table.name, pathOf(scope, ''), 'beyond the longest table');
  }

  #number({ tree, text }: Expression, scope: Scope): number {
    const value =
      tree.kind === 'number'
        ? tree.value
        : tree.kind === 'name'
          ? this.#named(tree, text, scope)
          : evaluate(tree, (name) => this.#named(name, text, scope));
    // The guide subtracts constants from counts, which may be smaller in a meter, or zero.
    if (tree.kind === 'operation' && value < 0) return 0;
    if (!Number.isInteger(value) || value < 0 || value > MAX_COUNT) {
      throw outOfRange(this.#table.name, pathOf(scope, ''), `${text} gives ${value}`);
    }
    return value;
  }

  #named({ table, field, steps, otherwise }: NameTree, text: string, scope: Scope): number {
    return table === null ? this.#own(field, scope, text) : this.#dimension(table, field, steps, otherwise, scope);
  }

  #own(field: string, scope: Scope, text: string): number {
    for (let at: Scope | undefined = scope; at !== undefined; at = at.parent) {
      if (field === 'index' && at.index !== null) return at.index;
      const value = at.values[field];
      if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
      // A field without a value hides a field of the same name in the structure around it.
      if (value !== undefined) break;
    }
    throw this.#missing(this.#table.name, field, `${text} needs bytes of the table itself`);
  }

  #dimension(table: string, field: string, steps: readonly PathStep[], otherwise: number | null, scope: Scope): number {
    const values = this.#dims[table];
    let value = values?.[field];
    for (const name of steps) value = stepInto(value, this.#step(name, scope));
    if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
    if (Array.isArray(value)) return value.length;
    if (values !== undefined && otherwise !== null) return otherwise;
    const path = steps.reduce<string>((before, name) => {
      const step = this.#step(name, scope);
      return typeof step === 'number' ? elementPath(before, step) : joinPath(before, step);
    }, field);
    throw this.#missing(table, path, `${table}.${path} is not known`);
  }

  #step(name: PathStep, scope: Scope): PathStep {
    return name === 'index' ? this.#own('index', scope, 'index') : name;
  }

  #missing(needs: string, field: string, why: string): DecodeError {
    return new DecodeError('dimensions-missing', `${this.#table.name} cannot be laid out: ${why}`, {
      values: { table: this.#table.name, field: `${needs}.${field}`, needs },
    });
  }
}

/** Whether a table could not be laid out because bytes of the table itself are missing. */
export function isOwnBytesMissing(error: unknown, table: TableDescription): boolean {
  return error instanceof DecodeError && error.code === 'dimensions-missing' && error.values['needs'] === table.name;
}

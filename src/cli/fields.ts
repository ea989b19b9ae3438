import {
  type Dimensions,
  type Facts,
  type FieldNode,
  type FieldValue,
  layoutOf,
  decodeTable,
  type TableDescription,
  type TableValues,
} from '../index.js';

/** One field of a table, as a line that people read. */
export interface FieldRow {
  /** `tiers[0].summations[3]` */
  readonly path: string;
  readonly value: FieldValue;
  readonly unit: string;
  /** What the guide says that the value means, or `''`. */
  readonly meaning: string;
}

const known = new WeakMap<TableDescription, Map<string, Facts>>();

/** What the description says about each field, by its path without indices, in the table's order. */
export function factsOf(table: TableDescription): ReadonlyMap<string, Facts> {
  let facts = known.get(table);
  if (facts === undefined) {
    facts = new Map();
    collect(table.fields, '', facts);
    known.set(table, facts);
  }
  return facts;
}

function collect(nodes: readonly FieldNode[], prefix: string, facts: Map<string, Facts>): void {
  for (const node of nodes) {
    const path = 'name' in node ? joined(prefix, node.name) : prefix;
    if ('parts' in node) for (const part of node.parts) facts.set(joined(path, part.name), part.facts);
    if ('head' in node) for (const part of node.head) facts.set(joined(prefix, part.name), part.facts);
    if ('fields' in node) collect(node.fields, path, facts);
    else if ('element' in node) collect(node.element, path, facts);
    else if ('facts' in node) facts.set(path, node.facts);
  }
}

function joined(prefix: string, name: string): string {
  if (name === '') return prefix;
  return prefix === '' ? name : `${prefix}.${name}`;
}

/** Every field of decoded values, in order; a list of plain values is one row. */
export function fieldRows(table: TableDescription, values: TableValues): FieldRow[] {
  const rows: FieldRow[] = [];
  const visit = (path: string, value: FieldValue): void => {
    if (Array.isArray(value) && value.some(isStructure)) {
      for (const [index, element] of value.entries()) visit(`${path}[${index}]`, element);
    } else if (isStructure(value)) {
      for (const [name, member] of Object.entries(value)) visit(joined(path, name), member);
    } else {
      rows.push(rowOf(table, path, value));
    }
  };
  visit('', values);
  return rows;
}

/**
 * The fields that lie wholly within a part of a table.
 * @throws DecodeError `dimensions-missing`, `value-out-of-range`
 */
export function partialFieldRows(
  table: TableDescription,
  bytes: Uint8Array,
  offset: number,
  dims: Dimensions,
): FieldRow[] {
  const { size, fields } = layoutOf(table, dims);
  const end = Math.min(offset + bytes.length, size);
  // Each field is decoded by its own description: in its place, in an image that is empty otherwise.
  const image = new Uint8Array(size);
  if (offset < size) image.set(bytes.subarray(0, end - offset), offset);
  const values = decodeTable(table, image, dims);
  const rows: FieldRow[] = [];
  for (const [path, span] of fields) {
    const value = span.offset >= offset && span.offset + span.length <= end ? valueAt(values, path) : undefined;
    if (value !== undefined) rows.push(rowOf(table, path, value));
  }
  return rows;
}

function valueAt(values: TableValues, path: string): FieldValue | undefined {
  let value: FieldValue | undefined = values;
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isStructure(value)) value = value[step];
    else return undefined;
  }
  return value;
}

function rowOf(table: TableDescription, path: string, value: FieldValue): FieldRow {
  const facts = factsOf(table).get(path.replace(/\[\d+\]/g, ''));
  const meaning = typeof value === 'number' ? facts?.meanings?.[value] : undefined;
  return { path, value, unit: facts?.unit ?? '', meaning: meaning ?? '' };
}

function isStructure(value: FieldValue | undefined): value is TableValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value as people read it. */
export function valueText(value: FieldValue): string {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

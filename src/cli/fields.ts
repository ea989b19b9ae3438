import {
  attributesOf,
  describeKey,
  elementPath,
  type FieldValue,
  isStructure,
  joinPath,
  type PlacedRegister,
  type TableDescription,
  type TableValues,
  withoutIndexes,
} from '../internal.js';

/** One field of a table, as a row of text. */
export interface FieldRow {
  /** `tiers[0].summations[3]` */
  readonly path: string;
  readonly value: FieldValue;
  readonly unit: string;
  /** The meaning of the value in the guide, or `''`. */
  readonly meaning: string;
}

/**
 * Every field of decoded values, in order; a list of plain values is one row. A register has its scaled value and
 * its name.
 */
export function fieldRows(
  table: TableDescription,
  values: TableValues,
  registers: readonly PlacedRegister[] = [],
): FieldRow[] {
  const rows: FieldRow[] = [];
  const placed = new Map(registers.map((register) => [register.path, register]));
  const visit = (path: string, value: FieldValue): void => {
    const register = placed.get(path);
    if (register) {
      rows.push(registerRow(register));
    } else if (Array.isArray(value) && (value.some(isStructure) || placed.has(elementPath(path, 0)))) {
      for (const [index, element] of value.entries()) visit(elementPath(path, index), element);
    } else if (isStructure(value)) {
      for (const [name, member] of Object.entries(value)) visit(joinPath(path, name), member);
    } else {
      rows.push(rowOf(table, path, value));
    }
  };
  visit('', values);
  return rows;
}

function rowOf(table: TableDescription, path: string, value: FieldValue): FieldRow {
  const attributes = attributesOf(table).get(withoutIndexes(path));
  const meaning = typeof value === 'number' ? attributes?.meanings?.[value] : undefined;
  return { path, value, unit: attributes?.unit ?? '', meaning: meaning ?? '' };
}

function registerRow({ path, key, name, value, unit }: PlacedRegister): FieldRow {
  return { path, value, unit: value === null ? '' : (unit ?? ''), meaning: describeKey(key)?.label ?? name };
}

/** A value as text. */
export function valueText(value: FieldValue): string {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

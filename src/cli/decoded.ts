import {
  decodeReading,
  decodeTable,
  describeKey,
  type Dimensions,
  type Payload,
  type ReadingTable,
  type Register,
  type TableDescription,
  type TableValues,
} from '../index.js';
import { type FieldRow, fieldRows, partialFieldRows, valueText } from './fields.js';
import { tableText } from './layout-text.js';

/** What the bytes of a table mean. */
export type Decoded =
  | { readonly kind: 'registers'; readonly payload: Payload; readonly registers: readonly Register[] }
  | { readonly kind: 'values'; readonly values: TableValues; readonly rows: readonly FieldRow[] }
  | { readonly kind: 'fields'; readonly rows: readonly FieldRow[] };

export interface Extent {
  /** Where in the table the bytes begin. */
  readonly offset: number;
  /** false: a part, of which what is cut off at either end does not count. Left out: from its first byte on, as far as it goes. */
  readonly complete?: boolean | undefined;
}

/**
 * The values of a table, or of a part of it.
 * @throws DecodeError, UsageError `bad-offset`
 */
export function decodeBytes(table: TableDescription, bytes: Uint8Array, extent: Extent, dims: Dimensions): Decoded {
  const { offset, complete } = extent;
  if (isReadingTable(table.name)) {
    const options = { offset, dimensions: dims, ...(complete !== undefined && { complete }) };
    return { kind: 'registers', ...decodeReading(table.name, bytes, options) };
  }
  if (offset > 0 || complete === false) {
    return { kind: 'fields', rows: partialFieldRows(table, bytes, offset, dims) };
  }
  const values = decodeTable(table, bytes, dims);
  return { kind: 'values', values, rows: fieldRows(table, values) };
}

function isReadingTable(name: string): name is ReadingTable {
  return name === 'BT23' || name === 'BT28';
}

/** As it stands in JSON: `payload` and `registers`, or `values`, or `fields` by path for a part of a table. */
export function decodedJson(decoded: Decoded): Record<string, unknown> {
  switch (decoded.kind) {
    case 'registers':
      return { payload: decoded.payload, registers: decoded.registers };
    case 'values':
      return { values: decoded.values };
    case 'fields':
      return { fields: Object.fromEntries(decoded.rows.map(({ path, value }) => [path, value])) };
  }
}

/** As a table for people. */
export function decodedText(decoded: Decoded, isStyled: boolean): string {
  return decoded.kind === 'registers' ? registersText(decoded.registers, isStyled) : fieldsText(decoded.rows, isStyled);
}

function registersText(registers: readonly Register[], isStyled: boolean): string {
  const rows = registers.map(({ key, name, value, unit, obis, source, time }) => [
    describeKey(key)?.label ?? name,
    numberText(key, value),
    value === null ? '' : (unit ?? ''),
    obis ?? '',
    source === null ? '' : String(source),
    time ?? '',
  ]);
  const columns = [
    { heading: 'Register' },
    { heading: 'Value', isNumber: true },
    { heading: 'Unit' },
    { heading: 'OBIS' },
    { heading: 'Source', isNumber: true },
    { heading: 'Time' },
  ];
  return tableText(columns, rows, isStyled);
}

/** The values that were measured, without where they come from: for a screen that is looked at again and again. */
export function payloadText(payload: Payload, isStyled: boolean): string {
  const rows = Object.entries(payload)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [describeKey(key)?.label ?? key, numberText(key, value), describeKey(key)?.unit ?? '']);
  return tableText(
    [{ heading: 'Value of' }, { heading: 'Value', isNumber: true }, { heading: 'Unit' }],
    rows,
    isStyled,
  );
}

export function fieldsText(rows: readonly FieldRow[], isStyled: boolean): string {
  const columns = [{ heading: 'Field' }, { heading: 'Value' }, { heading: 'Unit' }, { heading: 'Meaning' }];
  return tableText(
    columns,
    rows.map(({ path, value, unit, meaning }) => [path, valueText(value), unit, meaning]),
    isStyled,
  );
}

/** With the decimals that the meter's number has, as long as that leaves nothing out. */
function numberText(key: string, value: number | null): string {
  if (value === null) return '-';
  const fixed = value.toFixed(describeKey(key)?.decimals ?? 0);
  return Number(fixed) === value ? fixed : String(value);
}

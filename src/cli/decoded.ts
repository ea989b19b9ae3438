import {
  decodeReading,
  decodeValues,
  describeKey,
  type Dimensions,
  isReadingTable,
  type Payload,
  type PlacedRegister,
  type Register,
  type TableDescription,
  type TableValues,
} from '../internal.js';
import { type FieldRow, fieldRows, valueText } from './fields.js';
import { tableText } from './layout-text.js';

/** What the bytes of a table mean. */
export type Decoded =
  | { readonly kind: 'reading'; readonly payload: Payload; readonly registers: readonly Register[] }
  | {
      readonly kind: 'values';
      readonly values: TableValues;
      readonly registers: readonly PlacedRegister[] | undefined;
      readonly rows: readonly FieldRow[];
    };

export interface Extent {
  /** Where in the table the bytes begin. */
  readonly offset: number;
  /** false: a byte range; incomplete fields at its ends are left out. Default: from the first byte of the table on. */
  readonly complete?: boolean | undefined;
}

/**
 * The values of a table, or of a part of it.
 * @throws DecodeError, UsageError `bad-offset`
 */
export function decodeBytes(table: TableDescription, bytes: Uint8Array, extent: Extent, dims: Dimensions): Decoded {
  const { offset, complete } = extent;
  const options = { offset, dimensions: dims, ...(complete !== undefined && { complete }) };
  if (isReadingTable(table.name)) return { kind: 'reading', ...decodeReading(table.name, bytes, options) };
  const { values, registers } = decodeValues(table.name, bytes, options);
  const isPart = complete === false || offset > 0;
  const rows = fieldRows(table, values, registers).filter(({ value }) => !isPart || value !== null);
  return { kind: 'values', values, registers, rows };
}

/** JSON form: `payload` and `registers` of a reading; `values`, and `registers` if any, of other tables. */
export function decodedJson(decoded: Decoded): Record<string, unknown> {
  const { registers } = decoded;
  if (decoded.kind === 'reading') return { payload: decoded.payload, registers };
  return { values: decoded.values, ...(registers && { registers }) };
}

/** Decoded values as a text table. */
export function decodedText(decoded: Decoded, isStyled: boolean): string {
  return decoded.kind === 'reading' ? registersText(decoded.registers, isStyled) : fieldsText(decoded.rows, isStyled);
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

/** The measured values without their registers, for a live screen. */
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

/** With the decimals of the register, unless that would drop digits. */
function numberText(key: string, value: number | null): string {
  if (value === null) return '-';
  const fixed = value.toFixed(describeKey(key)?.decimals ?? 0);
  return Number(fixed) === value ? fixed : String(value);
}

import { EVENT_TEXTS, type HistoryKind, type HistoryRecord } from '../internal.js';

/** Values of a record by column. */
export type HistoryRow = Readonly<Record<string, string | number | null>>;

/** The rows of a record: one, or one for each value of an M-Bus device. */
export function historyRows(
  what: HistoryKind,
  { payload, history, registers = [], meter }: HistoryRecord,
): HistoryRow[] {
  switch (what) {
    case 'intervals':
      return [
        {
          ...pick(history, 'start', 'end', 'quality'),
          flags: listText(history['flags']),
          ...pick(payload, ...Object.keys(payload)),
          ...usedIn(history['used']),
        },
      ];
    case 'billing':
      return [{ ...pick(history, 'sequence', 'at', 'local', 'season'), ...pick(payload, ...Object.keys(payload)) }];
    case 'events':
      return [
        {
          ...pick(payload, 'time', 'sequence', 'event'),
          name: EVENT_TEXTS[Number(payload['event'])] ?? null,
          sure: String(payload['sure']),
          ...pick(payload, 'argument', 'user'),
        },
      ];
    case 'outages':
      return [{ ...pick(payload, 'start', 'end', 'seconds', 'cause'), ...pick(history, 'source') }];
    case 'mbus':
      return registers.map((register) => ({
        ...pick(history, 'at'),
        ...pick(meter, 'serial', 'manufacturer', 'medium'),
        ...pick(register as Readonly<Record<string, unknown>>, ...REGISTER_COLUMNS),
      }));
  }
}

const REGISTER_COLUMNS = ['quantity', 'value', 'unit', 'function', 'storage', 'tariff', 'subunit', 'raw'];

/** Rows as CSV, with the names of the columns in front. */
export class HistoryCsv {
  #columns: readonly string[] | undefined;

  /** Lines for further rows; those of the first ones begin with the names. */
  lines(rows: readonly HistoryRow[]): string {
    const [first] = rows;
    if (first === undefined) return '';
    const isFirst = this.#columns === undefined;
    const columns = (this.#columns ??= Object.keys(first));
    const lines = rows.map((row) => columns.map((column) => csvCell(row[column] ?? '')).join(','));
    return [...(isFirst ? [columns.join(',')] : []), ...lines].map((line) => `${line}\n`).join('');
  }
}

function pick(from: Readonly<Record<string, unknown>>, ...names: readonly string[]): HistoryRow {
  return Object.fromEntries(names.map((name) => [name, cellOf(from[name])]));
}

function usedIn(used: unknown): HistoryRow {
  const entries = Object.entries((used ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([key, value]) => [`used${key.slice(0, 1).toUpperCase()}${key.slice(1)}`, cellOf(value)]),
  );
}

function cellOf(value: unknown): string | number | null {
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}

function listText(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : '';
}

function csvCell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  // A spreadsheet would take a text that begins like a formula for one.
  const text = /^[=+\-@]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition, FormatMessage } from '../format.js';
import { plainWriter } from '../history-writer.js';
import { formatOfRows, type Row, rowOfEntry } from './columns.js';

/** The row as named values, whose names are the same in every message; null where the reading has nothing. */
export type SqlRow = Readonly<Record<string, string | number | null>>;

const entries = (row: SqlRow, prefix: string): SqlRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [`${prefix}${name}`, value]));

function messageOf({ at, serial, values }: Row): FormatMessage & { params: SqlRow; queryParameters: SqlRow } {
  const payload: SqlRow = {
    ts: new Date(at).toISOString(),
    serial,
    ...Object.fromEntries([...values].map(([{ name }, value]) => [name, value])),
  };
  return { payload, params: entries(payload, '$'), queryParameters: payload };
}

/**
 * A row of a database for each reading, and for each interval and billing read of the history: `payload`, and the same as
 * parameters of a statement: `params` with `$` before each name as SQLite's node takes them, `queryParameters` as
 * PostgreSQL's does. The time is ISO 8601 in UTC.
 */
export const sql: FormatDefinition = {
  name: 'sql',
  defaults: FORMAT_SETTINGS.sql,
  create: () => ({
    ...formatOfRows(messageOf),
    history: () => plainWriter((records) => records.flatMap((entry) => rowOfEntry(entry) ?? []).map(messageOf)),
  }),
};

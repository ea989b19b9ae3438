import { FORMAT_SETTINGS } from '../format-settings.js';
import type { FormatDefinition } from '../format.js';
import { formatOfRows } from './columns.js';

/** The row as named values, whose names are the same in every message; null where the reading has nothing. */
export type SqlRow = Readonly<Record<string, string | number | null>>;

const entries = (row: SqlRow, prefix: string): SqlRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [`${prefix}${name}`, value]));

/**
 * A row of a database for each reading: `payload`, and the same for the parameters of a statement: `params` with `$` before
 * each name as SQLite's node takes them, `queryParameters` as PostgreSQL's does. The time is ISO 8601 in UTC.
 */
export const sql: FormatDefinition = {
  name: 'sql',
  defaults: FORMAT_SETTINGS.sql,
  create: () =>
    formatOfRows((row) => {
      const payload: SqlRow = {
        ts: new Date(row.at).toISOString(),
        serial: row.serial,
        ...Object.fromEntries([...row.values].map(([{ name }, value]) => [name, value])),
      };
      return { payload, params: entries(payload, '$'), queryParameters: payload };
    }),
};

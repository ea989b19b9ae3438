import { createRequire } from 'node:module';

export type SqliteValue = string | number | null;
export type SqliteRow = Readonly<Record<string, SqliteValue>>;

/** The used part of SQLite compiled to WebAssembly, which has no types. Parameters are named with their `$`. */
export interface SqliteDatabase {
  run(sql: string, parameters?: object): unknown;
  all(sql: string): SqliteRow[];
  close(): void;
}

const { Database } = createRequire(__filename)('node-sqlite3-wasm') as {
  Database: new (path?: string) => SqliteDatabase;
};

/** A real SQLite database, in memory. */
export function sqliteInMemory(): SqliteDatabase {
  return new Database();
}

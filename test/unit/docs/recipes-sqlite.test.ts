import assert from 'node:assert/strict';
import { recipe } from '../../support/docs/recipes.js';
import { readExample } from '../../support/node-red/examples.js';
import { type SqliteDatabase, sqliteInMemory, type SqliteRow } from '../../support/sinks/sqlite.js';

const nodes = readExample('22-sqlite.json');
const sqlOf = (id: string): string => String(nodes.find((node) => node.id === id)?.['sql']);
const COLUMNS = [...sqlOf('nes22_insert').matchAll(/\$(\w+)/g)].map(([name]) => name);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('Queries of the pages for SQLite', () => {
  let database: SqliteDatabase;
  beforeEach(() => {
    database = sqliteInMemory();
    database.run(sqlOf('nes22_create'));
  });
  afterEach(() => {
    database.close();
  });

  /** A row as `mep-format` gives it: every column is there, null where the reading has nothing. */
  function add(serial: string, at: number, values: Record<string, number>): void {
    const empty = Object.fromEntries(COLUMNS.map((name) => [name, null]));
    const named = Object.fromEntries(Object.entries(values).map(([name, value]) => [`$${name}`, value]));
    database.run(sqlOf('nes22_insert'), { ...empty, $serial: serial, $ts: new Date(at).toISOString(), ...named });
  }

  /** Two meters that are read each ten minutes; one uses a kWh an hour, the other two. Power is read in between. */
  function addReadings(from: number, hours: number): void {
    for (let minutes = 0; minutes < hours * 60; minutes += 10) {
      const at = from + minutes * MINUTE_MS;
      add('A', at + 5_000, { energy_import_wh: 1_000_000 + Math.round((minutes * 1_000) / 60) });
      add('B', at + 6_000, { energy_import_wh: 50_000 + Math.round((minutes * 2_000) / 60) });
      add('A', at + 8_000, { power_w: 1_000, l1_current_a: 4 });
      add('B', at + 9_000, { power_w: 2_000 });
    }
  }

  const sumOf = (rows: readonly SqliteRow[], serial: string): number =>
    rows.filter((row) => row['serial'] === serial).reduce((sum, row) => sum + Number(row['import_kwh']), 0);

  /** Midnight of UTC some days ago: the queries count from now. */
  const daysAgo = (days: number): number => Math.floor(Date.now() / (24 * HOUR_MS)) * 24 * HOUR_MS - days * 24 * HOUR_MS;

  for (const [place, sql] of [
    ['page', recipe('docs/DATABASES.md', 'SQLite: a file, no server')],
    ['example', sqlOf('nes22_days')],
  ] as const) {
    it(`give each day its energy, of each meter, in the ${place}`, () => {
      addReadings(daysAgo(3), 72);
      const rows = database.all(sql);
      assert.equal(rows.length, 6, 'three days of two meters');
      const dayOf = (serial: string): number[] =>
        rows.filter((row) => row['serial'] === serial).map((row) => Number(row['import_kwh']));
      // The newest first; the first day counts from its first reading, so ten minutes are missing.
      assert.deepEqual(
        dayOf('A').map((kwh) => Math.round(kwh * 6)),
        [144, 144, 143],
      );
      assert.ok(Math.abs(sumOf(rows, 'B') - (72 * 2 - 2 / 6)) < 0.01, 'nothing between two days is lost');
    });
  }

  it('show the last quarter of an hour of each meter, minute by minute', () => {
    const now = Date.now();
    for (let minutes = 30; minutes >= 0; minutes--) {
      add('A', now - minutes * MINUTE_MS, { power_w: 400 + minutes, l1_current_a: 2 });
      add('B', now - minutes * MINUTE_MS, { power_w: -300 });
      add('B', now - minutes * MINUTE_MS + 1_000, { energy_import_wh: 5_000 });
    }
    const rows = database.all(recipe('docs/DATABASES.md', 'SQLite: a file, no server', 2));
    const of = (serial: string): SqliteRow[] => rows.filter((row) => row['serial'] === serial);
    assert.ok(of('A').length === 15 || of('A').length === 16, `${of('A').length} minutes`);
    assert.deepEqual([of('A').at(-1)?.['watts'], of('A').at(-1)?.['amperes_l1']], [400, 2]);
    assert.ok(of('B').every((row) => row['watts'] === -300 && row['amperes_l1'] === null));
  });

  it('give each hour its energy, with intervals that end at its border', () => {
    const from = Date.parse('2026-03-01T22:00:00Z');
    for (let quarter = 0; quarter <= 16; quarter++) {
      const ts = from + quarter * 15 * MINUTE_MS;
      add('A', ts, { energy_import_wh: 1_000 + quarter * 250 });
      add('B', ts, { energy_import_wh: 9_000 + quarter * 500 });
      add('B', ts + 1_000, { power_w: 1 });
    }
    const rows = database.all(recipe('docs/HISTORY.md', 'Into a database'));
    const of = (serial: string): unknown[] => rows.filter((row) => row['serial'] === serial).map((row) => row['import_kwh']);
    assert.deepEqual(of('A'), [null, 1, 1, 1, 1]);
    assert.deepEqual(of('B'), [null, 2, 2, 2, 2]);
    assert.deepEqual(
      rows.filter((row) => row['serial'] === 'A').map((row) => row['hour']),
      ['2026-03-01 21:00', '2026-03-01 22:00', '2026-03-01 23:00', '2026-03-02 00:00', '2026-03-02 01:00'],
    );
  });

  it('find holes of each meter, and none that the other one fills', () => {
    const from = Date.parse('2026-03-01T22:00:00Z');
    for (let quarter = 0; quarter <= 8; quarter++) {
      const ts = from + quarter * 15 * MINUTE_MS;
      if (quarter !== 4) add('A', ts, { energy_import_wh: 1_000 + quarter });
      add('A', ts + 60_000, { power_w: 5 });
      add('B', ts, { energy_import_wh: 2_000 + quarter });
    }
    assert.deepEqual(
      database.all(recipe('docs/HISTORY.md', 'Into a database', 2)).map((row) => ({ ...row })),
      [{ serial: 'A', hole_begins: '2026-03-01T22:45:00.000Z', hole_ends: '2026-03-01T23:15:00.000Z' }],
    );
  });
});

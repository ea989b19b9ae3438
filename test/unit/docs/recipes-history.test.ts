import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { csvHeader } from '../../../src/publish/rows/index.js';
import { recipe } from '../../support/docs/recipes.js';
import { marchOfTwoMeters, MARCH_DAYS, MARCH_KWH } from '../../support/docs/march.js';
import { readExample } from '../../support/node-red/examples.js';

const ROOT = join(__dirname, '../../..');

/** Rows of a query in a process whose time zone is Denmark's: `localtime` of SQLite is that of its process. */
function rowsInDenmark(query: string): readonly Record<string, unknown>[] {
  const sqlOf = (id: string): string => String(readExample('22-sqlite.json').find((node) => node.id === id)?.['sql']);
  const insert = 'INSERT INTO meter_readings (ts, serial, energy_import_wh, power_w) VALUES (?, ?, ?, ?)';
  const program = `
    const { create, insert, rows, query } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
    const { Database } = require('node-sqlite3-wasm');
    const database = new Database();
    database.run(create);
    const statement = database.prepare(insert);
    for (const row of rows) statement.run(row);
    statement.finalize();
    process.stdout.write(JSON.stringify(database.all(query)));`;
  const rows = marchOfTwoMeters().map(({ serial, at, wattHours, watts }) => [
    new Date(at).toISOString(),
    serial,
    wattHours,
    watts,
  ]);
  const input = JSON.stringify({ create: sqlOf('nes22_create'), insert, rows, query });
  const options = { input, cwd: ROOT, encoding: 'utf8', env: { ...process.env, TZ: 'Europe/Copenhagen' } } as const;
  return JSON.parse(execFileSync(process.execPath, ['-e', program], options)) as Record<string, unknown>[];
}

describe('Queries of the page about history', () => {
  it('give each local day its energy in SQLite, of 23 hours too', () => {
    const rows = rowsInDenmark(recipe('docs/HISTORY.md', 'Bars of a day and a month'));
    for (const [serial, days] of MARCH_DAYS) {
      const found = rows.filter((row) => row['serial'] === serial && days.has(String(row['day'])));
      assert.ok(found.length > 10);
      for (const row of found) assert.equal(row['import_kwh'], days.get(String(row['day'])), String(row['day']));
      assert.equal(days.get('2026-03-29'), serial === 'A' ? 23 : 46, 'the day with 23 hours');
      assert.ok(found.some((row) => row['day'] === '2026-03-29'));
    }
  });

  it('give each local month its energy in SQLite', () => {
    const rows = rowsInDenmark(recipe('docs/HISTORY.md', 'Bars of a day and a month', 2));
    const march = rows.filter((row) => row['month'] === '2026-03');
    assert.deepEqual(
      new Map(march.map((row) => [row['serial'], row['import_kwh']])),
      MARCH_KWH,
    );
  });

  it('add up the intervals of a CSV file by month', () => {
    const directory = mkdtempSync(join(tmpdir(), 'recipe-'));
    const row = (start: string, end: string, used: number): string => `${start},${end},A,15,${used},0,${1_000 + used},0,ok`;
    const lines = [
      csvHeader('comma', 'intervals'),
      row('2026-03-31 23:45:00', '2026-04-01 00:00:00', 500),
      row('2026-04-01 00:00:00', '2026-04-01 00:15:00', 250),
      row('2026-04-01 00:15:00', '2026-04-01 00:30:00', 1_000),
      '2026-04-01 00:30:00,2026-04-01 00:45:00,A,15,,,,,untrusted',
    ];
    try {
      writeFileSync(join(directory, 'nes-intervals.csv'), `${lines.join('\n')}\n`);
      const command = recipe('docs/HISTORY.md', 'Into a CSV file');
      const text = execFileSync('sh', ['-c', command], { cwd: directory, encoding: 'utf8' });
      assert.equal(text, '2026-03 0.5\n2026-04 1.25\n');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

import assert from 'node:assert/strict';
import type { Format } from '../../../src/publish/format.js';
import { historyEntriesOf } from '../../../src/publish/history-entry.js';
import { csvHeader } from '../../../src/publish/rows/index.js';
import { throwsWith } from '../../support/assert-error.js';
import { recipe } from '../../support/docs/recipes.js';
import { readExample } from '../../support/node-red/examples.js';
import { decoded, SERIAL } from '../../support/readings/decoded.js';
import { formatOf, formatted } from '../../support/readings/format-stage.js';
import { billing, interval, intervals, listOf } from '../../support/readings/history.js';
import { sqliteInMemory } from '../../support/sinks/sqlite.js';

const NOW = new Date('2025-12-02T00:00:00Z');

/** The messages of a format for messages of history, one after the other, with what it keeps at the end. */
function written(format: Format, messages: readonly object[], kept?: unknown): { out: object[]; kept: unknown } {
  let writer = format.history?.(kept);
  const out: object[] = [];
  for (const message of messages) {
    const step = writer?.write(historyEntriesOf(message, { serial: '' }), NOW);
    writer = step?.writer;
    out.push(...(step?.messages ?? []));
  }
  return { out, kept: writer?.kept };
}
const payloads = (out: readonly object[]): unknown[] => out.map((message) => (message as { payload: unknown }).payload);
const DAY = intervals('2025-11-30T23:15:00Z', 96);

describe('Records of history', () => {
  it('are checked: a serial number, times, and values that are numbers', () => {
    const good = interval('2025-12-01T00:00:00Z');
    const { history } = good;
    for (const bad of [
      { ...good, meter: {} },
      { ...good, history: { ...history, end: 'soon' } },
      { ...good, history: { ...history, minutes: '15' } },
      { ...good, payload: { activeEnergyImport: 'much' } },
      { ...good, payload: { activeEnergyImport: Number.NaN } },
      billing(null, 100),
    ]) {
      throwsWith(() => historyEntriesOf(bad, { serial: '' }), 'bad-payload');
    }
    assert.equal(historyEntriesOf({ ...good, meter: {} }, { serial: '9' })[0]?.id, '9');
  });

  it('of events, outages and M-Bus devices are no rows', () => {
    for (const kind of ['event', 'outage', 'mbus', 'constructor']) {
      throwsWith(
        () => historyEntriesOf({ payload: {}, history: { kind }, meter: { serial: '1' } }, { serial: '' }),
        'history-not-live',
      );
    }
  });

  it('are none where the message is a reading or a request for history', () => {
    const request = { payload: 1, history: { from: '2025-11-30T00:00:00Z', to: '2025-12-01T00:00:00Z' } };
    assert.deepEqual(historyEntriesOf({ payload: { activePower: 1 } }, { serial: '' }), []);
    assert.deepEqual(historyEntriesOf(request, { serial: '' }), []);
  });
});

describe('Rows of history', () => {
  it('have energies only, at the end of the interval, in the series of live readings', () => {
    const { out } = written(formatOf('influx'), [interval('2025-12-01T00:00:00Z', { total: 4102.118 })]);
    const ns = `${Date.parse('2025-12-01T00:00:00Z')}000000`;
    assert.deepEqual(payloads(out), [`nes,serial=${SERIAL} energy_import_wh=4102118i,energy_export_wh=7500i ${ns}`]);
  });

  it('come from a list in one message for InfluxDB, and one by one for SQL', () => {
    const lines = String(payloads(written(formatOf('influx'), [listOf(DAY)]).out)[0]).split('\n');
    assert.deepEqual(lines, payloads(written(formatOf('influx'), DAY).out));
    assert.equal(lines.length, 96);
    assert.deepEqual(written(formatOf('sql'), [listOf(DAY)]).out, written(formatOf('sql'), DAY).out);
  });

  it('bring every column as a parameter, null where it is no energy', () => {
    const [row] = written(formatOf('sql'), [interval('2025-12-01T00:00:00Z')]).out as Record<
      string,
      Record<string, unknown>
    >[];
    assert.deepEqual(row?.['queryParameters'], row?.['payload']);
    assert.equal(row?.['params']?.['$energy_import_wh'], 100_000);
    assert.equal(row['payload']?.['ts'], '2025-12-01T00:00:00.000Z');
    assert.equal(row['payload']['power_w'], null);
    assert.equal(row['payload']['l1_voltage_v'], null);
  });

  it('are not made of an interval without a good value', () => {
    const none = interval('2025-12-01T00:00:00Z', { total: null, exported: null, used: null, quality: 'untrusted' });
    for (const format of ['influx', 'sql', 'csv']) assert.deepEqual(written(formatOf(format), [none]).out, []);
  });

  it('are made of billing reads at their time', () => {
    const { out } = written(formatOf('sql'), [billing('2025-11-30T23:00:00Z', 4_100)]);
    const [row] = payloads(out) as Record<string, unknown>[];
    assert.deepEqual([row?.['ts'], row?.['energy_import_wh']], ['2025-11-30T23:00:00.000Z', 4_100_000]);
  });
});

describe('A CSV file of history', () => {
  const rowsOf = (out: readonly object[]): string[] => payloads(out).flatMap((payload) => String(payload).split('\n'));

  for (const rows of ['readings', 'intervals']) {
    it(`has each interval once, however often it comes: ${rows}`, () => {
      const format = formatOf('csv', { rows });
      const first = written(format, DAY);
      assert.equal(new Set(rowsOf(first.out)).size, 96);
      const again = JSON.parse(JSON.stringify(first.kept)) as unknown;
      const later = intervals('2025-12-01T23:15:00Z', 4, { total: 109.6 });
      const second = written(format, [...DAY.slice(90), listOf(DAY), ...later, ...later], again);
      assert.equal(rowsOf(second.out).length, 4);
    });

    it(`leaves out what its file has, whatever it remembers: ${rows}`, () => {
      const format = formatOf('csv', { rows, file: '/data/nes.csv', style: 'semicolon' });
      const lines = rowsOf(written(format, DAY).out);
      const file = [format.file?.heading ?? '', ...lines.slice(0, 50)];
      const { out } = written(format, DAY, format.file?.keptOf(file));
      assert.deepEqual(rowsOf(out), lines.slice(50));
    });
  }

  it('takes a row that was cut off for none', () => {
    const format = formatOf('csv', { file: 'nes.csv' });
    const [line = ''] = rowsOf(written(format, DAY.slice(0, 1)).out);
    for (let length = 0; length < line.length; length++) {
      const cells = line.slice(0, length).split(',').length;
      if (cells === line.split(',').length) continue;
      assert.deepEqual(rowsOf(written(format, DAY.slice(0, 1), format.file?.keptOf([line.slice(0, length)])).out), [
        line,
      ]);
    }
  });

  it('keeps meters apart, those with a separator in the serial number too', () => {
    const format = formatOf('csv', { file: 'nes.csv' });
    const both = ['A,1', 'A,2', '=1'].map((serial) => interval('2025-12-01T00:00:00Z', { serial }));
    const { out } = written(format, both);
    assert.equal(rowsOf(out).length, 3);
    assert.deepEqual(written(format, both, format.file?.keptOf(rowsOf(out))).out, []);
  });

  it('fills what was left out before, older or within a hole', () => {
    const format = formatOf('csv');
    const some = written(format, [...DAY.slice(30, 40), ...DAY.slice(60, 70)]);
    const rest = written(format, DAY, some.kept);
    assert.equal(rowsOf(rest.out).length, 76);
    assert.deepEqual(written(format, DAY, rest.kept).out, []);
  });

  it('of intervals has begin, end, energy and quality under their names', () => {
    const header = csvHeader('comma', 'intervals');
    assert.equal(
      header,
      'start_utc,end_utc,serial,minutes,used_import_wh,used_export_wh,energy_import_wh,energy_export_wh,quality',
    );
    const format = formatOf('csv', { rows: 'intervals' });
    const none = { total: null, used: null, exported: null, quality: 'untrusted' };
    const { out } = written(format, [interval('2025-12-01T00:00:00Z'), interval('2025-12-01T00:15:00Z', none)]);
    assert.deepEqual(rowsOf(out), [
      `2025-11-30 23:45:00,2025-12-01 00:00:00,${SERIAL},15,100,0,100000,7500,ok`,
      `2025-12-01 00:00:00,2025-12-01 00:15:00,${SERIAL},15,,,,,untrusted`,
    ]);
  });

  it('of readings has the columns of live readings', () => {
    const [line = ''] = rowsOf(written(formatOf('csv'), DAY.slice(0, 1)).out);
    assert.equal(line.split(',').length, csvHeader('comma').split(',').length);
    assert.match(line, /^2025-11-30 23:15:00,83334000001,100000,7500,,,/);
  });

  it('refuses rows that there are not, and live readings among intervals', () => {
    throwsWith(() => formatOf('csv', { rows: 'days' }), 'bad-setting');
    assert.equal(formatOf('csv', { rows: 'intervals' }).onReading, undefined);
  });
});

describe('A database of history and live readings', () => {
  const statement = (id: string): string =>
    String(readExample('22-sqlite.json').find((node) => node.id === id)?.['sql']);
  const paramsOf = (out: readonly object[]): object[] => out.map((message) => (message as { params: object }).params);

  it('has the same rows after the same import twice, and the values of both', () => {
    const database = sqliteInMemory();
    database.run(statement('nes22_create'));
    const sql = formatOf('sql');
    const history = paramsOf(written(sql, [listOf(DAY)]).out);
    const live = paramsOf(formatted(sql, decoded('BT28', { readAt: '2025-12-01T00:00:00Z' })));
    const insert = (rows: readonly object[]): void => {
      for (const row of rows) database.run(statement('nes22_insert'), row);
    };
    const all = (): unknown => database.all('SELECT * FROM meter_readings ORDER BY ts');
    insert(history);
    insert(live);
    const first = all();
    insert(live);
    insert(history);
    assert.deepEqual(all(), first);
    assert.equal(database.all('SELECT count(*) AS rows FROM meter_readings')[0]?.['rows'], 96);
    const [both] = database.all("SELECT * FROM meter_readings WHERE ts = '2025-12-01T00:00:00.000Z'");
    assert.deepEqual([both?.['energy_import_wh'], both?.['power_w']], [100_300, 399]);
    database.close();
  });

  it('answers the questions of the page about history', () => {
    const hourly = recipe('docs/HISTORY.md', 'Into a database');
    const ofHoles = recipe('docs/HISTORY.md', 'Into a database', 2);
    const database = sqliteInMemory();
    database.run(statement('nes22_create'));
    for (const row of paramsOf(written(formatOf('sql'), [listOf(DAY)]).out))
      database.run(statement('nes22_insert'), row);
    const hours = database.all(hourly);
    assert.equal(hours.length, 24);
    assert.ok(hours.slice(1).every((row) => row['import_kwh'] === 0.4));
    assert.deepEqual(database.all(ofHoles), []);
    database.run("DELETE FROM meter_readings WHERE ts LIKE '2025-12-01T05%'");
    assert.equal(database.all(ofHoles).length, 1);
    database.close();
  });
});

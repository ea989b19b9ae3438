import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { parse } from 'yaml';
import { marchOfTwoMeters, MARCH_DAYS, MARCH_KWH } from '../support/docs/march.js';
import { recipe } from '../support/docs/recipes.js';
import { readExample } from '../support/node-red/examples.js';
import { decoded, type DecodedMessage } from '../support/readings/decoded.js';
import { formatOf, formatted } from '../support/readings/format-stage.js';
import { hasInflux, hasPostgres, Influx, Postgres, type PostgresClient } from '../support/sinks/databases.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A reading of energy in Wh, of two meters each ten minutes: one uses a kWh an hour, the other two. */
interface EnergyReading {
  readonly serial: string;
  readonly at: number;
  readonly wattHours: number;
}

function readings(from: number, hours: number): readonly EnergyReading[] {
  return Array.from({ length: hours * 6 }, (_, index): readonly EnergyReading[] => {
    const at = from + index * 10 * MINUTE_MS;
    return [
      { serial: 'A', at: at + 5_000, wattHours: 1_000_000 + Math.round((index * 1_000) / 6) },
      { serial: 'B', at: at + 6_000, wattHours: 50_000 + Math.round((index * 2_000) / 6) },
    ];
  }).flat();
}

describe('Queries of the pages for PostgreSQL', () => {
  let postgres: Postgres | undefined;
  let client: PostgresClient;
  const sqlOf = (id: string): string =>
    String(readExample('23-postgresql.json').find((node) => node.id === id)?.['query']);

  before(async function () {
    if (!hasPostgres) {
      console.log('      left out: no PostgreSQL at hand');
      this.skip();
    }
    postgres = await Postgres.start();
    client = await postgres.connect();
    await client.query(sqlOf('nes23_create'));
  });
  after(async () => {
    await (client as PostgresClient | undefined)?.end();
    await postgres?.stop();
  });
  beforeEach(async () => {
    await client.query('DELETE FROM meter_readings');
  });

  async function add(all: readonly EnergyReading[]): Promise<void> {
    for (const { serial, at, wattHours } of all) {
      const ts = new Date(at).toISOString();
      const insert = 'INSERT INTO meter_readings (ts, serial, energy_import_wh, power_w) VALUES ($1, $2, $3, $4)';
      await client.query(insert, [ts, serial, wattHours, null]);
      await client.query(insert, [new Date(at + 2_000).toISOString(), serial, null, 400]);
    }
  }

  it('give each hour its energy, of each meter, over the borders of the hours', async () => {
    const from = Date.parse('2026-03-01T22:00:00Z');
    await add(readings(from, 24));
    // Grafana puts the time range of the dashboard here.
    const filtered = recipe('docs/DATABASES.md', 'PostgreSQL and TimescaleDB', 2).replace(
      '$__timeFilter(ts)',
      `ts BETWEEN '2026-03-01T22:00:00Z' AND '2026-03-02T22:00:00Z'`,
    );
    const { rows } = await client.query(filtered);
    const of = (metric: string): number[] =>
      rows.filter((row) => row['metric'] === metric).map((row) => Number(row['kwh']));
    assert.deepEqual([of('A').length, of('B').length], [24, 24]);
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
    // The first hour counts from its first reading: ten minutes before it are not known.
    assert.ok(Math.abs(sum(of('A')) - (24 - 1 / 6)) < 0.01, String(sum(of('A'))));
    assert.ok(Math.abs(sum(of('B')) - (48 - 2 / 6)) < 0.01, String(sum(of('B'))));
    for (const kwh of of('A').slice(1)) assert.ok(Math.abs(kwh - 1) < 0.002, String(kwh));
  });

  it('give each day its energy, of each meter, in the example', async () => {
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    await client.query("SET TIME ZONE 'UTC'");
    await add(readings(midnight - 3 * DAY_MS, 72));
    const { rows } = await client.query(sqlOf('nes23_days'));
    const of = (serial: string): number[] =>
      rows.filter((row) => row['serial'] === serial).map((row) => Math.round(Number(row['import_kwh']) * 6));
    assert.deepEqual(
      [of('A'), of('B')],
      [
        [144, 144, 143],
        [288, 288, 286],
      ],
    );
  });

  it('give each local day and month its energy, from history and readings', async () => {
    const all = marchOfTwoMeters();
    const insert =
      'INSERT INTO meter_readings (serial, ts, energy_import_wh, power_w) SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::float8[])';
    await client.query(insert, [
      all.map(({ serial }) => serial),
      all.map(({ at }) => new Date(at).toISOString()),
      all.map(({ wattHours }) => wattHours),
      all.map(({ watts }) => watts),
    ]);
    await client.query("SET TIME ZONE 'America/New_York'");
    const days = await client.query(recipe('docs/HISTORY.md', 'Bars of a day and a month', 3));
    const bars = days.rows.filter((row) => row['import_kwh'] !== null && row['day'] !== '2026-04-01');
    assert.ok(bars.length > 20);
    for (const { serial, day, import_kwh: kwh } of bars) {
      assert.equal(Number(kwh), MARCH_DAYS.get(String(serial))?.get(String(day)), String(day));
    }
    const months = await client.query(recipe('docs/HISTORY.md', 'Bars of a day and a month', 4));
    const march = months.rows.filter((row) => row['month'] === '2026-03');
    assert.deepEqual(new Map(march.map((row) => [row['serial'], Number(row['import_kwh'])])), MARCH_KWH);
  });

  it('make a hypertable of a table that can be one', async () => {
    // TimescaleDB is not in Debian: its function is replaced by one of the same parameters.
    await client.query(`
      CREATE FUNCTION by_range(column_name name) RETURNS text LANGUAGE sql AS 'SELECT column_name::text';
      CREATE FUNCTION create_hypertable(relation regclass, dimension text, migrate_data boolean DEFAULT false)
        RETURNS text LANGUAGE sql AS 'SELECT relation::text || dimension || migrate_data'`);
    const { rows } = await client.query(recipe('docs/DATABASES.md', 'PostgreSQL and TimescaleDB'));
    assert.deepEqual(Object.values(rows[0] ?? {}), ['meter_readingststrue']);
    // TimescaleDB demands the time in each unique key.
    const keys = await client.query("SELECT indexdef FROM pg_indexes WHERE tablename = 'meter_readings'");
    assert.ok(keys.rows.length > 0);
    for (const { indexdef } of keys.rows) assert.match(String(indexdef), /\bts\b/);
  });
});

describe('Queries of the pages for InfluxDB', () => {
  let influx: Influx | undefined;
  before(async function () {
    if (!hasInflux) {
      console.log('      left out: no InfluxDB at hand');
      this.skip();
    }
    influx = await Influx.start();
  });
  after(async () => {
    await influx?.stop();
  });

  async function write(lines: string): Promise<void> {
    const url = `http://127.0.0.1:${influx!.port}/write?db=nes`;
    const answer = await fetch(url, { method: 'POST', body: lines });
    assert.equal(answer.status, 204, await answer.text());
  }

  it('take the lines that the page shows', async () => {
    await write(recipe('docs/DATABASES.md', 'InfluxDB'));
    const points = await influx!.query('SELECT energy_import_wh, power_w FROM nes WHERE "serial" = \'83334000001\'');
    assert.deepEqual(
      points.map(({ energy_import_wh: energy, power_w: power }) => [energy, power]),
      [
        [124_021_098, null],
        [null, 412],
      ],
    );
  });

  it('give each local day and a month their energy, from history and readings', async () => {
    const lines = marchOfTwoMeters().map(({ serial, at, wattHours, watts }) => {
      const field = wattHours === null ? `power_w=${String(watts)}.0` : `energy_import_wh=${wattHours}i`;
      return `nes,serial=${serial} ${field} ${at}000000`;
    });
    await write(lines.join('\n'));
    const query = recipe('docs/HISTORY.md', 'Bars of a day and a month', 5).trim();
    assert.ok(query.includes('now() - 31d'));
    const inMarch = query.replace('time > now() - 31d', "time > '2026-02-28' AND time <= '2026-04-01'");
    const series = await influx!.series(inMarch);
    const month = await influx!.series(recipe('docs/HISTORY.md', 'Bars of a day and a month', 6).trim());
    for (const [serial, days] of MARCH_DAYS) {
      const bars = series.get(serial) ?? [];
      assert.equal(bars.length, 31, JSON.stringify(bars));
      for (const [time, kwh] of bars) assert.equal(kwh, days.get(String(time).slice(0, 10)), String(time));
      assert.equal(month.get(serial)?.[0]?.[1], MARCH_KWH.get(serial));
    }
    await influx!.query('DROP MEASUREMENT nes', 'POST');
  });

  it('give each day its energy, of each meter, and nothing over a missing day', async () => {
    const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const missing = { from: midnight - 3 * DAY_MS, to: midnight - 2 * DAY_MS };
    const all = readings(midnight - 5 * DAY_MS, 5 * 24).filter(({ at }) => at < missing.from || at >= missing.to);
    const lines = all.flatMap(({ serial, at, wattHours }) => [
      `nes,serial=${serial} energy_import_wh=${wattHours}i ${at}000000`,
      `nes,serial=${serial} power_w=400.0 ${at + 2_000}000000`,
    ]);
    await write(lines.join('\n'));
    const series = await influx!.series(recipe('docs/DATABASES.md', 'InfluxDB', 2).trim());
    for (const [serial, kwh] of [
      ['A', 24],
      ['B', 48],
    ] as const) {
      const days = series.get(serial)?.map(([, value]) => Number(value)) ?? [];
      // The day behind the missing one has the energy of both: nothing is lost.
      assert.deepEqual(
        days.map((value) => Math.round(value)),
        [kwh, 2 * kwh, kwh],
      );
    }
  });
});

const hasJq = spawnSync('jq', ['--version']).error === undefined;

describe('Settings for evcc in the pages', () => {
  before(function () {
    if (!hasJq) {
      console.log('      left out: no jq at hand');
      this.skip();
    }
  });

  interface Source {
    readonly source: string;
    readonly topic: string;
    readonly jq: string;
  }
  type Meter = Readonly<Record<'power' | 'energy' | 'returnEnergy', Source>> & { readonly currents: readonly Source[] };

  /** What evcc's expressions make of the state that `mep-format` publishes with these values of BT28. */
  function evaluated(values: Readonly<Record<string, number | null>>): { power: unknown; currents: unknown[] } {
    const { meters } = parse(recipe('docs/INTEGRATIONS.md', 'evcc over MQTT')) as { meters: [Meter] };
    const [meter] = meters;
    const bt28: DecodedMessage = { ...decoded('BT28'), payload: { ...decoded('BT28').payload, ...values } };
    const messages = formatted(formatOf('json'), decoded('BT23'), bt28);
    const of = ({ topic, jq }: Source): unknown => {
      const state = messages.find((message) => message.topic === topic)?.payload;
      assert.ok(typeof state === 'string', topic);
      return JSON.parse(execFileSync('jq', ['-c', jq], { input: state, encoding: 'utf8' }));
    };
    assert.deepEqual([of(meter.energy), of(meter.returnEnergy)], [65845.343, 0.179]);
    return { power: of(meter.power), currents: meter.currents.map(of) };
  }

  it('give power, energy, and currents with the sign of their power', () => {
    assert.deepEqual(evaluated({}), { power: 399, currents: [2.877, 1.557, 2.161] });
    assert.deepEqual(evaluated({ activePower: -300, activePowerL2: -600 }), {
      power: -300,
      currents: [2.877, -1.557, 2.161],
    });
  });

  it('give no sign that is not known, and no current that is not measured', () => {
    assert.deepEqual(evaluated({ activePowerL1: null, activePowerL2: null, currentL3: null }).currents, [
      2.877,
      1.557,
      null,
    ]);
    assert.deepEqual(evaluated({ currentL1: null, activePowerL1: -5 }).currents[0], null);
  });
});

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { csvHeader } from '../../src/publish/rows/index.js';
import type { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { freePort, listening } from '../support/ports.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import { type ExampleNode, filledIn, observed, readExample } from '../support/node-red/examples.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { NodeServer } from '../support/node-red/served-nodes.js';
import { serveTestedMeter, TESTED_KEY, type TestedMeter } from '../support/node-red/tested-meter.js';
import { HomeAssistantRecorder } from '../support/sinks/home-assistant-recorder.js';
import { sqliteInMemory, type SqliteDatabase } from '../support/sinks/sqlite.js';
import { until } from '../support/until.js';

type Fields = Readonly<Record<string, unknown>>;

const DAYS = 2;
const INTERVALS = DAYS * 96;
const COVER_REMOVED = 48;
const POWER_DOWN = 1;

describe('Example flows for the history', () => {
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;
  let directory: string;
  let server: NodeServer;
  const served: TestedMeter[] = [];
  const databases: SqliteDatabase[] = [];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'history-'));
    server = await NodeServer.start();
  });
  withBrokerStage((stage) => {
    ({ broker, nodeRed } = stage);
  });
  after(async () => {
    server.stop();
    for (const { served: meter } of served) await meter.close();
    // A flow may ask its database until it is stopped.
    for (const database of databases) database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** An example with the properties that a user sets, two days of history, and a meter that is read without pauses. */
  async function run(nodes: readonly ExampleNode[], watched: readonly string[] = []): Promise<void> {
    broker.published.length = 0;
    const hurried = filledIn(nodes, {
      'mep-config': { minInterval: 0 },
      'mep-history': ({ from }: ExampleNode) => (from === 'now' ? { interval: 1 } : { from: 'days', days: DAYS }),
      'mep-read-table': { interval: 1 },
    });
    await nodeRed.deploy(observed(hurried, broker.port, watched));
  }
  const seen = (): unknown => ({ errors: server.errors, published: broker.published.slice(-10), log: logEnd() });
  const logEnd = (): string => nodeRed.log.slice(-2_000);
  const payloadsOn = (topic: string): string[] =>
    broker.published.filter((message) => message.topic === topic).map(({ payload }) => payload);
  const objectsOn = (topic: string): Fields[] => payloadsOn(topic).map((text) => JSON.parse(text) as Fields);
  const press = (button: string): Promise<unknown> =>
    fetch(`http://127.0.0.1:${nodeRed.port}/inject/${button}`, { method: 'POST' });

  /** A flow in which a node has another id: what was remembered by its id is not known to it. */
  const renamed = (nodes: readonly ExampleNode[], id: string, other: string): ExampleNode[] =>
    JSON.parse(JSON.stringify(nodes).replaceAll(`"${id}"`, `"${other}"`)) as ExampleNode[];

  it('29-history-influxdb posts intervals and readings as lines of one series', async () => {
    const lines: string[] = [];
    server.serve('write', (body) => {
      lines.push(...body.split('\n'));
    });
    const url = server.url('write?db=nes');
    await run(filledIn(readExample('29-history-influxdb.json'), { nes29_write: { url } }));
    const times = (): number[] => lines.map((line) => Number(line.split(' ').at(-1)) / 1e6);
    const quarters = (): Set<number> => new Set(times().filter((at) => at % 900_000 === 0));
    const isLive = (): boolean => lines.some((line) => line.includes('power_w='));
    await until(() => quarters().size >= INTERVALS && isLive(), 'two days and a reading', { seen });
    assert.ok(lines.every((line) => /^nes,serial=\d+ [a-z0-9_]+=\S+ \d{13}000000$/.test(line)));
    const [profile] = objectsOn('debug/nes29_news');
    assert.equal(profile?.['minutes'], 15);
  });

  let inserted = 0;

  /** A database of its own behind the nodes of example 30. */
  function withSqlite(database: SqliteDatabase): ExampleNode[] {
    let nodes = readExample('30-history-sqlite.json').filter(({ type }) => type !== 'sqlitedb');
    const sqlOf = (id: string): string => String(nodes.find((node) => node.id === id)?.['sql']);
    for (const id of ['nes30_create', 'nes30_insert', 'nes30_days', 'nes30_months']) {
      const sql = sqlOf(id);
      nodes = server.inPlaceOf(nodes, id, id === 'nes30_insert' ? 'params' : '{}', (body) => {
        if (sql.startsWith('SELECT')) return database.all(sql);
        database.run(sql, JSON.parse(body) as object);
        if (id === 'nes30_insert') inserted++;
        return [];
      });
    }
    return nodes;
  }

  it('30-history-sqlite has the energy of each day and month, also if it comes twice', async () => {
    const database = sqliteInMemory();
    databases.push(database);
    const nodes = withSqlite(database);
    const count = (): number => Number(database.all(`SELECT count(*) AS count FROM meter_readings`)[0]?.['count']);
    const hasTable = (): boolean =>
      database.all("SELECT name FROM sqlite_schema WHERE name = 'meter_readings'").length > 0;
    for (const id of ['nes30_load', 'nes30_again']) {
      inserted = 0;
      await run(renamed(nodes, 'nes30_load', id));
      await until(() => hasTable() && count() > INTERVALS && inserted > INTERVALS, 'two days and a reading', { seen });
    }
    const quarters = database.all(
      "SELECT ts, energy_import_wh AS wh FROM meter_readings WHERE ts LIKE '%:00.000Z' ORDER BY ts",
    );
    assert.equal(new Set(quarters.map(({ ts }) => ts)).size, quarters.length);
    await press('nes30_askdays');
    await press('nes30_askmonths');
    const shown = (id: string): readonly Fields[] | undefined =>
      payloadsOn(`debug/${id}`)
        .map((text) => JSON.parse(text) as Fields[])
        .at(-1);
    await until(() => shown('nes30_dbgdays') !== undefined && shown('nes30_dbgmonths') !== undefined, 'bars', { seen });
    const days = shown('nes30_dbgdays') ?? [];
    assert.ok(days.length >= DAYS, JSON.stringify(days));
    assert.ok(days.every((day) => /^\d{4}-\d\d-\d\d$/.test(String(day['day']))));
    const bars = days.slice(0, -1).map((day) => Number(day['import_kwh']));
    assert.ok(
      bars.every((kwh) => kwh >= 0 && kwh < 100),
      JSON.stringify(days),
    );
    assert.equal(days.at(-1)?.['import_kwh'], null);
    assert.match(String(shown('nes30_dbgmonths')?.[0]?.['month']), /^\d{4}-\d\d$/);
  });

  it('31-history-postgresql gives a value for each parameter of its statement', async () => {
    const statements: string[] = [];
    const rows: Fields[] = [];
    let nodes = readExample('31-history-postgresql.json').filter(({ type }) => type !== 'postgreSQLConfig');
    for (const id of ['nes31_create', 'nes31_insert', 'nes31_days', 'nes31_months']) {
      const query = String(nodes.find((node) => node.id === id)?.['query']);
      nodes = server.inPlaceOf(nodes, id, id === 'nes31_insert' ? 'queryParameters' : '{}', (body) => {
        if (id === 'nes31_insert') rows.push(JSON.parse(body) as Fields);
        if (id !== 'nes31_insert' || statements.at(-1) !== query) statements.push(query);
        return [];
      });
    }
    await run(nodes);
    const ends = (): Set<unknown> => new Set(rows.map(({ ts }) => ts).filter((ts) => String(ts).endsWith(':00.000Z')));
    await until(() => ends().size >= INTERVALS, 'two days', { seen });
    assert.match(statements[0] ?? '', /^CREATE TABLE/, 'the table is made first');
    const names = [...(statements[1] ?? '').matchAll(/\$(\w+)/g)].map(([, name]) => name);
    assert.ok(names.length > 20);
    for (const row of rows)
      assert.deepEqual(
        names.filter((name) => !(String(name) in row)),
        [],
      );
    await press('nes31_askdays');
    await press('nes31_askmonths');
    await until(() => statements.filter((sql) => sql.startsWith('SELECT')).length === 2, 'both questions', { seen });
  });

  it("32-history-home-assistant imports each hour once, and each bar is the meter's", async () => {
    const recorder = new HomeAssistantRecorder();
    const nodes = readExample('32-history-home-assistant.json').filter(({ type }) => type !== 'server');
    const flow = server.inPlaceOf(nodes, 'nes32_import', 'payload', (body) => {
      const answer = recorder.answer({ payload: JSON.parse(body) as Fields });
      return answer?.['payload'] ?? null;
    });
    for (const load of ['nes32_load', 'nes32_again']) {
      const before = recorder.commands.length;
      await run(renamed(flow, 'nes32_load', load));
      const isImported = (): boolean =>
        recorder.statistics.length === 2 &&
        recorder.statistics.every((id) => recorder.sorted(id).length >= DAYS * 24 - 1);
      await until(() => recorder.commands.length > before && isImported(), 'two days of hours', { seen });
    }
    const [id = ''] = recorder.statistics.filter((each) => each.endsWith('_active_energy_import'));
    assert.match(id, /^nes_meter:\d+_(?:\w+_)?active_energy_import$/);
    const rows = recorder.sorted(id);
    assert.equal(rows[0]?.[1].sum, 0);
    for (const [index, [start, { state, sum }]] of rows.entries()) {
      const before = rows[index - 1];
      if (before === undefined) continue;
      assert.equal(start - before[0], 3_600_000);
      assert.ok(Math.abs(sum - before[1].sum - (state - before[1].state)) < 1e-6);
    }
  });

  it('33-history-csv writes each row once, until it is to write all again', async () => {
    const [file, bills] = [join(directory, 'intervals.csv'), join(directory, 'billing.csv')];
    const nodes = filledIn(readExample('33-history-csv.json'), {
      nes33_fmt: { file },
      nes33_append: { filename: file },
      nes33_fmtbill: { file: bills },
      nes33_appendbill: { filename: bills },
    });
    const linesOf = (path: string): string[] => {
      try {
        return readFileSync(path, 'utf8').trimEnd().split('\n');
      } catch {
        return [];
      }
    };
    await run(nodes);
    await until(() => linesOf(file).length > INTERVALS && linesOf(bills).length > 1, 'both files', { seen });
    await run(filledIn(nodes, { nes33_fmt: { name: 'again' } }));
    await until(() => objectsOn('debug/nes33_news').length >= 1, 'the profile after a deploy', { seen });
    const rows = linesOf(file);
    assert.equal(rows[0], csvHeader('comma', 'intervals'));
    assert.equal(new Set(rows).size, rows.length);
    assert.equal(linesOf(bills)[0], csvHeader('comma'));
    rmSync(file);
    rmSync(bills);
    await press('nes33_again');
    await until(() => linesOf(file).length >= rows.length && linesOf(bills).length > 1, 'all again', { seen });
    assert.equal(linesOf(file)[0], rows[0], 'a new file has a header');
    assert.equal(linesOf(bills)[0], csvHeader('comma'));
  });

  it('34-events-and-outages sends a mail for what is worth one, and for an outage', async () => {
    const tested = await serveTestedMeter();
    served.push(tested);
    const port = await freePort();
    const z = 'nes34_tab';
    const nodes = filledIn(readExample('34-events-and-outages.json'), {
      nes34_mail: { server: '127.0.0.1', port: String(port), secure: false, tls: false, authtype: 'NONE' },
      nes_meter: { ...tested.tcp, credentials: { key: TESTED_KEY } },
    });
    const mailbox = [
      { id: 'nes34_mta', type: 'e-mail mta', z, port: String(port), expert: '{}', wires: [['nes34_box']], x: 0, y: 0 },
      { id: 'nes34_box', type: 'debug', z, active: false, x: 0, y: 0, wires: [] },
    ];
    await run([...nodes, ...mailbox]);
    await listening(port);
    const mails = (): string[] => payloadsOn('debug/nes34_box');
    const isTried = async (): Promise<boolean> => {
      await press('nes34_try');
      await pause(1_000);
      return mails().length > 0;
    };
    await until(isTried, 'the mail of a try', { seen });
    const isTry = (mail: string): boolean => mail.includes('This is how an event will reach you.');
    const events = (): string[] => mails().filter((mail) => !isTry(mail));
    const { meter } = tested;
    // An event that is logged before the first look is of the past.
    const isMailed = async (): Promise<boolean> => {
      meter.history.logEvent({ event: COVER_REMOVED, argument: 0 });
      await pause(1_000);
      return events().length > 0;
    };
    await until(isMailed, 'the mail of an event', { seen });
    assert.match(events()[0] ?? '', /\b48\b/);
    meter.history.logEvent({ event: POWER_DOWN, argument: 0 });
    await until(() => objectsOn('debug/nes34_dbgevents').some(({ event }) => event === POWER_DOWN), 'it', { seen });
    assert.ok(!mails().some((mail) => /event 1\b/.test(mail)), 'numbers that are not chosen');
  });

  /** The topics of which a client gets a retained message when it subscribes. */
  async function retainedOn(filter: string): Promise<Set<string>> {
    const topics = new Set<string>();
    const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    client.on('message', (topic, _, { retain }) => {
      if (retain) topics.add(topic);
    });
    await client.subscribeAsync(filter);
    await until(() => topics.size > 0, 'a retained message');
    await client.endAsync();
    return topics;
  }

  it('35-water-and-heat announces each meter with its unit, and its total', async () => {
    await run(readExample('35-water-and-heat.json'));
    const configs = (): Fields[] =>
      broker.published
        .filter(({ topic }) => /^homeassistant\/sensor\/nes_mbus_\d+\/config$/.test(topic))
        .map(({ payload }) => JSON.parse(payload) as Fields);
    await until(() => new Set(configs().map((each) => each['unique_id'])).size === 2, 'both meters', { seen });
    const kinds = configs().map(
      ({ device_class: kind, unit_of_measurement: unit }) => `${String(kind)} ${String(unit)}`,
    );
    assert.deepEqual(new Set(kinds), new Set(['water m³', 'energy kWh']));
    for (const config of configs()) {
      const { device, state_topic: topic, value_template: template } = config;
      assert.match(String((device as Fields)['name']), /^KAM \d+ \(simulated\)$/);
      const key = /value_json\.(\w+)/.exec(String(template))?.[1] ?? '';
      await until(() => payloadsOn(String(topic)).length > 0, 'a reading', { seen });
      assert.ok(Number(objectsOn(String(topic)).at(-1)?.[key]) > 0, `${key} ${String(topic)}`);
      assert.deepEqual(await retainedOn(String(topic)), new Set([topic]));
    }
    assert.deepEqual(payloadsOn('debug/nes35_dbgother'), []);
  });

  it('log no errors', () => {
    assert.deepEqual(server.errors, []);
    assert.deepEqual(
      broker.published.filter(({ topic }) => /err$/.test(topic)),
      [],
    );
    assert.ok(!/\[error\]/.test(nodeRed.log), nodeRed.log);
  });
});

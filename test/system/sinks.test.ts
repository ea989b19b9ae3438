import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { FormatMessage } from '../../src/publish/format.js';
import { historyEntriesOf } from '../../src/publish/history-entry.js';
import { COLUMNS } from '../../src/publish/rows/columns.js';
import { serialTransport } from '../../src/transport/index.js';
import { hasInflux, hasPostgres, Influx, Postgres, type PostgresClient } from '../support/sinks/databases.js';
import { parseTelegram } from '../support/sinks/dsmr-parser.js';
import { EventLog } from '../support/line/event-log.js';
import { type ExampleNode, filledIn, observed, readExample } from '../support/node-red/examples.js';
import type { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { formatOf } from '../support/readings/format-stage.js';
import { intervals, listOf } from '../support/readings/history.js';
import { hasSocat, PtyPair } from '../support/line/pty-pair.js';
import { until } from '../support/until.js';

const DAY = intervals('2025-11-30T23:15:00Z', 96);

/** What a format makes of a day of the meter's history. */
function historyMessages(format: string): readonly FormatMessage[] {
  const writer = formatOf(format).history?.(undefined);
  return writer?.write(historyEntriesOf(listOf(DAY), { serial: '' }), new Date()).messages ?? [];
}

describe('Example flows with real databases and ports', () => {
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;

  withBrokerStage((stage) => {
    ({ broker, nodeRed } = stage);
  });

  const nodeRedSeen = { seen: () => nodeRed.log.slice(-2_000) };
  const payloadsOn = (topic: string): string[] =>
    broker.published.filter((message) => message.topic === topic).map(({ payload }) => payload);

  it('21-influxdb: a real InfluxDB takes every line, and the types stay what they are', async function () {
    if (!hasInflux) this.skip();
    const influx = await Influx.start();
    try {
      const url = `http://127.0.0.1:${influx.port}/write?db=nes`;
      const nodes = filledIn(readExample('21-influxdb.json'), { nes21_write: { url }, nes21_read23: { interval: 2 } });
      for (const name of ['', 'again']) {
        const named = filledIn(nodes, { nes21_fmt: { name } });
        await nodeRed.deploy(observed(named, broker.port, ['nes21_dec23']));
        const before = (await influx.query('SELECT * FROM nes')).length;
        await until(async () => (await influx.query('SELECT * FROM nes')).length >= before + 3, 'points', nodeRedSeen);
      }
      const types = new Map(
        (await influx.query('SHOW FIELD KEYS FROM nes')).map((row) => [row['fieldKey'], row['fieldType']]),
      );
      for (const { name, type } of COLUMNS) assert.equal(types.get(name), type === 'integer' ? 'integer' : 'float');
      const [last] = await influx.query('SELECT last(energy_import_wh) AS wh FROM nes');
      const energies = payloadsOn('seen/nes21_dec23').map((text) => {
        return Math.round((JSON.parse(text) as { activeEnergyImport: number }).activeEnergyImport * 1000);
      });
      assert.ok(energies.includes(last?.['wh'] as number), `${String(last?.['wh'])} is none of ${energies.join()}`);
      assert.ok(Math.abs(Date.parse(String(last?.['time'])) - Date.now()) < 60_000, String(last?.['time']));
      assert.deepEqual(payloadsOn('debug/nes21_dbgerr'), []);
      const all = (): Promise<Record<string, unknown>[]> =>
        influx.query("SELECT energy_import_wh, power_w FROM nes WHERE time < '2026-01-01'");
      for (let i = 0; i < 2; i++) {
        const [message] = historyMessages('influx');
        assert.equal((await fetch(url, { method: 'POST', body: String(message?.payload) })).status, 204);
        const points = await all();
        assert.equal(points.length, DAY.length, 'the same import twice gives the same points');
        assert.equal(points[0]?.['energy_import_wh'], 100_000);
        assert.equal(points[0]['power_w'], null);
      }
    } finally {
      await influx.stop();
    }
  });

  /** A statement with `$name` for its parameters, converted to PostgreSQL's numbered parameters. */
  async function runNamed(client: PostgresClient, sql: string, row: Record<string, unknown>): Promise<void> {
    const names = [...new Set([...sql.matchAll(/\$(\w+)/g)].map(([, name]) => name ?? ''))];
    const numbered = sql.replace(/\$(\w+)/g, (_, name: string) => `$${names.indexOf(name) + 1}`);
    await client.query(
      numbered,
      names.map((name) => row[name]),
    );
  }

  it('23-postgresql: a real PostgreSQL makes the table and takes every row', async function () {
    if (!hasPostgres) this.skip();
    const nodes = readExample('23-postgresql.json');
    const sqlOf = (id: string): string => String(nodes.find((node) => node.id === id)?.['query']);
    // The node is of another package; a node that returns the parameters of the statement replaces it here.
    const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: 'queryParameters', tot: 'msg' }];
    const captured = nodes.flatMap((node): ExampleNode[] => {
      if (node.type === 'postgreSQLConfig') return [];
      if (node.type === 'postgresql') return [{ ...node, type: 'change', rules, wires: [[]] }];
      return [node.type === 'mep-read-table' ? { ...node, interval: 2 } : node];
    });
    broker.published.length = 0;
    await nodeRed.deploy(observed(captured, broker.port, ['nes23_insert', 'nes23_dec23']));
    const rows = (): Record<string, unknown>[] =>
      payloadsOn('seen/nes23_insert').map((text) => JSON.parse(text) as Record<string, unknown>);
    // The meter is read continuously: one row of each table is taken.
    const tableRows = (): Record<string, unknown>[] =>
      ['energy_import_wh', 'power_w'].flatMap((column) =>
        rows()
          .filter((row) => row[column] !== null)
          .slice(0, 1),
      );
    await until(() => tableRows().length === 2, 'rows of both tables', nodeRedSeen);

    const postgres = await Postgres.start();
    try {
      const client = await postgres.connect();
      for (let i = 0; i < 2; i++) await client.query(sqlOf('nes23_create'));
      for (const row of [...tableRows(), ...tableRows()]) await runNamed(client, sqlOf('nes23_insert'), row);
      const kept = await client.query('SELECT * FROM meter_readings WHERE energy_import_wh IS NOT NULL');
      const energies = payloadsOn('seen/nes23_dec23').map((text) => {
        return Math.round((JSON.parse(text) as { activeEnergyImport: number }).activeEnergyImport * 1000);
      });
      assert.ok(energies.includes(Number(kept.rows[0]?.['energy_import_wh'])), energies.join());
      assert.equal((kept.rows[0]?.['ts'] as Date).toISOString(), tableRows()[0]?.['ts']);
      const all = await client.query('SELECT count(*) AS count FROM meter_readings');
      assert.equal(Number(all.rows[0]?.['count']), 2, 'a row that comes twice is kept once');
      const types = await client.query(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'meter_readings'",
      );
      const typeOf = new Map(types.rows.map((row) => [row['column_name'], row['data_type']]));
      for (const { name, type } of COLUMNS) {
        assert.equal(typeOf.get(name), type === 'integer' ? 'bigint' : 'double precision', name);
      }
      const inserted = async (): Promise<Record<string, unknown>[]> =>
        (await client.query('SELECT * FROM meter_readings ORDER BY ts')).rows;
      const { ts, serial } = tableRows()[0] ?? {};
      let first: unknown;
      for (let i = 0; i < 2; i++) {
        for (const { payload } of historyMessages('sql')) {
          await runNamed(client, sqlOf('nes23_insert'), payload as Record<string, unknown>);
        }
        // A record of history at the time of a live row leaves the values that it does not have.
        const empty = Object.fromEntries(COLUMNS.map(({ name }) => [name, null]));
        await runNamed(client, sqlOf('nes23_insert'), { ...empty, ts, serial });
        first ??= await inserted();
        assert.deepEqual(await inserted(), first, 'the same import twice gives the same rows');
        assert.equal((first as unknown[]).length, 2 + DAY.length);
        const live = (await inserted()).find((row) => (row['ts'] as Date).toISOString() === ts);
        assert.equal(Number(live?.['energy_import_wh']), tableRows()[0]?.['energy_import_wh']);
      }
      await client.query('DELETE FROM meter_readings WHERE ts < $1', ['2026-01-01']);
      const days = await client.query(sqlOf('nes23_days'));
      assert.equal(Number(days.rows[0]?.['import_kwh']), 0);
      await client.end();
    } finally {
      await postgres.stop();
    }
  });

  it('27-p1-serial-port: telegrams come out of a serial port', async function () {
    if (!hasSocat) this.skip();
    const ptys = await PtyPair.start();
    const far = serialTransport({ path: ptys.far, baudRate: 115_200 });
    const log = new EventLog();
    try {
      await far.open(log);
      const nodes = filledIn(readExample('27-p1-serial-port.json'), {
        nes27_port: { serialport: ptys.near },
        nes27_fmt: { repeatEvery: '1' },
        // Read often, since messages are lost while this machine is busy.
        nes27_read23: { interval: 2 },
      });
      await nodeRed.deploy(observed(nodes, broker.port, ['nes27_dec23']));
      const telegrams = (): string[] =>
        Buffer.from(log.bytes)
          .toString('latin1')
          .match(/\/[^!]*![0-9A-F]{4}\r\n/g) ?? [];
      // The node tries again after 15 seconds if the port was not open.
      const seen = (): unknown => ({
        bytes: log.text.slice(-500),
        errors: log.errors,
        published: broker.published.slice(-10),
        log: nodeRed.log.slice(-2_000),
      });
      await until(() => telegrams().length >= 3, 'telegrams', { seen });
      const { objects } = parseTelegram(telegrams().at(-1) ?? '');
      const energies = (): number[] =>
        payloadsOn('seen/nes27_dec23').map(
          (text) => (JSON.parse(text) as { activeEnergyImport: number }).activeEnergyImport,
        );
      const delivered = Number(objects['electricity delivered tariff 0']);
      await until(() => energies().includes(delivered), `the reading of ${delivered} kWh`, { seen: energies });
      assert.equal(log.bytes[0], '/'.charCodeAt(0));
    } finally {
      await far.close();
      await ptys.stop();
      await pause(100);
    }
  });
});

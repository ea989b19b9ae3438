import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { COLUMNS } from '../../src/publish/rows/columns.js';
import { csvHeader } from '../../src/publish/rows/index.js';
import { parseTelegram } from '../support/sinks/dsmr-parser.js';
import { type ExampleNode, filledIn, observed, readExample } from '../support/node-red/examples.js';
import { freePort } from '../support/ports.js';
import type { EmbeddedBroker } from '../support/brokers/mqtt-broker.js';
import { withBrokerStage } from '../support/node-red/broker-stage.js';
import type { NodeRedProcess } from '../support/node-red/node-red-process.js';
import { sqliteInMemory, type SqliteRow } from '../support/sinks/sqlite.js';
import { until } from '../support/until.js';

type Values = Record<string, number | null>;

describe('Example flows for other programs', () => {
  let broker: EmbeddedBroker;
  let nodeRed: NodeRedProcess;
  let directory: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'sinks-'));
  });
  withBrokerStage((stage) => {
    ({ broker, nodeRed } = stage);
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /**
   * An example with the properties that a user sets, its meter read often: messages before the broker is connected are
   * lost. The messages of the decode nodes are published on seen/<id>.
   */
  async function run(nodes: readonly ExampleNode[], prefix: string): Promise<void> {
    broker.published.length = 0;
    const decoders = nodes.map(({ id }) => id).filter((id) => id.startsWith(`${prefix}_dec`));
    const hurried = filledIn(nodes, { 'mep-read-table': { interval: 1 } });
    await nodeRed.deploy(observed(hurried, broker.port, decoders));
  }
  const seen = (): unknown => ({ published: broker.published.slice(-20), log: nodeRed.log.slice(-2_000) });

  const payloadsOn = (topic: string): string[] =>
    broker.published.filter((message) => message.topic === topic).map(({ payload }) => payload);
  const allValues = (node: string): Values[] =>
    payloadsOn(`seen/${node}`).map((payload) => JSON.parse(payload) as Values);
  /** Waits for a matching reading: readings arrive continuously and differ only in their values. */
  async function readingOf(node: string, fits: (values: Values) => boolean): Promise<Values> {
    await until(() => allValues(node).some(fits), `a reading of ${node} that fits`, { seen: () => allValues(node) });
    return allValues(node).find(fits)!;
  }
  const wattHours = (values: Values): number => Math.round(values['activeEnergyImport']! * 1000);
  const press = (button: string): Promise<unknown> =>
    fetch(`http://127.0.0.1:${nodeRed.port}/inject/${button}`, { method: 'POST' });

  /** Connects to a port as soon as it is open, and records the received bytes. */
  async function listenTo(port: number): Promise<{ socket: Socket; text: () => string }> {
    let text = '';
    let socket: Socket | undefined;
    await until(async () => {
      const tried = connect(port, '127.0.0.1');
      const isThere = await Promise.race([
        once(tried, 'connect').then(() => true),
        once(tried, 'error').then(() => false),
      ]).catch(() => false);
      if (isThere) socket = tried;
      return isThere;
    }, 'a P1 port');
    socket?.on('data', (data: Buffer) => {
      text += data.toString('latin1');
    });
    return { socket: socket!, text: () => text };
  }

  it('20-p1-telegrams sends telegrams to each client, and none when the meter is gone', async () => {
    const port = await freePort();
    const nodes = filledIn(readExample('20-p1-telegrams.json'), {
      nes20_tcp: { port: String(port) },
      nes20_fmt: { repeatEvery: '1', expireAfter: '3' },
      nes_meter: { minInterval: 0 },
    });
    await run(nodes, 'nes20');
    const { socket, text } = await listenTo(port);
    const telegrams = (): string[] => text().match(/\/[^!]*![0-9A-F]{4}\r\n/g) ?? [];
    await until(() => telegrams().length >= 3, 'telegrams', { seen });
    for (const telegram of telegrams()) parseTelegram(telegram);
    const { objects } = parseTelegram(telegrams().at(-1)!);
    const net = (delivered: string, received: string): number =>
      Math.round((Number(objects[delivered]) - Number(objects[received])) * 1000);
    const power = net('actual electricity power delivered', 'actual electricity power received');
    // The meter is read again while a telegram is sent: one whole reading must match, not necessarily the newest.
    const voltages = ['L1', 'L2', 'L3'].map((phase) => objects[`instantaneous voltage ${phase}`]);
    await readingOf(
      'nes20_dec28',
      (live) =>
        Math.abs(power - live['activePower']!) <= 5 &&
        ['voltageL1', 'voltageL2', 'voltageL3'].every((key, i) => voltages[i] === Number(live[key]!.toFixed(1))),
    );
    const energies = ['electricity delivered tariff 1', 'electricity received tariff 1'].map((name) => objects[name]);
    await readingOf(
      'nes20_dec23',
      (energy) => energies[0] === energy['activeEnergyImport'] && energies[1] === energy['activeEnergyExport'],
    );
    const phases = ['L1', 'L2', 'L3'].map((phase) =>
      net(`instantaneous active power ${phase} delivered`, `instantaneous active power ${phase} received`),
    );
    assert.equal(
      power,
      phases.reduce((sum, watts) => sum + watts, 0),
    );

    const gone = filledIn(nodes, { nes_meter: { transport: 'tcp', host: '127.0.0.1', tcpPort: '1' } });
    await nodeRed.deploy(observed(gone, broker.port, ['nes20_dec28', 'nes20_dec23']), 'nodes');
    // One would come each second.
    const hasEnded = async (): Promise<boolean> => {
      const before = telegrams().length;
      await pause(2500);
      return telegrams().length === before;
    };
    await until(hasEnded, 'the end of the telegrams of a meter that cannot be reached');
    socket.destroy();
  });

  it('21-influxdb posts a line for each reading', async () => {
    const posted: { url: string; body: string }[] = [];
    const answer = async (request: IncomingMessage): Promise<void> => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      posted.push({ url: `${request.method ?? ''} ${request.url ?? ''}`, body });
    };
    const server = createServer((request, response) => {
      void answer(request).then(() => response.writeHead(204).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/write?db=nes`;
    await run(filledIn(readExample('21-influxdb.json'), { nes21_write: { url } }), 'nes21');
    const line = (field: string): string => posted.map(({ body }) => body).find((body) => body.includes(field)) ?? '';
    await until(() => line('energy_import_wh') !== '' && line('power_w') !== '', 'lines of both tables', { seen });
    assert.ok(posted.every((post) => post.url === 'POST /write?db=nes'));
    assert.match(line('energy_import_wh'), /^nes,serial=\d+ energy_import_wh=\d+i,.* \d{13}000000$/);
    await readingOf('nes21_dec23', (energy) => line(`energy_import_wh=${wattHours(energy)}i`) !== '');
    await readingOf('nes21_dec28', (live) => line(` power_w=${String(live['activePower'])},`) !== '');
    assert.ok(!line('power_w').includes('energy'), 'each table in a line of its own');
    server.closeAllConnections();
    server.close();
  });

  it('22-sqlite makes a table and adds rows with correct types to a real SQLite', async () => {
    const nodes = readExample('22-sqlite.json');
    const sqlOf = (id: string): string => String(nodes.find((node) => node.id === id)?.['sql']);
    // The node itself has a native part; a node that returns the parameters of the statement replaces it here.
    const captured = nodes.flatMap((node): ExampleNode[] => {
      if (node.type === 'sqlitedb') return [];
      if (node.type !== 'sqlite') return [node];
      const rules = [{ t: 'set', p: 'payload', pt: 'msg', to: 'params', tot: 'msg' }];
      return [{ ...node, type: 'change', rules, wires: [['nes22_rows']] }];
    });
    const rowsOut = { id: 'nes22_rows', type: 'debug', z: 'nes22_tab', active: false, x: 0, y: 0, wires: [] };
    await run([...captured, rowsOut], 'nes22');
    const rows = (): Record<string, unknown>[] =>
      payloadsOn('debug/nes22_rows')
        .filter((text) => text.startsWith('{'))
        .map((text) => JSON.parse(text) as Record<string, unknown>);
    // The meter is read continuously: one row of each table is taken.
    const tableRows = (): Record<string, unknown>[] =>
      ['$energy_import_wh', '$power_w'].flatMap((column) =>
        rows()
          .filter((row) => row[column] !== null)
          .slice(0, 1),
      );
    await until(() => tableRows().length === 2, 'rows of both tables', { seen });

    const database = sqliteInMemory();
    for (let i = 0; i < 2; i++) database.run(sqlOf('nes22_create'));
    for (const row of [...tableRows(), ...tableRows()]) database.run(sqlOf('nes22_insert'), row);
    const kept = database.all('SELECT * FROM meter_readings');
    assert.equal(kept.length, 2, 'a row that comes twice is kept once');
    const withEnergy = kept.find((row) => row['energy_import_wh'] !== null);
    await readingOf('nes22_dec23', (energy) => wattHours(energy) === withEnergy?.['energy_import_wh']);
    for (const { name, type } of COLUMNS) {
      const types = database.all(`SELECT DISTINCT typeof(${name}) AS type FROM meter_readings`);
      const other = types.map((row: SqliteRow) => row['type']).filter((each) => each !== type && each !== 'null');
      assert.deepEqual(other, [], name);
    }
    const [day] = database.all(sqlOf('nes22_days'));
    assert.equal(day?.['import_kwh'], 0);
    assert.match(String(day['day']), /^\d{4}-\d\d-\d\d$/);
    database.close();
  });

  it('24-csv begins a file with a header, once, and appends a line for each reading', async () => {
    const filename = join(directory, 'readings', 'nes.csv');
    const file = { filename };
    const nodes = filledIn(readExample('24-csv.json'), { nes24_append: file, nes24_look: file, nes24_begin: file });
    const lines = (): string[] => {
      try {
        return readFileSync(filename, 'utf8').trimEnd().split('\n');
      } catch {
        return [];
      }
    };
    await run(nodes, 'nes24');
    await until(() => lines().length >= 3, 'lines', { seen });
    const before = lines().length;
    await run(filledIn(nodes, { nes24_fmt: { name: 'again' } }), 'nes24');
    await until(() => lines().length >= before + 2, 'lines after a deploy', { seen });
    await readingOf('nes24_dec23', (energy) => lines().some((line) => line.includes(`,${wattHours(energy)},`)));
    const [header, ...rows] = lines();
    assert.equal(header, csvHeader('comma'));
    assert.ok(rows.every((row) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+,/.test(row)));
    assert.ok(rows.every((row) => row.split(',').length === header.split(',').length));
  });

  it('25-domoticz sends energy and power to a device of Domoticz', async () => {
    const nodes = filledIn(readExample('25-domoticz.json'), { nes25_fmt: { idx: '42' } });
    await run(nodes, 'nes25');
    const { payload, retain } = await broker.firstOn(/^domoticz\/in$/);
    assert.equal(retain, false);
    const { svalue, ...command } = JSON.parse(payload) as Record<string, unknown>;
    assert.deepEqual(command, { command: 'udevice', idx: 42, nvalue: 0 });
    const [imported, , exported, , taken, returned] = String(svalue).split(';').map(Number);
    const energy = await readingOf('nes25_dec23', (values) => wattHours(values) === imported);
    assert.equal(exported, Math.round(energy['activeEnergyExport']! * 1000));
    await readingOf('nes25_dec28', (live) => live['activePower'] === taken! - returned!);
  });

  it('26-alarms sends a mail that names the fault', async () => {
    const port = await freePort();
    const server = { server: '127.0.0.1', port: String(port), secure: false, tls: false, authtype: 'NONE' };
    const nodes = filledIn(readExample('26-alarms.json'), {
      nes26_mail: server,
      nes26_alarm: { fuse: '0.1', holdSeconds: '0', quietFrom: '', quietTo: '' },
    });
    const z = 'nes26_tab';
    const mailbox = [
      { id: 'nes26_mta', type: 'e-mail mta', z, port: String(port), expert: '{}', wires: [['nes26_box']], x: 0, y: 0 },
      { id: 'nes26_box', type: 'debug', z, active: false, x: 0, y: 0, wires: [] },
      { id: 'nes26_all', type: 'change', z, rules: [], x: 0, y: 0, wires: [] },
    ];
    await run([...nodes, ...mailbox], 'nes26');
    const mails = (): string[] => payloadsOn('debug/nes26_box');
    await until(() => mails().some((mail) => /rated 0\.1 A/.test(mail)), 'a mail of an alarm', { seen });
    assert.ok(
      mails().every((mail) => /draws \d+\.?\d* A/.test(mail)),
      mails().join(),
    );
    const alarms = payloadsOn('debug/nes26_dbg');
    assert.ok(alarms.length >= 1 && alarms.length <= 3, 'one for each phase');
    await press('nes26_try');
    await until(() => mails().some((mail) => mail.includes('This is how an alarm will reach you.')), 'a try', { seen });
  });

  it('log no errors', () => {
    assert.deepEqual(
      broker.published.filter(({ topic }) => /err$/.test(topic)),
      [],
    );
    assert.ok(!/\[error\](?!.*nes20)/.test(nodeRed.log), nodeRed.log);
    assert.ok(!/\[warn\] \[mep-/.test(nodeRed.log), nodeRed.log);
  });
});

import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from '../ports.js';

/** The used part of pg, which has no types. */
export interface PostgresClient {
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}
interface Pg {
  readonly Client: new (options: object) => PostgresClient & { connect(): Promise<void> };
}

/** The folder of PostgreSQL's server programs in Debian, the newest first. */
const POSTGRES_FOLDER = '/usr/lib/postgresql';
const postgresPrograms = existsSync(POSTGRES_FOLDER)
  ? readdirSync(POSTGRES_FOLDER)
      .sort((a, b) => Number(b) - Number(a))
      .map((version) => join(POSTGRES_FOLDER, version, 'bin'))
      .find((folder) => existsSync(join(folder, 'initdb')))
  : undefined;
export const hasPostgres = postgresPrograms !== undefined;

/** PostgreSQL refuses to run as root: returns the ids of another user in that case. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** A database server; it has ended when `stop` resolves. */
abstract class Server {
  readonly port: number;
  protected readonly directory: string;
  readonly #process: ChildProcess;

  protected constructor(port: number, directory: string, process: ChildProcess) {
    this.port = port;
    this.directory = directory;
    this.#process = process;
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGINT');
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A PostgreSQL of its own, empty. */
export class Postgres extends Server {
  static async start(): Promise<Postgres> {
    const programs = postgresPrograms ?? '';
    const user = unprivileged();
    const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
    if (user.uid !== undefined && user.gid !== undefined) chownSync(directory, user.uid, user.gid);
    const data = join(directory, 'data');
    const options = { cwd: directory, stdio: 'ignore', ...user } as const;
    const initdb = ['-D', data, '-U', 'nes', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
    execFileSync(join(programs, 'initdb'), initdb, options);
    const port = await freePort();
    const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', directory, '-F'];
    const postgres = new Postgres(port, directory, spawn(join(programs, 'postgres'), args, options));
    await listening(port);
    return postgres;
  }

  async connect(): Promise<PostgresClient> {
    const { Client } = createRequire(__filename)('pg') as Pg;
    const options = { host: '127.0.0.1', port: this.port, user: 'nes', database: 'postgres' };
    for (let tries = 1; ; tries++) {
      const client = new Client(options);
      try {
        await client.connect();
        return client;
      } catch (error) {
        if (tries === 50) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

const INFLUXD = ['influxd', '/usr/bin/influxd', process.env['INFLUXD'] ?? ''].find(
  (program) => program !== '' && spawnSync(program, ['version']).error === undefined,
);
export const hasInflux = INFLUXD !== undefined;

interface InfluxSeries {
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly unknown[])[];
}

/** An InfluxDB 1 of its own, with a database `nes`. */
export class Influx extends Server {
  static async start(): Promise<Influx> {
    const directory = mkdtempSync(join(tmpdir(), 'influx-'));
    const [port, rpc] = [await freePort(), await freePort()];
    const config = [
      'reporting-disabled = true',
      `bind-address = "127.0.0.1:${rpc}"`,
      `[meta]\ndir = "${join(directory, 'meta')}"`,
      `[data]\ndir = "${join(directory, 'data')}"\nwal-dir = "${join(directory, 'wal')}"`,
      `[http]\nbind-address = "127.0.0.1:${port}"`,
    ];
    const file = join(directory, 'influxdb.conf');
    writeFileSync(file, config.join('\n'));
    const influx = new Influx(port, directory, spawn(INFLUXD ?? '', ['-config', file], { stdio: 'ignore' }));
    await listening(port);
    await influx.query('CREATE DATABASE nes', 'POST');
    return influx;
  }

  /** The rows of a statement, their values by column. */
  async query(statement: string, method: 'GET' | 'POST' = 'GET'): Promise<Record<string, unknown>[]> {
    return (await this.#seriesOf(statement, method)).flatMap(({ columns, values }) =>
      values.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
    );
  }

  /** The rows of a statement by the serial number that its series has as a tag. */
  async series(statement: string): Promise<ReadonlyMap<string, readonly (readonly unknown[])[]>> {
    const all = await this.#seriesOf(statement, 'GET');
    return new Map(all.map(({ tags, values }) => [tags?.['serial'] ?? '', values]));
  }

  async #seriesOf(statement: string, method: 'GET' | 'POST'): Promise<readonly InfluxSeries[]> {
    const url = `http://127.0.0.1:${this.port}/query?db=nes&q=${encodeURIComponent(statement)}`;
    const answer = (await (await fetch(url, { method })).json()) as {
      results: { series?: InfluxSeries[]; error?: string }[];
    };
    const [result] = answer.results;
    if (result?.error !== undefined) throw new Error(result.error);
    return result?.series ?? [];
  }
}

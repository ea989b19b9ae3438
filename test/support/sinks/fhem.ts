import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from '../ports.js';

/** A checkout of FHEM; undefined if there is none to test with. */
export const FHEM_HOME = ((home) => (home !== undefined && existsSync(join(home, 'fhem.pl')) ? home : undefined))(
  process.env['FHEM_HOME'],
);
export const hasFhem = FHEM_HOME !== undefined && spawnSync('perl', ['-v']).error === undefined;

interface ListedDevice {
  readonly Name: string;
  readonly Internals: Readonly<Record<string, string>>;
  readonly Readings: Readonly<Record<string, { readonly Value: string; readonly Time: string }>>;
}

/** A real FHEM without its web pages, with a configuration of its own. */
export class Fhem {
  readonly #directory: string;
  readonly #process: ChildProcess;
  readonly #port: number;

  private constructor(directory: string, process: ChildProcess, port: number) {
    this.#directory = directory;
    this.#process = process;
    this.#port = port;
  }

  /** @param configuration text that a user pastes */
  static async start(configuration: string): Promise<Fhem> {
    if (FHEM_HOME === undefined) throw new Error('There is no FHEM');
    const directory = await mkdtemp(join(tmpdir(), 'fhem-'));
    // An installation has it; definitions of logs name it.
    await mkdir(join(directory, 'log'));
    const port = await freePort();
    const lines = [
      `attr global modpath ${FHEM_HOME}`,
      `attr global statefile ${join(directory, 'fhem.save')}`,
      `attr global logfile ${join(directory, 'fhem.log')}`,
      'attr global autosave 0',
      'attr global nofork 1',
      'define autocreate autocreate',
      `define telnetPort telnet ${port}`,
      configuration,
    ];
    await writeFile(join(directory, 'fhem.cfg'), `${lines.join('\n')}\n`);
    const fhem = spawn('perl', [join(FHEM_HOME, 'fhem.pl'), join(directory, 'fhem.cfg')], {
      cwd: directory,
      stdio: 'ignore',
    });
    await listening(port);
    return new Fhem(directory, fhem, port);
  }

  /** FHEM's answer to a command. */
  async command(text: string): Promise<string> {
    const socket = connect(this.#port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.write(`${text}\nquit\n`);
    await once(socket, 'close');
    return answer;
  }

  /** Names of all devices of a type. */
  async namesOf(type: string): Promise<string[]> {
    return (await this.#list(`TYPE=${type}`)).map(({ Name }) => Name).sort();
  }

  /** The readings of a device by name; undefined when there is no such device. */
  async readingsOf(name: string): Promise<Record<string, string> | undefined> {
    const device = (await this.#list(`NAME=${name}`)).at(0);
    return device && Object.fromEntries(Object.entries(device.Readings).map(([key, { Value }]) => [key, Value]));
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill()) await exited;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #list(devices: string): Promise<readonly ListedDevice[]> {
    const answer = await this.command(`jsonlist2 ${devices}`);
    const end = answer.lastIndexOf('}');
    return (JSON.parse(answer.slice(answer.indexOf('{'), end + 1)) as { Results: ListedDevice[] }).Results;
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '../cache.js';
import { freePort, listening } from '../ports.js';
import { newerNode, scriptOf } from './npm-consumers.js';

const INSTANCE = 'system.adapter.mqtt-client.0';
const CONTROLLER = 'node_modules/iobroker.js-controller';

interface Configuration {
  objects: { port: number };
  states: { port: number };
}

/** A real ioBroker with one adapter: its MQTT client. */
export class IoBroker {
  /** The newest value of each state of the adapter by its id. */
  readonly states = new Map<string, unknown>();
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv = { ...process.env, IOB_NO_SETCAP: '1' };
  readonly #processes: ChildProcess[] = [];
  #statesPort = 0;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * @param folder with the installed packages
   * @param settings of the adapter's instance
   */
  static async start(folder: string, settings: object): Promise<IoBroker> {
    const directory = await mkdtemp(join(tmpdir(), 'iobroker-'));
    const ioBroker = new IoBroker(directory);
    try {
      await ioBroker.#setUp(folder, settings);
    } catch (error) {
      await ioBroker.stop();
      throw error;
    }
    return ioBroker;
  }

  /** What its log has so far. */
  async log(): Promise<string> {
    return readFile(join(this.#directory, 'log/iobroker.current.log'), 'utf8').catch(() => '');
  }

  async #setUp(folder: string, settings: object): Promise<void> {
    // It keeps its data beside its packages: links cost nothing, where the temporary folder is on the same disk.
    const copy = (...options: string[]): Promise<string> =>
      run('cp', [...options, join(folder, 'node_modules'), join(folder, 'package.json'), this.#directory]);
    await copy('-al').catch(() => copy('-r'));
    await this.#command('setup', 'first');
    await this.#movePorts();
    await this.#command('add', 'mqtt-client');
    // The adapter asks for the one with the web pages, which it does not need to run.
    const instance = { common: { globalDependencies: null }, native: settings };
    await this.#command('object', 'extend', INSTANCE, JSON.stringify(instance));
    this.#start(join(this.#directory, CONTROLLER, 'controller.js'));
    await this.#follow();
  }

  /** ioBroker's own ports are the same on every machine. */
  async #movePorts(): Promise<void> {
    const path = join(this.#directory, 'iobroker-data/iobroker.json');
    const configuration = JSON.parse(await readFile(path, 'utf8')) as Configuration;
    const [objects, states] = [await freePort(), await freePort()];
    configuration.objects.port = objects;
    configuration.states.port = states;
    await writeFile(path, JSON.stringify(configuration));
    this.#statesPort = states;
  }

  /** Follows the states in its database, which it opens at its start. */
  async #follow(): Promise<void> {
    await listening(this.#statesPort);
    const child = this.#start(scriptOf('iobroker-states'), this.#directory, String(this.#statesPort));
    createInterface(child.stdout!).on('line', (line) => {
      const { id, value } = JSON.parse(line) as { id: string; value: unknown };
      this.states.set(id.replace(/^io\./, ''), value);
    });
  }

  async #command(...words: string[]): Promise<void> {
    const program = join(this.#directory, CONTROLLER, 'iobroker.js');
    await run(newerNode(), [program, ...words], { cwd: this.#directory, env: this.#environment });
  }

  #start(script: string, ...args: string[]): ChildProcess {
    const child = spawn(newerNode(), [script, ...args], {
      cwd: this.#directory,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#processes.push(child);
    return child;
  }

  async stop(): Promise<void> {
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      // The controller ends its adapters.
      child.kill('SIGTERM');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../ports.js';
import { until } from '../until.js';
import { type HomeAssistantVersion, installHomeAssistant } from './environment.js';
import { HomeAssistantApi } from './api.js';

const HERE = __dirname;
const START_LIMIT_MS = 240_000;
const WARNING = / (?:WARNING|ERROR|CRITICAL) /;
/**
 * The parts of Home Assistant that say what is wrong with messages, entities and statistics. Other parts write about its
 * installation, a busy machine, or a broker that is away.
 */
const ABOUT_MESSAGES = [
  /\[homeassistant\.components\.(?:mqtt(?!\.client\b)|dsmr|homewizard|sensor|binary_sensor|energy|recorder\.(?:statistics|db))\b[^\]]*\]/,
  /\[homeassistant\.helpers\.template\]/,
  /\[homeassistant\.components\.mqtt\.client\] (?:Skipping|Can't decode)/,
];
const MAX_LINE_LENGTH = 600;

export interface HomeAssistantOptions {
  readonly version: HomeAssistantVersion;
  /** Environment of the process: a moved clock. */
  readonly environment?: NodeJS.ProcessEnv;
  /** More of `configuration.yaml`. */
  readonly configuration?: string;
}

/** A real Home Assistant with a configuration of its own. */
export class HomeAssistant {
  readonly url: string;
  readonly version: HomeAssistantVersion;
  readonly #directory: string;
  readonly #python: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #api: HomeAssistantApi | undefined;
  /** Its log before it was started last: each start begins a new file. */
  #earlierLog = '';

  private constructor(port: number, directory: string, python: string, options: HomeAssistantOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.version = options.version;
    this.#directory = directory;
    this.#python = python;
    this.#environment = { ...process.env, ...options.environment };
  }

  /** Installs, starts and onboards a new Home Assistant. */
  static async run(options: HomeAssistantOptions): Promise<HomeAssistant> {
    const python = await installHomeAssistant(options.version);
    const port = await freePort();
    const directory = await mkdtemp(join(tmpdir(), 'home-assistant-'));
    await cp(join(HERE, 'custom_components'), join(directory, 'custom_components'), { recursive: true });
    await writeFile(join(directory, 'configuration.yaml'), `${configuration(port)}${options.configuration ?? ''}`);
    const homeAssistant = new HomeAssistant(port, directory, python, options);
    try {
      await homeAssistant.start();
    } catch (error) {
      await homeAssistant.remove();
      throw error;
    }
    return homeAssistant;
  }

  /** Its API, with the rights of the owner. */
  get api(): HomeAssistantApi {
    if (this.#api === undefined) throw new Error('Home Assistant does not run');
    return this.#api;
  }

  async start(): Promise<void> {
    const args = [join(HERE, 'run.py'), '--config', this.#directory, '--skip-pip'];
    this.#process = spawn(this.#python, args, { env: this.#environment, stdio: ['ignore', 'ignore', 'ignore'] });
    await until(async () => this.#answers(), 'Home Assistant to answer', {
      limitMs: START_LIMIT_MS,
      seen: () => this.log(),
    });
    this.#api = await HomeAssistantApi.connect(this.url, this.#api?.credentials);
    await until(async () => (await this.api.call('get_config'))['state'] === 'RUNNING', 'Home Assistant to run', {
      limitMs: START_LIMIT_MS,
      seen: () => this.log(),
    });
  }

  async #answers(): Promise<boolean> {
    if (this.#process?.exitCode !== null) throw new Error(`Home Assistant has ended: ${await this.log()}`);
    return fetch(`${this.url}/api/onboarding`).then(
      ({ ok, status }) => ok || status === 404,
      () => false,
    );
  }

  /** What it has written to `home-assistant.log` so far, over all starts. */
  async log(): Promise<string> {
    const current = await readFile(join(this.#directory, 'home-assistant.log'), 'utf8').catch(() => '');
    return this.#earlierLog + current;
  }

  /** Warnings and errors in its log so far about what it received and made of it. */
  async warnings(): Promise<string[]> {
    return (await this.log())
      .split('\n')
      .filter((line) => WARNING.test(line) && ABOUT_MESSAGES.some((part) => part.test(line)))
      .map((line) => line.slice(0, MAX_LINE_LENGTH));
  }

  /** Ends the process. @param signal `SIGKILL` for a power failure */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#api?.close();
    const ending = this.#process;
    if (ending?.exitCode !== null || ending.signalCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
    this.#earlierLog = await this.log();
    await rm(join(this.#directory, 'home-assistant.log'), { force: true });
  }

  async restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.stop(signal);
    await this.start();
  }

  /** Ends the process and deletes its configuration. */
  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** What the energy dashboard needs; not `default_config`, which looks for devices and clouds. */
function configuration(port: number): string {
  return `homeassistant:
  time_zone: Europe/Copenhagen
  country: DK
  currency: DKK
http:
  server_host: 127.0.0.1
  server_port: ${port}
recorder:
  commit_interval: 0
logger:
  default: warning
api:
websocket_api:
config:
history:
energy:
frontend:
lovelace:
nes_meter_test:
`;
}

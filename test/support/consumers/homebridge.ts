import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from '../ports.js';

const PLUGIN = 'homebridge-homewizard-power-consumption';
/** HomeKit's short types. */
const LIGHT_SENSOR = '84';
const LIGHT_LEVEL = '6B';
const ACCESSORY_INFORMATION = '3E';
const NAME = '23';

interface Characteristic {
  readonly type: string;
  readonly value?: unknown;
}
interface Service {
  readonly type: string;
  readonly characteristics: readonly Characteristic[];
}

/** A real Homebridge with a plugin for HomeWizard's P1 meter, on this machine only. */
export class Homebridge {
  readonly #port: number;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(port: number, directory: string, process: ChildProcess) {
    this.#port = port;
    this.#directory = directory;
    this.#process = process;
  }

  /**
   * @param folder with the installed packages
   * @param meter host and port of the meter
   */
  static async start(folder: string, meter: string): Promise<Homebridge> {
    const directory = await mkdtemp(join(tmpdir(), 'homebridge-'));
    const port = await freePort();
    const bridge = { name: 'Test', username: '0E:11:22:33:44:55', pin: '031-45-154', port, bind: ['127.0.0.1'] };
    const platform = { platform: 'HomewizardPowerConsumption', name: 'p1', ip: meter, pollInterval: 1 };
    await writeFile(join(directory, 'config.json'), JSON.stringify({ bridge, platforms: [platform] }));
    const modules = join(folder, 'node_modules');
    const program = [join(modules, 'homebridge/bin/homebridge'), '--insecure', '--user-storage-path', directory];
    const plugins = ['--plugin-path', join(modules, PLUGIN), '--strict-plugin-resolution'];
    const child = spawn(process.execPath, [...program, ...plugins], { stdio: 'ignore' });
    const homebridge = new Homebridge(port, directory, child);
    await listening(port);
    return homebridge;
  }

  /** The light levels that it shows, which are watts, by the names of the sensors. */
  async levels(): Promise<Readonly<Record<string, unknown>>> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/accessories`);
    const { accessories } = (await answer.json()) as { accessories: { services: Service[] }[] };
    const valueOf = (services: readonly Service[], service: string, characteristic: string): unknown =>
      services.find(({ type }) => type === service)?.characteristics.find(({ type }) => type === characteristic)?.value;
    const levels = accessories.map(({ services }) => [
      String(valueOf(services, ACCESSORY_INFORMATION, NAME)),
      valueOf(services, LIGHT_SENSOR, LIGHT_LEVEL),
    ]);
    return Object.fromEntries(levels) as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    // On SIGTERM it waits for five seconds.
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}

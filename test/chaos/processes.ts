import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MOSQUITTO } from '../support/brokers/mosquitto.js';
import { freePort, listening } from '../support/ports.js';
import type { BridgeCommand, BridgeMode } from './bridge.js';
import { TYPESCRIPT } from '../support/cli/program.js';

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (child?.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** A bridge in its own process, always on the same port. */
export class BridgeProcess {
  readonly port: number;
  readonly #target: number;
  readonly #seed: number;
  #process: ChildProcess | undefined;

  constructor(port: number, target: number, seed: number) {
    this.port = port;
    this.#target = target;
    this.#seed = seed;
  }

  async start(): Promise<void> {
    const command = [...TYPESCRIPT, join(__dirname, 'bridge.ts'), this.port, this.#target, this.#seed].map(String);
    this.#process = spawn(process.execPath, command, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(this.#process, 'message');
    await this.setMode('clean');
  }

  setMode(mode: BridgeMode): Promise<void> {
    return this.#send({ mode });
  }

  cut(): Promise<void> {
    return this.#send('cut');
  }

  kill(): Promise<void> {
    return end(this.#process, 'SIGKILL');
  }

  async #send(command: BridgeCommand): Promise<void> {
    // A process that was killed gets no mode; the next one begins with `clean`.
    if (!this.#process?.connected) return;
    const acknowledged = new AbortController();
    const { signal } = acknowledged;
    const done = Promise.race([once(this.#process, 'message', { signal }), once(this.#process, 'exit', { signal })]);
    this.#process.send(command);
    await done;
    // Ends the wait for acknowledgements that can no longer come.
    acknowledged.abort();
  }
}

/** A mosquitto that restarts on the same port, with its stored data. */
export class BrokerProcess {
  readonly port: number;
  readonly #directory: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, directory: string) {
    this.port = port;
    this.#directory = directory;
  }

  static async install(): Promise<BrokerProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'chaos-mosquitto-'));
    const port = await freePort();
    // As in Debian: retained messages survive an orderly end and are lost in a power cut.
    const stored = ['persistence true', `persistence_location ${directory}/`];
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'user root', ...stored];
    await writeFile(join(directory, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    return new BrokerProcess(port, directory);
  }

  async start(): Promise<void> {
    const config = join(this.#directory, 'mosquitto.conf');
    const child = spawn(MOSQUITTO ?? 'mosquitto', ['-c', config], { stdio: 'ignore' });
    this.#process = child;
    const onExit = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', onExit);
    child.once('exit', () => process.off('exit', onExit));
    await listening(this.port);
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await end(this.#process, signal);
  }

  async remove(): Promise<void> {
    await end(this.#process, 'SIGKILL');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

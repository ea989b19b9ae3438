import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, listening } from '../ports.js';
import { installedModules } from './installed-package.js';
import { nodeRedHome, type NodeRedMajor } from './node-red-home.js';

const ROOT = join(__dirname, '..', '..', '..');
const PACKAGE = '@nes-meter/node-red-nes-meter';
const SETTINGS = {
  uiHost: '127.0.0.1',
  flowFile: 'flows.json',
  // The secret with which the credentials in the user directory of 0.1.0 (test/fixtures/upgrade) are encrypted.
  credentialSecret: 'test',
  lang: 'en-US',
  // Short, so that tests do not wait long after a first attempt has failed.
  mqttReconnectTime: 1_000,
  contextStorage: { default: { module: 'localfilesystem', config: { cache: false } } },
  telemetry: { enabled: false, updateNotification: false },
  // No dialog of ours has an editor for code; to load Node-RED's default one takes seconds of the processor.
  editorTheme: { tours: false, projects: { enabled: false }, codeEditor: { lib: 'ace' } },
  externalModules: { autoInstall: false, palette: { allowInstall: false } },
};

async function link(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path);
}

async function installPackage(modules: string, installation: Installation): Promise<void> {
  const home = join(modules, PACKAGE);
  if (installation === 'linked') await link(ROOT, home);
  if (installation === 'packed') {
    const source = installedModules();
    for (const name of await readdir(source)) await link(join(source, name), join(modules, name));
  }
  if (installation === 'copied') {
    for (const part of ['package.json', 'dist', 'resources', 'examples']) {
      await cp(join(ROOT, part), join(home, part), { recursive: true });
    }
    await link(join(ROOT, 'node_modules'), join(home, 'node_modules'));
  }
}

/** Resources of the process of a Node-RED after garbage collection. */
export interface Census {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  /** Listeners on `process`. */
  readonly listeners: number;
  /** Open file descriptors: files, sockets, pipes. */
  readonly files: number;
  /** Active handles and requests, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** How the package is installed in a Node-RED. */
export type Installation =
  /** A link to the project. */
  | 'linked'
  /** Packed, and installed from the archive, as by a user. */
  | 'packed'
  /** A copy, for long runs during which the package may be built again. */
  | 'copied';

export interface NodeRedOptions {
  /** Default: the version that the tests run on. */
  readonly major?: NodeRedMajor;
  /** Default: linked. */
  readonly installation?: Installation;
  /** Other packages with nodes, from those installed for the tests. */
  readonly modules?: readonly string[];
  /** Added to settings.js, JSON-safe. */
  readonly settings?: object;
  /** True if `census` will be called. */
  readonly hasCensus?: boolean;
  /** Its wall clock at each start, in milliseconds since 1970; default: that of the machine. */
  readonly startsAt?: number;
}

/** A separate process of a real Node-RED, with only the built package installed, and a context that is stored. */
export class NodeRedProcess {
  readonly port: number;
  readonly url: string;
  /** Its user directory. */
  readonly directory: string;
  /** The command line for `node`. */
  readonly #command: readonly [program: string, ...args: string[]];
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(port: number, directory: string, { major, hasCensus = false, startsAt }: NodeRedOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.directory = directory;
    const { node, red } = nodeRedHome(major);
    const census = hasCensus ? ['--expose-gc', '--require', join(__dirname, 'census.cjs')] : [];
    const shift = startsAt === undefined ? [] : ['--require', join(__dirname, 'shifted-clock.cjs')];
    this.#command = [node, ...census, ...shift, red, '--userDir', directory];
    this.#environment = { ...process.env, ...(startsAt !== undefined && { WALL_CLOCK_STARTS_AT: String(startsAt) }) };
  }

  /** Installs a Node-RED without starting it. */
  static async install(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
    const { installation = 'linked', modules = [], settings } = options;
    const directory = await mkdtemp(join(tmpdir(), 'node-red-'));
    const port = await freePort();
    const home = join(directory, 'node_modules');
    await installPackage(home, installation);
    for (const name of modules) await link(join(ROOT, 'node_modules', name), join(home, name));
    const dependencies = Object.fromEntries([PACKAGE, ...modules].map((name) => [name, '*']));
    const manifest = { name: 'user-directory', private: true, dependencies };
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
    const all = { uiPort: port, ...SETTINGS, ...settings };
    await writeFile(join(directory, 'settings.js'), `module.exports = ${JSON.stringify(all)};\n`);
    return new NodeRedProcess(port, directory, options);
  }

  /** Installs and starts a Node-RED; one that does not start is removed. */
  static async run(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
    const nodeRed = await NodeRedProcess.install(options);
    try {
      await nodeRed.start();
    } catch (error) {
      await nodeRed.remove();
      throw error;
    }
    return nodeRed;
  }

  /** The output of Node-RED so far. */
  get log(): string {
    return this.#log;
  }

  /** Starts Node-RED with its last flows. */
  async start(): Promise<void> {
    const [program, ...args] = this.#command;
    this.#process = spawn(program, args, {
      // A file node with a relative path then writes here, and not into the project.
      cwd: this.directory,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = this.#log.length;
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
    }
    await this.#printed(/Started flows|Waiting for missing types|No flows/i, started);
    await listening(this.port);
  }

  get isRunning(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** The resources of the process; only if installed with `hasCensus`. */
  async census(): Promise<Census> {
    const from = this.#log.length;
    this.#process?.kill('SIGWINCH');
    await this.#printed(/CENSUS .*\n/, from);
    return JSON.parse(/CENSUS (.*)\n/.exec(this.#log.slice(from))?.[1] ?? '') as Census;
  }

  /**
   * Logs a user of `adminAuth` in.
   * @returns the token that the browser would keep
   */
  async login(username: string, password: string): Promise<string> {
    const answer = await fetch(`${this.url}/auth/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password }),
    });
    if (!answer.ok) throw new Error(`Login failed: ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /**
   * Deploys flows, with credentials in the nodes as the editor sends them.
   * @param token of a permitted user, if `adminAuth` is set
   */
  async deploy(flows: readonly object[], type: 'full' | 'flows' | 'nodes' = 'full', token?: string): Promise<void> {
    const answer = await fetch(`${this.url}/flows`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Node-RED-API-Version': 'v2',
        'Node-RED-Deployment-Type': type,
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ flows }),
    });
    if (!answer.ok) throw new Error(`Deploy failed: ${await answer.text()}`);
  }

  /** The stored context of a node, as JSON; empty if there is none. */
  async contextOf(tab: string, node: string): Promise<string> {
    return readFile(join(this.directory, 'context', tab, `${node}.json`), 'utf8').catch(() => '');
  }

  /** Kills Node-RED, like a power cut. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops Node-RED in order, like a reboot. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Stops Node-RED in order, and starts it again on the same port with its stored data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops Node-RED in order and removes all its files. */
  async remove(): Promise<void> {
    await this.#end('SIGTERM');
    await rm(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child?.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async #printed(pattern: RegExp, from: number, limitMs = 240_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!pattern.test(this.#log.slice(from))) {
      if (Date.now() > end || !this.isRunning)
        throw new Error(`Node-RED never printed ${pattern.source}:\n${this.#log}`);
      await pause(25);
    }
  }
}

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
  // With this secret the credentials in the user directory of 0.1.0 (test/fixtures/upgrade) are encrypted.
  credentialSecret: 'test',
  lang: 'en-US',
  // What a test waits for comes soon, even where a first try was in vain.
  mqttReconnectTime: 1_000,
  contextStorage: { default: { module: 'localfilesystem', config: { cache: false } } },
  telemetry: { enabled: false, updateNotification: false },
  editorTheme: { tours: false, projects: { enabled: false } },
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

/** What the process of a Node-RED holds, after its garbage was collected. */
export interface Census {
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  /** Listeners of the process itself. */
  readonly listeners: number;
  /** Open file descriptors: files, sockets, pipes. */
  readonly files: number;
  /** Active handles and requests, by kind. */
  readonly resources: Readonly<Record<string, number>>;
}

/** How the package gets into a Node-RED. */
export type Installation =
  /** A link to the project. */
  | 'linked'
  /** As a user gets it: packed, and installed from the archive. */
  | 'packed'
  /** For long runs, beside which the package may be built anew. */
  | 'copied';

export interface NodeRedOptions {
  /** Default: the one that the tests are run for. */
  readonly major?: NodeRedMajor;
  /** Default: linked. */
  readonly installation?: Installation;
  /** Other packages with nodes, of those that are installed for the tests. */
  readonly modules?: readonly string[];
  /** Added to settings.js, JSON-safe. */
  readonly settings?: object;
  /** Whether `census` will be called. */
  readonly hasCensus?: boolean;
}

/** A real Node-RED of its own, with the built package and nothing else installed, and a context that outlives it. */
export class NodeRedProcess {
  readonly port: number;
  readonly url: string;
  /** Its user directory. */
  readonly directory: string;
  /** What `node` is called with. */
  readonly #command: readonly [program: string, ...args: string[]];
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(port: number, directory: string, { major, hasCensus = false }: NodeRedOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.directory = directory;
    const { node, red } = nodeRedHome(major);
    const census = hasCensus ? ['--expose-gc', '--require', join(__dirname, 'census.cjs')] : [];
    this.#command = [node, ...census, red, '--userDir', directory];
  }

  /** Installed, but not yet running. */
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

  /** Installed and running; nothing remains of one that does not start. */
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

  /** Everything Node-RED printed so far. */
  get log(): string {
    return this.#log;
  }

  /** Starts Node-RED with the flows it last had. */
  async start(): Promise<void> {
    const [program, ...args] = this.#command;
    this.#process = spawn(program, args, {
      // A file node with a relative name writes there, and not into the project.
      cwd: this.directory,
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

  /** What the process holds now; only when installed with `hasCensus`. */
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
   * Deploys flows, credentials among the nodes as the editor sends them.
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

  /** What the context storage keeps of a node, as JSON; empty where it keeps nothing. */
  async contextOf(tab: string, node: string): Promise<string> {
    return readFile(join(this.directory, 'context', tab, `${node}.json`), 'utf8').catch(() => '');
  }

  /** Ends Node-RED as a power cut does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends Node-RED in order, as a reboot does. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends Node-RED in order, and starts it again on the same port with what it has kept. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends Node-RED in order and removes all it wrote. */
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

  async #printed(pattern: RegExp, from: number, limitMs = 60_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (!pattern.test(this.#log.slice(from))) {
      if (Date.now() > end || !this.isRunning)
        throw new Error(`Node-RED never printed ${pattern.source}:\n${this.#log}`);
      await pause(25);
    }
  }
}

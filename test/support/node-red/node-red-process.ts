import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, listening } from '../ports.js';
import { nodeRedHome } from './node-red-home.js';

const ROOT = join(__dirname, '..', '..', '..');
const PACKAGE = '@nes-meter/node-red-nes-meter';

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

/** A real Node-RED of its own, with the built package and nothing else installed, and a context that outlives it. */
export class NodeRedProcess {
  readonly port: number;
  /** Its user directory. */
  readonly directory: string;
  readonly #nodeOptions: readonly string[];
  #process: ChildProcess | undefined;
  #log = '';

  private constructor(port: number, directory: string, nodeOptions: readonly string[]) {
    this.port = port;
    this.directory = directory;
    this.#nodeOptions = nodeOptions;
  }

  /**
   * Installed, but not yet running.
   * @param options.settings added to settings.js, JSON-safe
   * @param options.hasCensus whether `census` will be asked for
   * @param options.isCopy whether the package is copied, for long runs beside which the package may be built anew
   */
  static async install(
    options: { readonly settings?: object; readonly hasCensus?: boolean; readonly isCopy?: boolean } = {},
  ): Promise<NodeRedProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'node-red-'));
    const port = await freePort();
    const home = join(directory, 'node_modules', PACKAGE);
    await mkdir(dirname(home), { recursive: true });
    if (options.isCopy === true) {
      for (const part of ['package.json', 'dist', 'resources', 'examples']) {
        await cp(join(ROOT, part), join(home, part), { recursive: true });
      }
      await symlink(join(ROOT, 'node_modules'), join(home, 'node_modules'));
    } else await symlink(ROOT, home);
    const manifest = { name: 'user-directory', private: true, dependencies: { [PACKAGE]: '*' } };
    await writeFile(join(directory, 'package.json'), JSON.stringify(manifest));
    const settings = {
      uiHost: '127.0.0.1',
      uiPort: port,
      flowFile: 'flows.json',
      credentialSecret: 'test',
      // What a test waits for comes soon, even where a first try was in vain.
      mqttReconnectTime: 1_000,
      contextStorage: { default: { module: 'localfilesystem', config: { cache: false } } },
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false, projects: { enabled: false } },
      externalModules: { autoInstall: false, palette: { allowInstall: false } },
      ...options.settings,
    };
    await writeFile(join(directory, 'settings.js'), `module.exports = ${JSON.stringify(settings)};\n`);
    const census = ['--expose-gc', '--require', join(__dirname, 'census.cjs')];
    return new NodeRedProcess(port, directory, options.hasCensus === true ? census : []);
  }

  /** Everything Node-RED printed so far. */
  get log(): string {
    return this.#log;
  }

  /** Starts Node-RED with the flows it last had. */
  async start(): Promise<void> {
    const { node, red } = nodeRedHome();
    this.#process = spawn(node, [...this.#nodeOptions, red, '-u', this.directory], {
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
    const answer = await fetch(`http://127.0.0.1:${this.port}/auth/token`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ client_id: 'node-red-editor', grant_type: 'password', scope: '', username, password }),
    });
    if (!answer.ok) throw new Error(`Login failed: ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  }

  /**
   * Deploys flows, credentials among the nodes as the editor sends them.
   * @param token of a user who may, where `adminAuth` is set
   */
  async deploy(flows: readonly object[], type: 'full' | 'flows' | 'nodes' = 'full', token?: string): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/flows`, {
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

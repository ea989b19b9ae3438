import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { nodeRedHome, type NodeRedMajor } from './node-red-home.js';
import { freePort } from '../ports.js';

const root = join(__dirname, '../../..');
const PACKAGE = '@nes-meter/node-red-nes-meter';

let installed: string | undefined;

/** The `node_modules` that a user has after installing the packed package; made once for all tests of a run. */
function installedModules(): string {
  if (installed !== undefined) return installed;
  const directory = mkdtempSync(join(tmpdir(), 'nes-meter-installed-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  const archive = execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'user-directory', private: true }));
  const install = ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', join(directory, archive)];
  execFileSync('npm', install, { cwd: directory });
  installed = join(directory, 'node_modules');
  return installed;
}

/** A Node-RED of its own, with the package installed in it as a user would: packed, from the archive. */
export class RealNodeRed {
  readonly url: string;
  /** What it has written on the terminal. */
  log = '';
  readonly #directory: string;
  readonly #major: NodeRedMajor | undefined;
  #process: ChildProcess;

  /**
   * @param options.modules other people's nodes, of those that are installed for the tests
   * @param options.settings added to settings.js, JSON-safe
   */
  static async start(
    options: { readonly major?: NodeRedMajor; readonly modules?: readonly string[]; readonly settings?: object } = {},
  ): Promise<RealNodeRed> {
    const { major, modules = [] } = options;
    const directory = mkdtempSync(join(tmpdir(), 'nes-meter-node-red-'));
    const home = join(directory, 'node_modules');
    mkdirSync(home);
    const source = installedModules();
    for (const name of readdirSync(source)) symlinkSync(join(source, name), join(home, name));
    for (const name of modules) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      symlinkSync(join(root, 'node_modules', name), join(home, name));
    }
    const dependencies = Object.fromEntries([PACKAGE, ...modules].map((name) => [name, '*']));
    writeFileSync(
      join(directory, 'package.json'),
      JSON.stringify({ name: 'user-directory', private: true, dependencies }),
    );
    const port = await freePort();
    const settings = {
      uiHost: '127.0.0.1',
      uiPort: port,
      flowFile: 'flows.json',
      credentialSecret: 'for tests only',
      lang: 'en-US',
      telemetry: { enabled: false, updateNotification: false },
      editorTheme: { tours: false, projects: { enabled: false } },
      externalModules: { autoInstall: false, palette: { allowInstall: false } },
      ...options.settings,
    };
    writeFileSync(join(directory, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
    const nodeRed = new RealNodeRed(directory, port, major);
    try {
      await nodeRed.#untilReady();
    } catch (error) {
      await nodeRed.stop();
      throw error;
    }
    return nodeRed;
  }

  private constructor(directory: string, port: number, major: NodeRedMajor | undefined) {
    this.url = `http://127.0.0.1:${port}`;
    this.#directory = directory;
    this.#major = major;
    this.#process = this.#launch();
  }

  #launch(): ChildProcess {
    const { node, red } = nodeRedHome(this.#major);
    const launched = spawn(node, [red, '--userDir', this.#directory], {
      cwd: this.#directory,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [launched.stdout, launched.stderr]) {
      stream.on('data', (text: Buffer) => {
        this.log += text.toString();
      });
    }
    return launched;
  }

  /** Ends it, and starts it again on the same port with what it has kept. */
  async restart(): Promise<void> {
    await this.#end();
    this.#process = this.#launch();
    await this.#untilReady();
  }

  /** Replaces all flows, as a full deploy in the editor does; credentials stand in the nodes as `credentials`. */
  async deploy(flows: readonly object[]): Promise<void> {
    const answer = await fetch(`${this.url}/flows`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        'Node-RED-API-Version': 'v2',
        'Node-RED-Deployment-Type': 'full',
      },
      body: JSON.stringify({ flows }),
    });
    if (!answer.ok) throw new Error(`Deploy failed: ${answer.status} ${await answer.text()}`);
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGINT');
    await ended;
  }

  async #untilReady(): Promise<void> {
    const end = Date.now() + 60_000;
    for (;;) {
      const answer = await fetch(`${this.url}/flows`).catch(() => undefined);
      if (answer?.ok) return;
      if (this.#process.exitCode !== null || Date.now() > end) throw new Error(`Node-RED did not start:\n${this.log}`);
      await pause(100);
    }
  }
}

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = join(__dirname, '../..');

/** A free TCP port of this machine. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A Node-RED of its own, with the package installed in it as a user would: packed, from the archive. */
export class RealNodeRed {
  readonly url: string;
  /** What it has written on the terminal. */
  log = '';
  readonly #directory: string;
  readonly #process: ChildProcess;

  static async start(): Promise<RealNodeRed> {
    const directory = mkdtempSync(join(tmpdir(), 'nes-meter-node-red-'));
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory], {
      cwd: root,
      encoding: 'utf8',
    });
    writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'user-directory', private: true }));
    const archive = join(directory, packed.trim().split('\n').at(-1) ?? '');
    execFileSync('npm', ['install', '--silent', '--prefer-offline', '--no-audit', '--no-fund', archive], {
      cwd: directory,
    });
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
    };
    writeFileSync(join(directory, 'settings.js'), `module.exports = ${JSON.stringify(settings)};`);
    const nodeRed = new RealNodeRed(directory, port);
    try {
      await nodeRed.#untilReady();
    } catch (error) {
      await nodeRed.stop();
      throw error;
    }
    return nodeRed;
  }

  private constructor(directory: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#directory = directory;
    const command = [join(root, 'node_modules/node-red/red.js'), '--userDir', directory];
    this.#process = spawn(process.execPath, command, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.log += text.toString();
      });
    }
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
    if (this.#process.exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGINT');
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
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

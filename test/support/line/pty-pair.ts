import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasSocat = spawnSync('socat', ['-V']).status === 0;

/** Two pseudo-terminals joined by socat. */
export class PtyPair {
  readonly near: string;
  readonly far: string;
  readonly #directory: string;
  readonly #socat: ChildProcess;

  private constructor(directory: string, socat: ChildProcess) {
    this.#directory = directory;
    this.#socat = socat;
    this.near = join(directory, 'near');
    this.far = join(directory, 'far');
  }

  static async start(): Promise<PtyPair> {
    const directory = await mkdtemp(join(tmpdir(), 'pty-'));
    const ends = ['near', 'far'].map((name) => `pty,raw,echo=0,link=${join(directory, name)}`);
    const pair = new PtyPair(directory, spawn('socat', ends, { stdio: 'ignore' }));
    const deadline = Date.now() + 60_000;
    while (!existsSync(pair.near) || !existsSync(pair.far)) {
      if (Date.now() > deadline) throw new Error('socat made no pseudo-terminals');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return pair;
  }

  /** Removes both ends, as unplugging does. */
  kill(): void {
    this.#socat.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.kill();
    if (this.#socat.exitCode === null && this.#socat.signalCode === null) await once(this.#socat, 'exit');
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** What tests install once on a machine: a folder outside the repository, kept between runs. */
import { type ExecFileException, execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const CACHE = process.env['NES_METER_TEST_CACHE'] ?? join(homedir(), '.cache', 'nes-meter-tests');

/**
 * Makes a folder where it is not there yet.
 * @param name of the folder: another name is another folder, so it contains the versions
 * @param fill installs into the given folder
 * @returns the path of the folder
 */
export async function installedOnce(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  // Another process may install the same: the first one that is complete gets the name.
  const partial = `${folder}.${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await fill(partial);
  await rename(partial, folder).catch(async (error: unknown) => {
    if (!existsSync(folder)) throw error;
    await rm(partial, { recursive: true, force: true });
  });
  return folder;
}

/** Where and with what a program runs. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program to its end. @returns what it printed @throws Error with its last lines */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...args],
      { ...options, maxBuffer: 1 << 24 },
      (error: ExecFileException | null, stdout, stderr) => {
        if (error) reject(new Error(`${program} ${args.slice(0, 4).join(' ')}: ${stderr.slice(-2_000)}`));
        else resolve(stdout);
      },
    );
  });
}

/** Virtual environments of Python for the tests, each installed once and kept between runs. */
import { type ExecFileException, execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PYTHON = '3.13';

/** A cached folder that is not part of the repository. */
const CACHE = process.env['NES_METER_TEST_CACHE'] ?? join(homedir(), '.cache', 'nes-meter-tests');

/** The Python that all of them are made of; undefined if there is none. */
export const python = candidates().find(isSuitable);

function candidates(): string[] {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(pyenv) ? readdirSync(pyenv).filter((name) => name.startsWith(`${PYTHON}.`)) : [];
  return [`python${PYTHON}`, 'python3', ...installed.map((name) => join(pyenv, name, 'bin', 'python3'))];
}

function isSuitable(program: string): boolean {
  const { stdout, status } = spawnSync(program, ['-c', 'import sys, venv; print("%d.%d" % sys.version_info[:2])']);
  return status === 0 && stdout.toString().trim() === PYTHON;
}

/**
 * Makes an environment where it is not there yet.
 * @param name of its folder: another name is another environment, so it contains the versions
 * @param fill installs into it, given the path of its Python
 * @returns the path of its Python
 */
export async function virtualEnvironment(name: string, fill: (python: string) => Promise<void>): Promise<string> {
  if (python === undefined) throw new Error(`There is no Python ${PYTHON}`);
  const folder = join(CACHE, name);
  const installed = join(folder, 'bin', 'python');
  if (existsSync(installed)) return installed;
  await mkdir(CACHE, { recursive: true });
  // Another process may install the same: the first one that is complete gets the name.
  const partial = `${folder}.${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await run(python, '-m', 'venv', partial);
  await fill(join(partial, 'bin', 'python'));
  await rename(partial, folder).catch(async (error: unknown) => {
    if (!existsSync(installed)) throw error;
    await rm(partial, { recursive: true, force: true });
  });
  return installed;
}

/** Runs a program to its end. @returns what it printed @throws Error with its last lines */
export function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 24 }, (error: ExecFileException | null, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.slice(0, 4).join(' ')}: ${stderr.slice(-2_000)}`));
      else resolve(stdout);
    });
  });
}

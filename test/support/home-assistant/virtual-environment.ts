/** Virtual environments of Python for the tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { installedOnce, run } from '../cache.js';

const PYTHON = '3.13';

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
 * Makes an environment with packages where it is not there yet.
 * @param packages with their versions, as pip takes them
 * @returns the path of its Python
 */
export async function virtualEnvironment(packages: readonly string[]): Promise<string> {
  const made = await installedOnce(packages.join('-').replaceAll('==', '-'), async (folder) => {
    await makeEnvironment(folder);
    await run(pythonIn(folder), ['-m', 'pip', 'install', '--quiet', ...packages]);
  });
  return pythonIn(made);
}

/** Makes an empty environment in a folder. */
export async function makeEnvironment(folder: string): Promise<void> {
  if (python === undefined) throw new Error(`There is no Python ${PYTHON}`);
  await run(python, ['-m', 'venv', folder]);
}

/** The path of an environment's Python. */
export const pythonIn = (folder: string): string => join(folder, 'bin', 'python');

/** Where Home Assistant is installed for the tests: one virtual environment for each version, kept between runs. */
import { type ExecFileException, execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The newest that runs on Python 3.13, and one that users with an older installation have. */
export const HOME_ASSISTANT_VERSIONS = ['2026.2.3', '2025.4.4'] as const;
export type HomeAssistantVersion = (typeof HOME_ASSISTANT_VERSIONS)[number];

/** Integrations whose requirements are installed: those of the configuration, and those that tests add through the API. */
const INTEGRATIONS = ['mqtt', 'recorder', 'history', 'energy', 'frontend', 'lovelace', 'homewizard', 'dsmr'];
const PYTHON = '3.13';
/** Release checks of Home Assistant compare patch versions of Python; its packages run on every 3.13. */
const ASSUMED_PYTHON = '3.13.99';
const HERE = __dirname;

/** A cached folder that is not part of the repository. */
const CACHE = process.env['NES_METER_TEST_CACHE'] ?? join(homedir(), '.cache', 'nes-meter-tests');

/** The Python that Home Assistant can run on; undefined if there is none. */
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
 * Installs a version where it is not installed yet.
 * @returns the path of the Python that runs it
 */
export async function installHomeAssistant(version: HomeAssistantVersion): Promise<string> {
  if (python === undefined) throw new Error(`There is no Python ${PYTHON}`);
  const folder = join(CACHE, `home-assistant-${version}`);
  const installed = join(folder, 'bin', 'python');
  if (existsSync(installed)) return installed;
  await mkdir(CACHE, { recursive: true });
  // Another process may install the same version: the first one that is complete gets the name.
  const partial = `${folder}.${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await run(python, '-m', 'venv', partial);
  const own = join(partial, 'bin', 'python');
  await run(own, '-m', 'pip', 'install', '--quiet', 'uv');
  const uvInstall = async (...packages: string[]): Promise<void> => {
    await run(
      own,
      '-m',
      'uv',
      'pip',
      'install',
      '--quiet',
      '--python',
      own,
      '--python-version',
      ASSUMED_PYTHON,
      ...packages,
    );
  };
  await uvInstall(`homeassistant==${version}`);
  const needed = (await run(own, join(HERE, 'requirements.py'), ...INTEGRATIONS)).trim().split('\n');
  await uvInstall(...needed);
  await rename(partial, folder).catch(async (error: unknown) => {
    if (!existsSync(installed)) throw error;
    await rm(partial, { recursive: true, force: true });
  });
  return installed;
}

/** Runs a program to its end. @returns what it printed @throws Error with its last lines */
function run(program: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 24 }, (error: ExecFileException | null, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.slice(0, 4).join(' ')}: ${stderr.slice(-2_000)}`));
      else resolve(stdout);
    });
  });
}

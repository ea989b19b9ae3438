/** Where Home Assistant is installed for the tests: one virtual environment for each version, kept between runs. */
import { join } from 'node:path';
import { installedOnce, run } from '../cache.js';
import { makeEnvironment, pythonIn } from './virtual-environment.js';

/** The newest that runs on Python 3.13, and one that users with an older installation have. */
export const HOME_ASSISTANT_VERSIONS = ['2026.2.3', '2025.4.4'] as const;
export type HomeAssistantVersion = (typeof HOME_ASSISTANT_VERSIONS)[number];

/** Integrations whose requirements are installed: those of the configuration, and those that tests add through the API. */
const INTEGRATIONS = ['mqtt', 'recorder', 'history', 'energy', 'frontend', 'lovelace', 'homewizard', 'dsmr'];
/** Release checks of Home Assistant compare patch versions of Python; its packages run on every 3.13. */
const ASSUMED_PYTHON = '3.13.99';
const HERE = __dirname;

/**
 * Installs a version where it is not installed yet.
 * @returns the path of the Python that runs it
 */
export async function installHomeAssistant(version: HomeAssistantVersion): Promise<string> {
  const installed = await installedOnce(`home-assistant-${version}`, async (folder) => {
    await makeEnvironment(folder);
    const own = pythonIn(folder);
    await run(own, ['-m', 'pip', 'install', '--quiet', 'uv']);
    const uvInstall = ['-m', 'uv', 'pip', 'install', '--quiet', '--python', own, '--python-version', ASSUMED_PYTHON];
    await run(own, [...uvInstall, `homeassistant==${version}`]);
    const needed = (await run(own, [join(HERE, 'requirements.py'), ...INTEGRATIONS])).trim().split('\n');
    await run(own, [...uvInstall, ...needed]);
  });
  return pythonIn(installed);
}

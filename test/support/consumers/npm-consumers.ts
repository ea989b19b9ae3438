import { createHash } from 'node:crypto';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installedOnce, run } from '../cache.js';
import { nodeRedHome } from '../node-red/node-red-home.js';

const HOME = join(__dirname, '../../consumers');
const FILES = ['package.json', 'package-lock.json'];
/** ioBroker's adapters need a newer Node.js than this package. */
const IOBROKER_NODE = 22;

/** Programs from npm that read what the package sends; the folder with their packages. */
export async function npmConsumers(): Promise<string> {
  const lock = await readFile(join(HOME, 'package-lock.json'));
  const name = `npm-consumers-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`;
  return installedOnce(name, async (folder) => {
    await mkdir(folder);
    for (const file of FILES) await cp(join(HOME, file), join(folder, file));
    // None of them needs its scripts, which are those of foreign packages.
    const options = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['ci', ...options], { cwd: folder });
  });
}

/** A Node.js that is new enough for ioBroker. */
export function newerNode(): string {
  return Number(process.versions.node.split('.')[0]) > IOBROKER_NODE ? process.execPath : nodeRedHome(5).node;
}

/** The path of a script of this folder. */
export const scriptOf = (name: string): string => join(__dirname, `${name}.cjs`);

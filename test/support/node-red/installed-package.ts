import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
/** The variable in which mocha gives its workers the path of the installation. */
const VARIABLE = 'NES_METER_INSTALLED_MODULES';

/** The `node_modules` of a user who installed the packed package; made once for all tests of a run. */
export function installedModules(): string {
  return (process.env[VARIABLE] ??= install());
}

function install(): string {
  const directory = mkdtempSync(join(tmpdir(), 'nes-meter-installed-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  const pack = ['pack', '--ignore-scripts', '--silent', '--pack-destination', directory];
  const archive = execFileSync('npm', pack, { cwd: ROOT, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '';
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name: 'user-directory', private: true }));
  const options = ['--silent', '--prefer-offline', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, join(directory, archive)], { cwd: directory });
  return join(directory, 'node_modules');
}

/** Runs before the workers of mocha start: each of them would take seconds to pack and install. */
export function mochaGlobalSetup(): void {
  installedModules();
}

// Installs Node-RED 5 and newer Node.js for the tests, where they are not yet; then runs what is given with that Node.js:
// node scripts/node-red-5.mjs [program and arguments], with NODE_RED_MAJOR=5 in its environment.
// `--node 22` before the program takes Node.js 22 and the Node-RED of the package itself.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test', 'node-red-5');
const modules = join(home, 'node_modules');
const lock = readFileSync(join(home, 'package-lock.json'), 'utf8');
const stamp = join(modules, '.installed');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  const npm = process.env.npm_execpath;
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  execFileSync(program, [...first, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: home,
    stdio: 'inherit',
  });
  writeFileSync(stamp, lock);
}

let command = process.argv.slice(2);
let node = 'node';
const env = { ...process.env, NODE_RED_MAJOR: '5' };
if (command[0] === '--node' && command[1] === '22') {
  node = 'node-22';
  delete env.NODE_RED_MAJOR;
  command = command.slice(2);
}
if (command.length > 0) {
  const { status } = spawnSync(join(modules, node, 'bin', 'node'), command, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

// Installs Node-RED 5 and newer versions of Node.js for the tests if missing, then runs the given program with that Node.js:
// node scripts/ci/node-red-5.mjs [--node 22|24] [--flow-tests | program and arguments], with NODE_RED_MAJOR=5 in its
// environment.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const home = join(dirname(fileURLToPath(import.meta.url)), '../../test/node-red-5');
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

/** The packages with a Node.js, by major version. */
const NODES = { 22: 'node-22', 24: 'node' };
const given = process.argv.slice(2);
const isChosen = given[0] === '--node';
const version = isChosen ? given[1] : '24';
const rest = isChosen ? given.slice(2) : given;
// The demo test installs a Node-RED of its own.
const FLOW_TESTS = ['node_modules/mocha/bin/mocha.js', '--config', 'test/mocha/flow.cjs', '--ignore', 'test/demo/**'];
const command = rest[0] === '--flow-tests' ? FLOW_TESTS : rest;
if (!(version in NODES)) throw new Error(`--node takes ${Object.keys(NODES).join(' or ')}, not ${version}`);
if (command.length > 0) {
  const node = join(modules, NODES[version], 'bin', 'node');
  const env = { ...process.env, NODE_RED_MAJOR: '5' };
  console.log(`Node.js ${version}, Node-RED 5`);
  const { status } = spawnSync(node, command, { env, stdio: 'inherit' });
  process.exitCode = status ?? 1;
}

/** What loading the package adds to the start of a Node-RED that is running already. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median, type Row } from './measure.js';

const PROGRAM = `
const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
require('node-red');
const nodes = Object.values(JSON.parse(readFileSync('package.json', 'utf8'))['node-red'].nodes);
const start = performance.now();
for (const file of nodes) require(process.cwd() + '/' + file);
console.log(performance.now() - start);
`;

/** @returns one row: milliseconds to require every node file of dist/, the median of several fresh processes. */
export function benchRequire(): Row[] {
  const root = join(__dirname, '..');
  const runs = Array.from({ length: 7 }, () =>
    Number.parseFloat(
      execFileSync(process.execPath, ['-e', PROGRAM], { cwd: root, encoding: 'utf8' }).trim().split('\n').at(-1) ?? '',
    ),
  );
  const time = median(runs);
  return [
    {
      what: 'requiring the package in a running Node-RED',
      figure: `${time.toFixed(1)} ms`,
      limit: 'under 50 ms',
      isWithin: time < 50,
    },
  ];
}

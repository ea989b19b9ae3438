/** What loading the package adds to the start of a running Node-RED, compared with loading `mqtt` in the same process. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { median, type Row } from './measure.js';

const MAX_RATIO = 2.5;
const PROCESSES = 9;

/** Node-RED is loaded first, so that modules which both share with it are not counted. */
const PROGRAM = `
const { readFileSync } = require('node:fs');
const { performance } = require('node:perf_hooks');
require('node-red');
const files = Object.values(JSON.parse(readFileSync('package.json', 'utf8'))['node-red'].nodes);
const timeOf = (load) => {
  const start = performance.now();
  load();
  return performance.now() - start;
};
const ours = () => files.forEach((file) => require(process.cwd() + '/' + file));
const theirs = () => require('mqtt');
const first = process.argv[1] === 'ours' ? ours : theirs;
const times = [first, first === ours ? theirs : ours].map(timeOf);
console.log(JSON.stringify(first === ours ? times : times.reverse()));
`;

function timesOfOneProcess(order: 'ours' | 'theirs'): { ours: number; theirs: number } {
  const root = join(__dirname, '..');
  const output = execFileSync(process.execPath, ['-e', PROGRAM, order], { cwd: root, encoding: 'utf8' });
  const [ours = Number.NaN, theirs = Number.NaN] = JSON.parse(output.trim().split('\n').at(-1) ?? '[]') as number[];
  return { ours, theirs };
}

/** @returns one row: the median ratio of several fresh processes, which alternate in the order of loading */
export function benchRequire(): Row[] {
  const runs = Array.from({ length: PROCESSES }, (_, index) => timesOfOneProcess(index % 2 === 0 ? 'ours' : 'theirs'));
  const ratio = median(runs.map(({ ours, theirs }) => ours / theirs));
  const [ours, theirs] = [median(runs.map((run) => run.ours)), median(runs.map((run) => run.theirs))];
  return [
    {
      what: 'requiring the package in a running Node-RED',
      figure: `${ratio.toFixed(2)} x requiring mqtt (${ours.toFixed(1)} ms, mqtt ${theirs.toFixed(1)} ms)`,
      limit: `at most ${MAX_RATIO} x`,
      isWithin: ratio <= MAX_RATIO,
    },
  ];
}

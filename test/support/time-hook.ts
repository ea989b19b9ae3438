import { appendFileSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { CHOSEN_MAJOR } from './node-red/node-red-home.js';

/** Ticks of /proc in a second. */
const TICKS = 100;
const target = process.env['TEST_TIMES'];
const environment = `Node.js ${process.versions.node.split('.')[0] ?? ''}, Node-RED ${CHOSEN_MAJOR}`;
let begun = performance.timeOrigin;
let spent = 0;

/** Processor time of this process, and of those that it started and that have ended; 0 where there is no /proc. */
function processorSeconds(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const times = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15);
    return times.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  } catch {
    return 0;
  }
}

/**
 * For each test file: if TEST_TIMES names a file, adds a line with seconds, processor seconds, path and environment to
 * it. A worker takes the next file as soon as one has ended, so the time to load a file is included.
 */
export const mochaHooks = {
  afterAll(this: Mocha.Context): void {
    if (target === undefined) return;
    const processor = processorSeconds();
    const seconds = [(Date.now() - begun) / 1_000, processor - spent].map((value) => value.toFixed(1));
    const file = relative(process.cwd(), this.test?.parent?.suites[0]?.file ?? '');
    appendFileSync(target, `${[...seconds, file, environment].join('\t')}\n`);
    begun = Date.now();
    spent = processor;
  },
};

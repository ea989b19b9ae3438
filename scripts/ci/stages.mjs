// Runs npm scripts side by side: node scripts/ci/stages.mjs test:unit lint,test:flow
// Each word is a lane, with scripts that run one after another, also when the one before has failed: one failure must not
// hide another. What the first lane prints is shown at once, the output of the others when they end. If TEST_REPORT names
// a folder, it gets a log of each script, and `stages.tsv` with the seconds that each took.
import { spawn } from 'node:child_process';
import { appendFileSync, createWriteStream } from 'node:fs';
import { join } from 'node:path';

const lanes = process.argv.slice(2).map((lane) => lane.split(','));
const report = process.env.TEST_REPORT;
const failed = [];

await Promise.all(lanes.map(runLane));
for (const script of failed) console.log(`Failed: npm run ${script}`);
process.exitCode = failed.length > 0 ? 1 : 0;

async function runLane(scripts, place) {
  const held = [];
  for (const script of scripts) {
    const begun = performance.now();
    const status = await run(script, (chunk) => (place === 0 ? process.stdout.write(chunk) : held.push(chunk)));
    if (status !== 0) failed.push(script);
    const seconds = (performance.now() - begun) / 1_000;
    if (report !== undefined) appendFileSync(join(report, 'stages.tsv'), `${script}\t${seconds.toFixed(0)}\n`);
  }
  for (const chunk of held) process.stdout.write(chunk);
}

/** Runs a script; its log ends with a line that says so if it failed. */
async function run(script, onOutput) {
  const npm = process.env.npm_execpath;
  const [program, ...first] = npm ? [process.execPath, npm] : ['npm'];
  const child = spawn(program, [...first, 'run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log = report === undefined ? undefined : createWriteStream(join(report, `${script.replaceAll(':', '-')}.log`));
  const take = (chunk) => {
    log?.write(chunk);
    onOutput(chunk);
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) take(`Ended with an error: npm run ${script}\n`);
  await new Promise((resolve) => (log === undefined ? resolve() : log.end(resolve)));
  return status;
}

// Sums up the final lines of mocha in the given logs. Repeats failures and aborts at the end, where they are easy to find,
// and lists skipped tests by name, the time of each stage (`stages.tsv`, by scripts/ci/stages.mjs) and the slowest test files
// (other `.tsv` files, by test/support/time-hook.ts); then prints `N passed, N failed, N skipped`.
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** The last line in the log of a script that failed. */
const ENDED_BADLY = /^Ended with an error: .*$/m;
const MAX_REPORT_LINES = 200;
const MAX_TAIL_LINES = 60;
const SLOWEST = 10;

const total = { passing: 0, failing: 0, pending: 0 };
const skipped = [];
const failures = [];
const brokenOff = [];
const paths = process.argv.slice(2);
const times = paths.filter((path) => path.endsWith('.tsv'));
for (const path of paths.filter((each) => !times.includes(each))) {
  const text = stripVTControlCharacters(readFileSync(path, 'utf8'));
  const reports = text.match(/^ +\d+ failing\n[^]*?(?=^ +\d+ passing|^Ended with an error|(?![^]))/gm) ?? [];
  failures.push(...reports.map((report) => `${path}\n${linesOf(report).slice(0, MAX_REPORT_LINES).join('\n')}`));
  // A log may hold several runs of mocha, one after another.
  const sumOf = (word) =>
    [...text.matchAll(new RegExp(`^ *(\\d+) ${word}\\b`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
  for (const word of Object.keys(total)) total[word] += sumOf(word);
  const withoutReports = reports.reduce((rest, report) => rest.replace(report, ''), text);
  skipped.push(...[...withoutReports.matchAll(/^\s+- (.+)$/gm)].map(([, name]) => name));
  // A run that failed without a failed test, or without any test, was aborted: that counts as a failure. Lint has none, and
  // what a machine cannot run says so.
  const isLeftOut = /^Left out altogether: /m.test(text);
  const isWithoutTests = basename(path).startsWith('test') && sumOf('passing') === 0 && !isLeftOut;
  if (sumOf('failing') === 0 && (isWithoutTests || ENDED_BADLY.test(text))) {
    total.failing += 1;
    brokenOff.push(`${path}\n${linesOf(text).slice(-MAX_TAIL_LINES).join('\n')}`);
  }
}
if (failures.length > 0) console.log(`Failed:\n${failures.join('\n')}`);
if (brokenOff.length > 0) console.log(`Broke off:\n${brokenOff.join('\n')}`);
if (total.pending > 0) console.log(`Skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
for (const path of times) (basename(path) === 'stages.tsv' ? showStages : showSlowest)(path);
console.log(`${total.passing} passed, ${total.failing} failed, ${total.pending} skipped`);
process.exitCode = total.failing > 0 ? 1 : 0;

/** The stages in the order in which they ended; those of several lanes overlap. */
function showStages(path) {
  console.log('Stages:');
  for (const line of linesOf(readFileSync(path, 'utf8'))) {
    const [name, seconds] = line.split('\t');
    console.log(`${seconds.padStart(7)} s  ${name}`);
  }
}

/** The slowest files, with their processor time: a large difference shows that a file waits. */
function showSlowest(path) {
  if (!existsSync(path)) return;
  const rows = linesOf(readFileSync(path, 'utf8')).map((line) => line.split('\t'));
  rows.sort(([a], [b]) => Number(b) - Number(a));
  const sum = (column) => rows.reduce((total, row) => total + Number(row[column]), 0).toFixed(0);
  console.log(`Slowest of ${rows.length} files (${sum(0)} s, ${sum(1)} s of the processor):`);
  for (const [seconds, processor, file, environment] of rows.slice(0, SLOWEST)) {
    console.log(`${seconds.padStart(7)} s ${processor.padStart(6)} s  ${file} (${environment})`);
  }
}

function linesOf(text) {
  return text.trimEnd().split('\n');
}

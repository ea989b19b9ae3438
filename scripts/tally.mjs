// Adds up mocha's closing lines from the given logs: what failed and why, once more at the end, where it is found;
// skipped tests by name; then `N passed, N failed, N skipped`.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const total = { passing: 0, failing: 0, pending: 0 };
const skipped = [];
const failures = [];
const LONGEST_REPORT = 60;
let isIncomplete = false;
for (const path of process.argv.slice(2)) {
  const text = stripVTControlCharacters(readFileSync(path, 'utf8'));
  // A log may hold several runs of mocha, one after another.
  const sumOf = (word) =>
    [...text.matchAll(new RegExp(`^\\s*(\\d+) ${word}\\b`, 'gm'))].reduce((sum, [, count]) => sum + Number(count), 0);
  const counts = Object.fromEntries(Object.keys(total).map((word) => [word, sumOf(word)]));
  if (counts.passing === 0) isIncomplete = true;
  for (const word of Object.keys(total)) total[word] += counts[word];
  for (const match of text.matchAll(/^\s+- (.+)$/gm)) skipped.push(match[1]);
  for (const [report] of text.matchAll(/^ +\d+ failing\n[^]*?(?=^ +\d+ passing|(?![^]))/gm)) {
    failures.push(`${path}\n${report.trimEnd().split('\n').slice(0, LONGEST_REPORT).join('\n')}`);
  }
}
if (failures.length > 0) console.log(`Failed:\n${failures.join('\n')}`);
if (total.pending > 0) console.log(`Skipped:\n${skipped.map((name) => `  ${name}`).join('\n')}`);
console.log(`${total.passing} passed, ${total.failing} failed, ${total.pending} skipped`);
process.exitCode = total.failing > 0 || isIncomplete ? 1 : 0;

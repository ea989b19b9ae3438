import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TALLY = join(__dirname, '../../../scripts/ci/tally.mjs');

describe('The tally at the end of .ci/run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tally-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function tally(files: Readonly<Record<string, string>>): { status: number | null; lines: string[] } {
    const paths = Object.entries(files).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    const { status, stdout } = spawnSync(process.execPath, [TALLY, ...paths], { encoding: 'utf8' });
    return { status, lines: stdout.trimEnd().split('\n') };
  }

  it('adds up the runs of all logs', () => {
    const { status, lines } = tally({
      'test.log': '  A\n    ✔ b\n    - c\n\n  1200 passing (2m)\n  1 pending\n\n  30 passing (4s)\n',
      'test-system.log': '  12 passing (1m)\n',
    });
    assert.equal(status, 0);
    assert.deepEqual(lines, ['Skipped:', '  c', '1242 passed, 0 failed, 1 skipped']);
  });

  it('fails where a test failed, and repeats its report', () => {
    const { status, lines } = tally({
      'test.log': '  3 passing (1s)\n  1 failing\n\n  1) A\n       b:\n     Error: c\n',
    });
    assert.equal(status, 1);
    assert.ok(lines.includes('     Error: c'));
    assert.equal(lines.at(-1), '3 passed, 1 failed, 0 skipped');
  });

  for (const [what, log] of Object.entries({
    'ended with an error': '  3 passing (1s)\nEnded with an error: npm run test\n',
    'ran no test': 'nothing\n',
  })) {
    it(`fails where a command ${what}`, () => {
      const { status, lines } = tally({ 'test.log': log });
      assert.equal(status, 1);
      assert.match(lines.at(-1) ?? '', /1 failed/);
    });
  }

  it('passes over what this machine cannot run, unless that ended with an error', () => {
    const leftOut = 'Left out altogether: npm run test:home-assistant (needs Python 3.13)\n';
    assert.equal(tally({ 'test-home-assistant.log': leftOut }).status, 0);
    const failed = `${leftOut}Ended with an error: npm run test:home-assistant\n`;
    assert.equal(tally({ 'test-home-assistant.log': failed }).status, 1);
  });

  it('fails where lint, which has no tests, failed, and only there', () => {
    const good = { 'test.log': '  3 passing (1s)\n', 'lint.log': 'All is formatted\n' };
    assert.equal(tally(good).lines.at(-1), '3 passed, 0 failed, 0 skipped');
    const { status, lines } = tally({ ...good, 'lint.log': 'a.ts: wrong\nEnded with an error: npm run lint\n' });
    assert.equal(status, 1);
    assert.ok(lines.includes('a.ts: wrong'));
    assert.equal(lines.at(-1), '3 passed, 1 failed, 0 skipped');
  });

  it('lists the time of each stage', () => {
    const { lines } = tally({ 'test.log': '  3 passing (1s)\n', 'stages.tsv': 'lint\t200\ntest:unit\t31\n' });
    assert.deepEqual(lines.slice(0, 3), ['Stages:', '    200 s  lint', '     31 s  test:unit']);
  });

  it('shows the ten slowest files, with where they ran', () => {
    const rows = Array.from({ length: 12 }, (_, i) => `${(i + 1).toFixed(1)}\t0.5\ttest/${i}.test.ts\tNode.js 20\n`);
    const { lines } = tally({ 'test.log': '  3 passing (1s)\n', 'times.tsv': rows.join('') });
    assert.equal(lines[0], 'Slowest of 12 files (78 s, 6 s of the processor):');
    assert.equal(lines[1], '   12.0 s    0.5 s  test/11.test.ts (Node.js 20)');
    assert.equal(lines.filter((line) => line.includes('.test.ts')).length, 10);
  });
});

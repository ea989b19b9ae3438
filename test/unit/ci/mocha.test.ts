import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const folder = join(root, 'test/mocha');
const RUNS = readdirSync(folder).filter((name) => name !== 'configuration.cjs');
const specOf = (name: string): readonly string[] =>
  (createRequire(__filename)(join(folder, name)) as { spec: readonly string[] }).spec;

describe('The runs of mocha', () => {
  for (const name of RUNS) {
    it(`begin with files that there are: ${name}`, () => {
      const named = readFileSync(join(folder, name), 'utf8').match(/test\/[\w./-]+\.test\.ts/g) ?? [];
      for (const file of named) assert.ok(existsSync(join(root, file)), file);
    });
  }

  it('take every file of tests once', () => {
    const taken = RUNS.flatMap(specOf).sort();
    const all = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts') && !name.includes('node_modules'))
      .map((name) => `test/${name.replaceAll('\\', '/')}`);
    assert.deepEqual(taken, all.sort());
  });

  it('try no failed test again', () => {
    for (const name of RUNS) assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /retries/);
  });
});

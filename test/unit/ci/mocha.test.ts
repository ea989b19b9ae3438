import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const folder = join(root, 'test/mocha');
const NO_RUNS = ['configuration.cjs', 'typescript.cjs'];
const RUNS = readdirSync(folder).filter((name) => !NO_RUNS.includes(name));
const { testsIn } = createRequire(__filename)(join(folder, 'configuration.cjs')) as {
  testsIn: (folder: string) => readonly string[];
};
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
    // Not the thousands of files of an installed Node-RED 5.
    const folders = readdirSync(join(root, 'test')).filter((name) => name !== 'node-red-5');
    const all = folders.flatMap((folder) => testsIn(`test/${folder}`));
    assert.deepEqual(taken, all.sort());
  });

  it('try no failed test again', () => {
    for (const name of RUNS) assert.doesNotMatch(readFileSync(join(folder, name), 'utf8'), /retries/);
  });
});

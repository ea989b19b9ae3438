const { readdirSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '../..');

/** The test files of a folder, those of its folders included, by their paths from the root of the repository. */
function testsIn(folder) {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort();
}

/**
 * What all runs of mocha have in common. Workers take files in this order: those that take longest come first, so that no
 * worker is left with a long one at the end.
 * @param files paths of test files
 * @param longest those of them to begin with
 * @param options.hooks further files with hooks
 * @param options further options of this run
 */
function configuration(files, longest, { hooks = [], ...options }) {
  const first = longest.filter((file) => files.includes(file));
  return {
    extension: ['ts'],
    require: ['test/mocha/typescript.cjs', 'test/support/secret-hook.ts', 'test/support/time-hook.ts', ...hooks],
    spec: [...first, ...files.filter((file) => !first.includes(file))],
    parallel: true,
    // A safety net, for a machine that is busy with other things: no test is judged by its time.
    timeout: 300_000,
    ...options,
  };
}

module.exports = { configuration, testsIn };

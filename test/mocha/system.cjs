const { configuration, testsIn } = require('./configuration.cjs');

const files = testsIn('test/system').filter((file) => !file.startsWith('test/system/alone/'));

const onEachNodeRed = (name) => [4, 5].map((major) => `test/system/${name}-node-red-${major}.test.ts`);
const LONGEST = [
  'test/system/languages.test.ts',
  ...['dashboard-traffic', 'accessibility', 'editor', 'connection-test', 'meter-dialog', 'dashboard'].flatMap(
    onEachNodeRed,
  ),
];

module.exports = configuration(files, LONGEST, {
  hooks: ['test/support/node-red/installed-package.ts'],
  jobs: 3,
  timeout: 240_000,
});

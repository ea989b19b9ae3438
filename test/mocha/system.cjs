const { configuration, testsIn } = require('./configuration.cjs');

const files = testsIn('test/system').filter((file) => !file.startsWith('test/system/alone/'));

module.exports = configuration(files, [], {
  hooks: ['test/support/node-red/installed-package.ts'],
  jobs: 3,
  timeout: 240_000,
});

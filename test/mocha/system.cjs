const { configuration, testsIn } = require('./configuration.cjs');

const files = testsIn('test/system').filter((file) => !file.startsWith('test/system/alone/'));

const LONGEST = [
  'test/system/npm-consumers.test.ts',
  'test/system/languages.test.ts',
  'test/system/dashboard-traffic-node-red-4.test.ts',
  'test/system/dashboard-traffic-node-red-5.test.ts',
  'test/system/accessibility-node-red-4.test.ts',
  'test/system/accessibility-node-red-5.test.ts',
  'test/system/editor-node-red-4.test.ts',
  'test/system/editor-node-red-5.test.ts',
  'test/system/connection-test-node-red-4.test.ts',
  'test/system/connection-test-node-red-5.test.ts',
  'test/system/meter-dialog-node-red-4.test.ts',
  'test/system/meter-dialog-node-red-5.test.ts',
  'test/system/dashboard-node-red-4.test.ts',
  'test/system/dashboard-node-red-5.test.ts',
];

module.exports = configuration(files, LONGEST, {
  hooks: ['test/support/node-red/installed-package.ts'],
  // A page that is watched for half a minute, or a broker that is restarted, needs no processor.
  jobs: 4,
});

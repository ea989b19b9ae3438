const { configuration, testsIn } = require('./configuration.cjs');

const LONGEST = [
  'test/flow/admin.test.ts',
  'test/flow/admin-typed-key.test.ts',
  'test/flow/package.test.ts',
  'test/flow/another-meter.test.ts',
  'test/flow/upgrade.test.ts',
  'test/flow/bridge-examples.test.ts',
];

// They mostly wait.
module.exports = configuration([...testsIn('test/flow'), ...testsIn('test/demo')], LONGEST, {
  jobs: 8,
});

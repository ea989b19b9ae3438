const { configuration, testsIn } = require('./configuration.cjs');

module.exports = configuration(testsIn('test/system/alone'), ['test/system/alone/chaos.test.ts'], {
  jobs: 2,
});

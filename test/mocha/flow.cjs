const { configuration, testsIn } = require('./configuration.cjs');

// They mostly wait.
module.exports = configuration([...testsIn('test/flow'), ...testsIn('test/demo')], [], { jobs: 6, timeout: 90_000 });

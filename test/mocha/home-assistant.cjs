const { configuration, testsIn } = require('./configuration.cjs');

// Each file starts a Home Assistant, which is installed once: the second file would wait for that.
module.exports = configuration(testsIn('test/home-assistant'), [], { jobs: 2, timeout: 600_000 });

const { configuration, testsIn } = require('./configuration.cjs');

const files = testsIn('test/system').filter((file) => !file.startsWith('test/system/alone/'));

module.exports = configuration(files, [], { jobs: 3, timeout: 240_000 });

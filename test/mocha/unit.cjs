const { configuration, testsIn } = require('./configuration.cjs');

const LONGEST = [
  'test/unit/cli/online.test.ts',
  'test/unit/meter/setups.test.ts',
  'test/unit/readings/plausibility/home-assistant.test.ts',
  'test/unit/cli/trace.test.ts',
  'test/unit/cli/simulate-from.test.ts',
  'test/unit/cli/replay.test.ts',
  'test/unit/tables/round-trip.test.ts',
  'test/unit/meter/soak.test.ts',
  'test/unit/fuzz.test.ts',
  'test/unit/floors.test.ts',
  'test/unit/optical/soak.test.ts',
  'test/unit/tables/sizes.test.ts',
  'test/unit/docs/public-api.test.ts',
  'test/unit/readings/consumption/clocks.test.ts',
];

module.exports = configuration(testsIn('test/unit'), LONGEST, { hooks: ['test/support/seed-hook.ts'], jobs: 3 });

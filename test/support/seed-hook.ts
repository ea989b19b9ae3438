import fc from 'fast-check';

/** Any number; `SEED=7 npm run test:unit` tries others, and `npm run fuzz` many. */
const SEED = Number(process.env['SEED'] ?? 1);

// With a seed of each run's own, a test would fail one day for an input that no commit has to do with.
fc.configureGlobal({ seed: SEED });

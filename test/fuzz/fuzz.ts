/**
 * `npm run fuzz [-- --cases 1000000 --seed 1 --only tables]`: random and damaged input for everything that takes input
 * from outside. It may only throw errors of this package. Failures are minimised and printed as JSON, to be stored in
 * test/fuzz/findings. The nodes and the admin endpoints, in a real Node-RED runtime, get a hundredth of the cases.
 */
import { parseArgs } from 'node:util';
import { fuzz, type Tally, toJson } from './engine.js';
import { fuzzNodes } from './nodes.js';
import { TARGETS } from './targets.js';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

function print({ cases, refused, failures }: Tally): number {
  for (const [name, count] of Object.entries(cases)) console.log(`${name}: ${count} cases`);
  console.log(`${refused} refused with an error of this package`);
  for (const { target, signature, input, cases: times } of failures) {
    console.log(`\nFAILED ${times} times: ${target}: ${signature}\n${toJson({ target, signature, input })}`);
  }
  return failures.length;
}

async function main(): Promise<void> {
  const [cases, seed] = [Number(values.cases), Number(values.seed)];
  const targets = TARGETS.filter(({ name }) => values.only === undefined || name.includes(values.only));
  const begun = Date.now();
  let failures = targets.length > 0 ? print(fuzz(targets, cases, seed)) : 0;
  if (values.only === undefined || values.only === 'nodes')
    failures += print(await fuzzNodes(Math.ceil(cases / 100), seed));
  console.log(`\n${failures} kinds of failure, seed ${seed}, ${Math.round((Date.now() - begun) / 1000)} s`);
  process.exit(failures > 0 ? 1 : 0);
}

void main();

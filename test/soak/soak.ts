/**
 * `npm run soak [-- --protocol optical --reads 10000 --seed 1 --security rc4]`: reads over a line on which up to a fifth
 * of all messages goes wrong, in every way the simulator knows, and holds each reading against what the meter sent. One wrong byte is a failure.
 */
import { parseArgs } from 'node:util';
import { digestSecurity, rc4Security } from '../../src/mep/security.js';
import { DEMO_KEY } from '../../src/simulator/index.js';
import { soak, type SoakOptions } from '../support/soak.js';

const { values } = parseArgs({
  options: {
    protocol: { type: 'string', default: 'mep' },
    reads: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    security: { type: 'string', default: 'digest' },
  },
});
const PROFILES = ['gen2', 'gen3', 'gen4'] as const;
/** A line on which a fifth of all goes wrong still lets most reads through. */
const LEAST_GOOD_SHARE = 0.9;
const SECURITIES = new Map<string, (key: Uint8Array) => Pick<SoakOptions, 'security' | 'wantsTls'>>([
  ['digest', (key) => ({ security: digestSecurity(key) })],
  ['rc4', (key) => ({ security: rc4Security(key) })],
  ['tls', () => ({ wantsTls: true })],
]);
const RATES = [0.01, 0.05, 0.1, 0.2];

async function main(): Promise<void> {
  const protocol = values.protocol === 'optical' ? 'optical' : 'mep';
  const seed = Number(values.seed);
  const how = SECURITIES.get(values.security)?.(new TextEncoder().encode(DEMO_KEY));
  if (!how) throw new Error(`--security takes ${[...SECURITIES.keys()].join(', ')}`);
  const runs = PROFILES.flatMap((profile) => RATES.map((faultRate) => ({ profile, faultRate })));
  const reads = Math.ceil(Number(values.reads) / runs.length);
  let wrong = 0;
  let total = 0;
  let good = 0;
  for (const [index, { profile, faultRate }] of runs.entries()) {
    const result = await soak({ protocol, profile, faultRate, reads, seed: seed + index, ...how });
    wrong += result.wrong;
    total += reads;
    good += result.good;
    const errors = Object.entries(result.errors).map(([code, count]) => `${code} ${count}`);
    console.log(
      `${profile}, ${(100 * faultRate).toFixed(0)} % faults: ${result.good} good, ${result.wrong} wrong, ` +
        `${result.faults} faults in ${result.requests} requests, ${result.alerts} false alerts; errors: ${errors.join(', ') || 'none'}`,
    );
  }
  console.log(
    `${total} reads, ${good} good, ${wrong} wrong (${protocol === 'mep' ? values.security : protocol}, seed ${seed})`,
  );
  if (wrong > 0 || good < LEAST_GOOD_SHARE * total) process.exitCode = 1;
}

void main();

/**
 * `npm run soak [-- --only optical --reads 10000 --seed 1]`: reads each port and security over a line with faults in up
 * to a fifth of all messages, of every kind that the simulator has, and compares each reading with what the meter sent;
 * then reads a meter whose set-up may change between any two requests; then intervals of the load profile at both ports,
 * while the clock is set, statuses and units change and power fails. One wrong value is a failure.
 */
import { parseArgs } from 'node:util';
import { digestSecurity, rc4Security } from '../../src/mep/security.js';
import { DEMO_KEY } from '../../src/simulator/index.js';
import { historySoak } from '../support/history/history-soak.js';
import { SETUP_LINKS, setupSoak } from '../support/meter/setup-soak.js';
import { soak, type SoakOptions } from '../support/meter/soak.js';

const { values } = parseArgs({
  options: {
    /** Reads for each of the two parts, over all of its ports and securities. */
    reads: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    /** `digest`, `rc4`, `tls` or `optical`; default: all. */
    only: { type: 'string' },
  },
});
const PROFILES = ['gen2', 'gen3', 'gen4'] as const;
/** With faults in a fifth of all messages most reads still succeed. */
const MIN_GOOD_SHARE = 0.9;
const RATES = [0.01, 0.05, 0.1, 0.2];
/** Share of the requests after which the meter's set-up is changed. */
const CHANGE_RATES = [0.01, 0.05];
/** Values of --only that include the load profile at a port. */
const HISTORY_PORTS = { mep: ['digest'], optical: ['optical'] };
const key = new TextEncoder().encode(DEMO_KEY);
const LINES: ReadonlyMap<string, Pick<SoakOptions, 'protocol' | 'security' | 'wantsTls'>> = new Map([
  ['digest', { security: digestSecurity(key) }],
  ['rc4', { security: rc4Security(key) }],
  ['tls', { wantsTls: true }],
  ['optical', { protocol: 'optical' as const }],
]);
const total = { reads: 0, good: 0, wrong: 0 };

interface Outcome {
  readonly good: number;
  readonly wrong: number;
  readonly errors: Readonly<Record<string, number>>;
}

function report(what: string, reads: number, { good, wrong, errors }: Outcome, besides: string): void {
  total.reads += reads;
  total.good += good;
  total.wrong += wrong;
  const failed = Object.entries(errors).map(([code, count]) => `${code} ${count}`);
  console.log(`${what}: ${good} good, ${wrong} wrong, ${besides}; errors: ${failed.join(', ') || 'none'}`);
}

async function overFaultyLines(seed: number): Promise<void> {
  const lines = [...LINES].filter(([name]) => values.only === undefined || values.only === name);
  const runs = lines.flatMap(([name, line]) =>
    PROFILES.flatMap((profile) => RATES.map((faultRate) => ({ name, line, profile, faultRate }))),
  );
  const reads = Math.ceil(Number(values.reads) / runs.length);
  for (const [index, { name, line, profile, faultRate }] of runs.entries()) {
    const result = await soak({ ...line, profile, faultRate, reads, seed: seed + index });
    const besides = `${result.faults} faults in ${result.requests} requests, ${result.alerts} false alerts`;
    report(`${name}, ${profile}, ${(100 * faultRate).toFixed(0)} % faults`, reads, result, besides);
  }
  if (total.good < MIN_GOOD_SHARE * total.reads) process.exitCode = 1;
}

async function overNewSetups(seed: number): Promise<void> {
  const links = SETUP_LINKS.filter((link) => values.only === undefined || link.startsWith(values.only));
  const runs = links.flatMap((link) =>
    [false, true].flatMap((areInPieces) => CHANGE_RATES.map((changeRate) => ({ link, areInPieces, changeRate }))),
  );
  const reads = Math.ceil(Number(values.reads) / runs.length);
  for (const [index, run] of runs.entries()) {
    const result = await setupSoak({ ...run, reads, seed: seed + index, isQuiet: index % 4 > 1 });
    const what = `${run.link}, ${run.areInPieces ? 'in pieces' : 'whole'}, set up anew`;
    report(what, reads, result, `${result.changes} set-ups in ${result.requests} requests`);
  }
}

async function overHistories(seed: number): Promise<void> {
  const ports = (['mep', 'optical'] as const).filter(
    (port) => values.only === undefined || HISTORY_PORTS[port].includes(values.only),
  );
  const runs = ports.flatMap((protocol) => [false, true].map((isChanging) => ({ protocol, isChanging })));
  const intervals = Math.ceil(Number(values.reads) / 2);
  for (const run of runs) {
    const result = await historySoak({ ...run, intervals, faultRate: 0.2, seed });
    const wrong = result.wrong + result.missing;
    const besides = `${result.faults} faults, ${result.changes} changes`;
    report(`intervals, ${run.protocol}`, result.good + wrong, { ...result, wrong }, besides);
    if (result.example !== undefined) console.log(result.example);
  }
}

async function main(): Promise<void> {
  if (values.only !== undefined && !LINES.has(values.only))
    throw new Error(`--only takes ${[...LINES.keys()].join(', ')}`);
  const seed = Number(values.seed);
  await overFaultyLines(seed);
  await overNewSetups(seed);
  await overHistories(seed);
  console.log(`${total.reads} reads, ${total.good} good, ${total.wrong} wrong (seed ${seed})`);
  if (total.wrong > 0) process.exitCode = 1;
}

void main();

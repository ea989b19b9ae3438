/**
 * `npm run chaos [-- --minutes 20 --seed 1]`: Node-RED with the Home Assistant examples, a real mosquitto, and simulated
 * meters behind bridges that fail, all of them killed and restarted at random. Every published value must be one the
 * meter had, availability right within two polls, memory and handles constant. Ends with a tally; exit code 1 on any violation.
 */
import { parseArgs } from 'node:util';
import { hasMosquitto } from '../support/brokers/mosquitto.js';
import { chaos, tallyText } from './run.js';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});

async function main(): Promise<void> {
  // Child processes end with this process, also on a signal.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  if (!hasMosquitto)
    throw new Error('mosquitto is not installed (Debian: apt-get install mosquitto mosquitto-clients)');
  const seed = Number(values.seed);
  const tally = await chaos({ minutes: Number(values.minutes), seed, log: console.log });
  console.log(`\n${tallyText(tally)} (seed ${seed})`);
  process.exitCode = tally.violations.length > 0 ? 1 : 0;
}

void main();

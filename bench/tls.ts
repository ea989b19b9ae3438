/**
 * What TLS adds to a read of BT28 and the read of the IDT version after it: CPU time of our end and of the simulated
 * meter's, which does the same work.
 */
import { digestSecurity } from '../src/mep/security.js';
import { MepSession } from '../src/mep/session.js';
import { TlsSession } from '../src/mep/tls-session.js';
import { Meter } from '../src/meter/index.js';
import { DEMO_KEY, NO_TIMING, simulatorTransport } from '../src/simulator/index.js';
import { median, type Row } from './measure.js';

const READS = 200;
const ROUNDS = 7;
const LIMIT_MS = 2;

function newMeter(wantsTls: boolean): Meter {
  const transport = simulatorTransport({ profile: 'gen4', wantsTls, timing: NO_TIMING });
  const key = new TextEncoder().encode(DEMO_KEY);
  const line = { transport, requestIntervalMs: 0 };
  const link = wantsTls
    ? new TlsSession({ ...line, key, keyName: 'MBK' })
    : new MepSession({ ...line, security: digestSecurity(key) });
  const meter = new Meter({ link, minIntervalMs: 0 });
  meter.open();
  return meter;
}

/** CPU milliseconds for each read. */
async function costOf(meter: Meter): Promise<number> {
  const before = process.cpuUsage();
  for (let read = 0; read < READS; read++) await meter.readTable('BT28');
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / READS;
}

/** @returns one row. */
export async function benchTls(): Promise<Row[]> {
  const [tls, digest] = [newMeter(true), newMeter(false)];
  const differences: number[] = [];
  try {
    for (const meter of [tls, digest]) await costOf(meter);
    for (let round = 0; round < ROUNDS; round++) differences.push((await costOf(tls)) - (await costOf(digest)));
  } finally {
    await Promise.all([tls.close(), digest.close()]);
  }
  const cost = median(differences);
  return [
    {
      what: 'a read of BT28 over TLS instead of digest security, CPU',
      figure: `${cost.toFixed(2)} ms more`,
      limit: `under ${LIMIT_MS} ms`,
      isWithin: cost < LIMIT_MS,
    },
  ];
}

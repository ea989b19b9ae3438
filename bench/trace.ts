/** The cost of tracing a connection in memory, at the highest read rate that the guide recommends. */
import { createMeter } from '../src/connect/create-meter.js';
import type { MeterSettings } from '../src/connect/settings.js';
import { Tracer, TraceRing } from '../src/connect/trace/index.js';
import { simulatorTransport } from '../src/simulator/index.js';
import { FakeClock } from '../test/support/fake-clock.js';
import { median, type Row } from './measure.js';

const SETTINGS: MeterSettings = { protocol: 'mep', transport: 'simulator', security: 'digest', minIntervalMs: 0 };
const POLLS = 50;
const ROUNDS = 9;
/** At most one table read a second on average. [MEP p.20] */
const SECONDS_A_POLL = 1;
const LIMIT = 0.01;

/** Seconds of CPU for a number of polls of BT28. */
async function cpuOfPolls(isTraced: boolean): Promise<number> {
  const clock = new FakeClock();
  const transport = simulatorTransport({ clock });
  const tracer = isTraced ? new Tracer([new TraceRing()], clock) : undefined;
  const meter = createMeter(SETTINGS, { clock, tracer, makeTransport: () => transport });
  meter.open();
  try {
    await clock.run(meter.readTable('BT28'));
    const before = process.cpuUsage();
    for (let poll = 0; poll < POLLS; poll++) await clock.run(meter.readTable('BT28'));
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  } finally {
    await clock.run(meter.close());
  }
}

export async function benchTrace(): Promise<Row[]> {
  await cpuOfPolls(true);
  const extra: number[] = [];
  for (let round = 0; round < ROUNDS; round++) extra.push((await cpuOfPolls(true)) - (await cpuOfPolls(false)));
  const share = Math.max(0, median(extra)) / POLLS / SECONDS_A_POLL;
  return [
    {
      what: 'Tracing a connection that reads BT28 once a second',
      figure: `${(share * 100).toFixed(3)} % of one CPU`,
      limit: `at most ${LIMIT * 100} %`,
      isWithin: share <= LIMIT,
    },
  ];
}

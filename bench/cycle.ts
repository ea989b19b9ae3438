/**
 * One poll, BT23 (totals) and BT28 (55 values), on a line of 9600 baud with the guide's delays: how much longer it takes
 * than its bytes, the gaps in the answers and the meter's throttle. Once with a fake clock, once on a real pseudo-terminal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../src/clock.js';
import { systemClock } from '../src/clock.js';
import { isMeterError } from '../src/errors.js';
import { digestSecurity } from '../src/mep/security.js';
import { MepSession } from '../src/mep/session.js';
import { Meter } from '../src/meter/index.js';
import { DEMO_KEY, METER_TIMING, SimulatedMeter, servePty, simulatorTransport } from '../src/simulator/index.js';
import { serialTransport, type Transport } from '../src/transport/index.js';
import { FakeClock } from '../test/support/fake-clock.js';
import { median, type Row } from './measure.js';

const BAUD_RATE = 9_600;
const TOTALS_BYTES = 44;
const PRESENT_VALUES_BYTES = 55 * 4;
const VERSION_BYTES = 1;
const REQUEST_BYTES = 22;
/** Length field, response code, count and digest around the data of an answer. */
const ANSWER_FRAME_BYTES = 2 + 1 + 2 + 8;
const SEGMENT_BYTES = 117;
const SEGMENT_GAP_MS = 25;
const THROTTLE_MS = 100;
const LIMIT = 1.05;
const TIMING = { ...METER_TIMING, baudRate: BAUD_RATE, answerDelayMs: 0 };

/** Minimum duration of one read: the bytes both ways and the pauses within the answer. */
function readTime(dataBytes: number): number {
  const answer = dataBytes + ANSWER_FRAME_BYTES;
  const gaps = Math.ceil(answer / SEGMENT_BYTES) - 1;
  return ((REQUEST_BYTES + answer) * 10_000) / BAUD_RATE + gaps * SEGMENT_GAP_MS;
}

/** After each table the IDT version is read, to check that the dimensions are still valid. */
const READS = [TOTALS_BYTES, VERSION_BYTES, PRESENT_VALUES_BYTES, VERSION_BYTES];
/** A cycle begins when the meter is ready: a request waits for the throttle if the read before it was shorter. */
const CYCLE_TIME = READS.reduce(
  (time, bytes, index) => time + (index < READS.length - 1 ? Math.max(readTime(bytes), THROTTLE_MS) : readTime(bytes)),
  0,
);

function newMeter(transport: Transport, clock: Clock): Meter {
  const security = digestSecurity(new TextEncoder().encode(DEMO_KEY));
  return new Meter({ link: new MepSession({ transport, security, clock }), clock, minIntervalMs: 0 });
}

async function cycle(meter: Meter): Promise<void> {
  const [totals, present] = await Promise.all([
    meter.readTable('BT23', { offset: 0, count: TOTALS_BYTES }),
    meter.readTable('BT28'),
  ]);
  if (totals.bytes.length !== TOTALS_BYTES || present.bytes.length !== PRESENT_VALUES_BYTES) {
    throw new Error(`read ${totals.bytes.length} and ${present.bytes.length} bytes`);
  }
}

/** Milliseconds for a cycle, the median of several; the dimensions are loaded before the first. */
async function measure(meter: Meter, clock: Clock, run: <T>(promise: Promise<T>) => Promise<T>): Promise<number> {
  meter.open();
  try {
    await run(cycle(meter));
    const times: number[] = [];
    for (let round = 0; round < 9; round++) {
      await run(pause(clock, THROTTLE_MS));
      const start = clock.now();
      await run(cycle(meter));
      times.push(clock.now() - start);
    }
    return median(times);
  } finally {
    await run(meter.close());
  }
}

const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(ms, resolve);
  });

async function onSimulatedClock(): Promise<number> {
  const clock = new FakeClock();
  const meter = newMeter(simulatorTransport({ profile: 'gen3', clock, timing: TIMING }), clock);
  return measure(meter, clock, (promise) => clock.run(promise));
}

async function onPseudoTerminal(): Promise<number | string> {
  const folder = mkdtempSync(join(tmpdir(), 'nes-meter-bench-'));
  try {
    const path = join(folder, 'meter');
    const served = await servePty({ meter: new SimulatedMeter({ profile: 'gen3' }), path, timing: TIMING });
    try {
      const transport = serialTransport({ path, baudRate: BAUD_RATE, dtr: 'leave', rts: 'leave' });
      return await measure(newMeter(transport, systemClock), systemClock, (promise) => promise);
    } finally {
      await served.close();
    }
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return error.message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function row(where: string, time: number | string): Row {
  const what = `BT23 totals and BT28 with 55 values at 9600 baud, ${where}`;
  const limit = `at most ${LIMIT} x bytes, gaps and throttle`;
  if (typeof time === 'string') return { what, figure: time, limit, isWithin: undefined };
  const ratio = time / CYCLE_TIME;
  const figure = `${ratio.toFixed(3)} x (${time.toFixed(1)} ms of ${CYCLE_TIME.toFixed(1)} ms)`;
  return { what, figure, limit, isWithin: ratio <= LIMIT };
}

/** @returns two rows; on a real line the bytes of a pseudo-terminal take no time, so the meter's end paces its own. */
export async function benchCycle(): Promise<Row[]> {
  return [row('simulated clock', await onSimulatedClock()), row('pseudo-terminal', await onPseudoTerminal())];
}

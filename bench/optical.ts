/**
 * One poll through the optical port at 9600 baud: a session from identification to terminate that reads BT23 and BT28. How
 * much longer it takes than its bytes and the turnaround times of the head before each of our packets and acknowledgements.
 */
import { Meter } from '../src/meter/index.js';
import { OpticalSession } from '../src/optical/session.js';
import { OPTICAL_TIMING } from '../src/optical/timing.js';
import { DEMO_OPTICAL_KEY, simulatorTransport } from '../src/simulator/index.js';
import type { Transport } from '../src/transport/index.js';
import { FakeClock } from '../test/support/fake-clock.js';
import { median, type Row } from './measure.js';

const BAUD_RATE = 9_600;
const BITS_PER_BYTE = 10;
const LIMIT = 1.1;
const POLL_MS = 20_000;

interface Traffic {
  bytes: number;
  sendings: number;
  lastAt: number;
}

/** A transport that records the traffic. */
function watched(transport: Transport, clock: FakeClock, traffic: Traffic): Transport {
  const note = (bytes: Uint8Array): void => {
    traffic.bytes += bytes.length;
    traffic.lastAt = clock.now();
  };
  return {
    description: transport.description,
    close: () => transport.close(),
    write: async (bytes) => {
      traffic.sendings++;
      await transport.write(bytes);
      note(bytes);
    },
    open: (events, signal) =>
      transport.open(
        {
          closed: (error) => {
            events.closed(error);
          },
          data: (bytes) => {
            note(bytes);
            events.data(bytes);
          },
        },
        signal,
      ),
  };
}

/** @returns one row: the median of several polls; the dimensions are loaded before the first. */
export async function benchOptical(): Promise<Row[]> {
  const clock = new FakeClock();
  const traffic: Traffic = { bytes: 0, sendings: 0, lastAt: 0 };
  const timing = { baudRate: BAUD_RATE, answerDelayMs: 0 };
  const simulator = simulatorTransport({ profile: 'gen4', clock, protocol: 'optical', timing });
  const link = new OpticalSession({
    transport: watched(simulator, clock, traffic),
    clock,
    password: new TextEncoder().encode(DEMO_OPTICAL_KEY),
    packetSize: 64,
    packetCount: 2,
    userId: 1,
    userName: 'bench',
    mode: 'short',
    shortIdleMs: 0,
  });
  const meter = new Meter({ link, clock, minIntervalMs: 0 });
  meter.open();
  const poll = (): Promise<unknown> => Promise.all([meter.readTable('BT23'), meter.readTable('BT28')]);
  await clock.run(poll());
  const polls: { ratio: number; time: number; due: number }[] = [];
  for (let round = 0; round < 5; round++) {
    await clock.advance(POLL_MS);
    Object.assign(traffic, { bytes: 0, sendings: 0 });
    const start = clock.now();
    await clock.run(poll());
    await clock.advance(POLL_MS / 2);
    const time = traffic.lastAt - start;
    const due =
      (traffic.bytes * BITS_PER_BYTE * 1_000) / BAUD_RATE + traffic.sendings * OPTICAL_TIMING.turnaroundsMs[0];
    polls.push({ ratio: time / due, time, due });
  }
  await clock.run(meter.close());
  const { sessions } = simulator.optical.counters;
  if (sessions !== polls.length + 1) throw new Error(`${sessions} sessions for ${polls.length + 1} polls`);
  const ratio = median(polls.map((one) => one.ratio));
  const time = median(polls.map((one) => one.time));
  const due = median(polls.map((one) => one.due));
  return [
    {
      what: 'an optical session that reads BT23 and BT28 at 9600 baud, simulated clock',
      figure: `${ratio.toFixed(3)} x (${time.toFixed(0)} ms of ${due.toFixed(0)} ms, ${traffic.bytes} bytes)`,
      limit: `at most ${LIMIT} x bytes and turnaround times`,
      isWithin: ratio <= LIMIT,
    },
  ];
}

import assert from 'node:assert/strict';
import { toHex } from '../../../src/bytes/hex.js';
import { isMeterError } from '../../../src/errors.js';
import { OpticalSession } from '../../../src/optical/session.js';
import { DEMO_OPTICAL_KEY, simulatorTransport } from '../../../src/simulator/index.js';
import { Random } from '../../../src/simulator/random.js';
import { FakeClock } from '../../support/fake-clock.js';
import { OPTICAL_SETTINGS } from '../../support/meter/optical-script.js';
import { type Stalls, stalling } from '../../support/line/stalling.js';

/** Pieces of the same length, so that only the order distinguishes the answers. */
const PIECES = [
  [28, 0],
  [23, 0],
  [28, 40],
  [23, 40],
  [27, 0],
] as const;
const COUNT = 40;
const SILENCES = new Set(['optical-silence', 'optical-noise', 'out-of-step', 'session-lost']);

/** Reads over a line with stalls, and compares each answer with the meter's answer to that request. */
async function readThrough(stalls: Stalls, reads: number): Promise<{ good: number; codes: Set<string> }> {
  const clock = new FakeClock();
  const simulator = simulatorTransport({ clock, profile: 'gen4', protocol: 'optical' });
  const session = new OpticalSession({
    ...OPTICAL_SETTINGS,
    transport: stalling(simulator, clock, new Random(5), stalls),
    clock,
    password: new TextEncoder().encode(DEMO_OPTICAL_KEY),
  });
  const answers = new Set<string>();
  const entry = (table: number, offset: number, data: Uint8Array): string => `${table} ${offset} ${toHex(data)}`;
  simulator.optical.onExchange(({ request, data }) => {
    if (request?.service === 'partial-read' && data) answers.add(entry(request.table, request.offset, data));
  });
  await clock.run(
    session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined }),
  );
  const codes = new Set<string>();
  let good = 0;
  for (let read = 0; read < reads; read++) {
    answers.clear();
    const [table, offset] = PIECES[read % PIECES.length]!;
    try {
      const data = await clock.run(session.read(table, offset, COUNT));
      assert.ok(answers.has(entry(table, offset, data)), `read ${read} is no answer to it`);
      good++;
    } catch (error) {
      if (!isMeterError(error)) throw error;
      codes.add(error.code);
    }
  }
  await clock.run(session.close());
  assert.equal(simulator.optical.counters.wrongKeys, 0);
  return { good, codes };
}

describe('An optical line that stalls', () => {
  it('is waited for as long as a meter may take', async () => {
    const { good, codes } = await readThrough({ rate: 0.05, minMs: 500, maxMs: 1_900 }, 150);
    assert.equal(good, 150, [...codes].join());
  });

  it('gives no late answer for that to another request, however long it stalls', async () => {
    const { good, codes } = await readThrough({ rate: 0.05, minMs: 500, maxMs: 15_000 }, 250);
    assert.ok(good > 50, `only ${good} reads succeeded`);
    assert.ok(
      [...codes].every((code) => SILENCES.has(code)),
      [...codes].join(),
    );
  });
});

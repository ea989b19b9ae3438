import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { MeterError } from '../../../src/errors.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { type Fault, FaultInjector, type FaultRates, FAULTS } from '../../../src/simulator/faults.js';
import { DEMO_KEY } from '../../../src/simulator/simulated-meter.js';
import { simulatorTransport } from '../../../src/simulator/simulator-transport.js';
import { FakeClock } from '../../support/fake-clock.js';

const MESSAGE = Uint8Array.from({ length: 40 }, (_, index) => index);
const KEY = new TextEncoder().encode(DEMO_KEY);

/** The effect of one fault, which always happens, on a message in each direction. */
function strike(
  fault: Fault,
  times = 60,
): { injector: FaultInjector; requests: Uint8Array[][]; answers: Uint8Array[][] } {
  const injector = new FaultInjector({ [fault]: 1 }, 5);
  const requests: Uint8Array[][] = [];
  const answers: Uint8Array[][] = [];
  for (let i = 0; i < times; i++) {
    requests.push(injector.onRequest(MESSAGE, i * 10_000));
    answers.push(injector.onAnswer(MESSAGE).map(({ bytes }) => bytes));
  }
  return { injector, requests, answers };
}

const isWhole = (chunks: Uint8Array[]): boolean => chunks.length === 1 && toHex(chunks[0]!) === toHex(MESSAGE);
const bytesOf = (chunks: Uint8Array[]): number => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

describe('simulator: faults', () => {
  it('never happen when they are not asked for', () => {
    const injector = new FaultInjector();
    for (let i = 0; i < 200; i++) {
      assert.ok(isWhole(injector.onRequest(MESSAGE, i)));
      assert.deepEqual(injector.onAnswer(MESSAGE), [{ delayMs: 0, bytes: MESSAGE }]);
      assert.equal(injector.sequenceJump(), 0);
    }
    assert.ok(Object.values(injector.counts).every((count) => count === 0));
  });

  it('drop: a request or an answer is gone', () => {
    const { requests, answers, injector } = strike('drop');
    for (const direction of [requests, answers]) {
      assert.ok(direction.some((chunks) => chunks.length === 0));
      assert.ok(direction.every((chunks) => chunks.length === 0 || isWhole(chunks)));
    }
    const gone = [...requests, ...answers].filter((chunks) => chunks.length === 0).length;
    assert.equal(injector.counts.drop, gone);
  });

  it('corrupt: bits flip, the length stays', () => {
    const { requests, answers } = strike('corrupt');
    for (const direction of [requests, answers]) {
      assert.ok(direction.every((chunks) => bytesOf(chunks) === MESSAGE.length));
      assert.ok(direction.some((chunks) => !isWhole(chunks)) && direction.some(isWhole));
    }
  });

  it('cut: the end is missing', () => {
    const { requests, answers } = strike('cut');
    for (const direction of [requests, answers]) {
      const cut = direction.filter((chunks) => !isWhole(chunks));
      assert.ok(cut.length > 0 && cut.length < direction.length);
      for (const [piece] of cut) assert.deepEqual(piece, MESSAGE.subarray(0, piece!.length));
    }
  });

  it('duplicate: a request or an answer comes twice', () => {
    const { requests, answers } = strike('duplicate');
    assert.ok(requests.some((chunks) => chunks.length === 2));
    assert.ok(answers.some(([bytes]) => toHex(bytes!) === toHex(concatBytes(MESSAGE, MESSAGE))));
  });

  it('garbage: before, within and after an answer, of which nothing is lost', () => {
    const places = new Set<string>();
    for (const [bytes] of strike('garbage').answers) {
      assert.ok(bytes!.length > MESSAGE.length && bytes!.length <= MESSAGE.length + 24);
      const text = toHex(bytes!);
      const whole = toHex(MESSAGE);
      places.add(text.startsWith(whole) ? 'after' : text.endsWith(whole) ? 'before' : 'within');
    }
    assert.deepEqual([...places].sort(), ['after', 'before', 'within']);
  });

  it('wrong-digest: only the last eight bytes are others', () => {
    for (const [bytes] of strike('wrong-digest').answers) {
      assert.deepEqual(bytes!.subarray(0, -8), MESSAGE.subarray(0, -8));
      assert.notDeepEqual(bytes!.subarray(-8), MESSAGE.subarray(-8));
    }
  });

  it('late-answer: the one before comes first', () => {
    const injector = new FaultInjector({ 'late-answer': 1 });
    assert.equal(injector.onAnswer(MESSAGE).length, 1, 'nothing was answered before');
    const next = Uint8Array.of(1, 2, 3);
    assert.deepEqual(
      injector.onAnswer(next).map(({ bytes }) => bytes),
      [MESSAGE, next],
    );
  });

  it('delay: some come after their time limit', () => {
    const injector = new FaultInjector({ delay: 1 });
    const delays = Array.from({ length: 100 }, () => injector.onAnswer(MESSAGE)[0]!.delayMs);
    assert.ok(delays.every((delay) => delay >= 50 && delay <= 1_500));
    assert.ok(delays.some((delay) => delay > 500) && delays.some((delay) => delay < 500));
  });

  it('silence: sends nothing for half a second to three', () => {
    const injector = new FaultInjector({ silence: 1 });
    assert.deepEqual(injector.onRequest(MESSAGE, 0), []);
    injector.rates = {};
    assert.deepEqual(injector.onRequest(MESSAGE, 499), []);
    assert.ok(isWhole(injector.onRequest(MESSAGE, 3_001)));
    assert.equal(injector.counts.silence, 1);
  });

  it('wrong-sequence: the number jumps', () => {
    const injector = new FaultInjector({ 'wrong-sequence': 1 });
    const jumps = Array.from({ length: 50 }, () => injector.sequenceJump());
    assert.ok(jumps.every((jump) => jump >= 1 && jump <= 300));
    assert.equal(injector.counts['wrong-sequence'], 50);
  });

  it('happen as often as asked, and the same way for the same seed', () => {
    const rates: FaultRates = { drop: 0.2, corrupt: 0.1 };
    const roll = (seed: number): FaultInjector => {
      const injector = new FaultInjector(rates, seed);
      for (let i = 0; i < 5_000; i++) {
        injector.onRequest(MESSAGE, i);
        injector.onAnswer(MESSAGE);
      }
      return injector;
    };
    const [one, same, other] = [roll(1), roll(1), roll(2)];
    assert.deepEqual(one.counts, same.counts);
    assert.notDeepEqual(one.counts, other.counts);
    assert.ok(Math.abs(one.counts.drop / 5_000 - 0.2) < 0.02, String(one.counts.drop));
    assert.ok(Math.abs(one.counts.corrupt / 5_000 - 0.1) < 0.02, String(one.counts.corrupt));
  });
});

describe('simulator: a session on a line full of faults', () => {
  for (const fault of FAULTS) {
    it(`reads on, and only what the meter sent, with ${fault} at 20 %`, () => readThrough({ [fault]: 0.2 }, 60));
  }
  it('reads on, and only what the meter sent, with every fault at 4 %', () => {
    const rates = Object.fromEntries(FAULTS.map((fault) => [fault, 0.04]));
    return readThrough(rates, 150);
  });
});

async function readThrough(faults: FaultRates, reads: number): Promise<void> {
  const clock = new FakeClock();
  const transport = simulatorTransport({ clock, faults, seed: 11 });
  const served = new Set<string>();
  transport.meter.onExchange(({ data }) => data && served.add(toHex(data)));
  const session = new MepSession({ transport, security: digestSecurity(KEY), clock });
  await clock.run(
    session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined }),
  );
  let good = 0;
  for (let i = 0; i < reads; i++) {
    const [table, count] = i % 2 === 0 ? [28, 220] : [23, 44];
    try {
      const bytes = await clock.run(session.read(table, 0, count));
      assert.ok(served.has(toHex(bytes)), `read ${i} is nothing the meter ever had`);
      assert.equal(bytes.length, count);
      good++;
    } catch (error) {
      assert.ok(error instanceof MeterError, String(error));
    }
    await clock.advance(1_000);
  }
  const struck = Object.values(transport.faults.counts).reduce((sum, count) => sum + count, 0);
  assert.ok(struck > 0, 'faults happened');
  assert.ok(good > reads * 0.7, `${good} of ${reads} reads were good`);
  await clock.run(session.close());
  assert.equal(clock.pendingTimers, 0);
}

import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import type { MeterError } from '../../../src/errors.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession, type MepSessionOptions } from '../../../src/mep/session.js';
import { rejectsWith } from '../../support/assert-error.js';
import { EXCHANGES } from '../../support/fixtures/exchanges.js';
import { FakeClock } from '../../support/fake-clock.js';
import {
  answerTo,
  readAnswer,
  ScriptedTransport,
  sequenceOf,
  wrongSequence,
} from '../../support/line/scripted-transport.js';

const KEY = new Uint8Array(16).fill(0x01);
const OTHER_KEY = new Uint8Array(16).fill(0x02);
const DATA = Uint8Array.of(1, 2, 3, 4);

interface Stage {
  clock: FakeClock;
  port: ScriptedTransport;
  session: MepSession;
  alerts: number;
  jumps: number;
  closed: MeterError[];
}

async function stage(options: Partial<MepSessionOptions> = {}): Promise<Stage> {
  const clock = new FakeClock();
  const port = new ScriptedTransport();
  const session = new MepSession({ transport: port, security: digestSecurity(KEY), clock, ...options });
  const made: Stage = { clock, port, session, alerts: 0, jumps: 0, closed: [] };
  await session.open({
    alert: () => made.alerts++,
    dimensionsMayHaveChanged: () => made.jumps++,
    closed: (error) => made.closed.push(error),
  });
  return made;
}

const good = (message: Uint8Array): Uint8Array => answerTo(message, KEY, readAnswer(DATA));
const code = (message: Uint8Array, status: number): Uint8Array => answerTo(message, KEY, Uint8Array.of(status));
const garbled = (message: Uint8Array): Uint8Array => {
  const bytes = message.slice();
  bytes[6]! ^= 0x10;
  return bytes;
};

describe('MEP session', () => {
  it('waits for a response delayed by a network, but hardly for a few lost bytes', async () => {
    const network = { answerTimeoutMs: 1_000, maxAnswerTimeoutMs: 12_000, maxGapMs: 2_500 };
    for (const [missing, tookMs] of [
      [12, 2_500],
      [2, 300],
    ] as const) {
      const { clock, port, session } = await stage(network);
      port.reply = (message) => {
        port.send(port.written.length === 1 ? good(message).subarray(0, -missing) : good(message));
      };
      const begun = clock.now();
      assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
      assert.ok(Math.abs(clock.now() - begun - tookMs - 100) <= 100, `${clock.now() - begun} ms`);
      port.reply = () => undefined;
      const silent = clock.now();
      await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
      assert.ok(clock.now() - silent <= 7_200, `lost answers do not lengthen the timeout: ${clock.now() - silent} ms`);
    }
  });

  it('reads with the exchange that the guide prints, wrong number first', async () => {
    const { clock, port, session } = await stage();
    const [wrong, right] = ['bt23-wrong-sequence', 'bt23-read-44-bytes'].map((name) =>
      EXCHANGES.find((exchange) => exchange.name === name)!,
    );
    port.reply = (message) => {
      if (port.written.length === 1) port.send(answerTo(message, KEY, wrong!.answer.subarray(2, -8)));
      else if (toHex(message) === toHex(right!.request)) port.send(right!.answer);
    };
    const data = await clock.run(session.read(23, 0, 44));
    assert.equal(toHex(data), toHex(right!.answer.subarray(5, -8)));
    assert.equal(session.counters.sequenceCorrections, 1);
  });

  it('counts sequence numbers on, one for each request', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(good(message));
    };
    for (let i = 0; i < 3; i++) await clock.run(session.read(28, 0, 4));
    const [first, second, third] = port.written.map(sequenceOf);
    assert.deepEqual([second, third], [first! + 1, first! + 2]);
  });

  it('repeats the same packet after 500 ms without response, at most three times', async () => {
    const { clock, port, session } = await stage();
    const times: number[] = [];
    port.reply = () => times.push(clock.now());
    const error = await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
    assert.equal(error.status, undefined);
    assert.deepEqual(times, [100, 600, 1100, 1600]);
    assert.equal(new Set(port.written.map((message) => toHex(message))).size, 1);
  });

  it('takes the next number when a repetition was answered as used up', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      if (port.written.length === 2) port.send(answerTo(message, KEY, wrongSequence(sequenceOf(message))));
      if (port.written.length === 3) port.send(good(message));
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.equal(sequenceOf(port.written[2]!), sequenceOf(port.written[0]!) + 1);
  });

  it('never asks more often than each 100 ms', async () => {
    const { clock, port, session } = await stage();
    const times: number[] = [];
    port.reply = (message) => {
      times.push(clock.now());
      port.send(good(message));
    };
    const reads = [1, 2, 3].map(() => session.read(28, 0, 4));
    await clock.run(Promise.all(reads));
    assert.deepEqual(times, [100, 200, 300]);
  });

  it('uses nothing with a wrong digest and finds the true response behind it', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(garbled(good(message)), answerTo(message, OTHER_KEY, readAnswer(DATA)));
      if (port.written.length === 2) port.send(good(message));
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.ok(session.counters.rejectedAnswers > 0);
  });

  it('distinguishes rubbish, alerts alone and no response', async () => {
    const rubbish = await stage();
    rubbish.port.reply = () => {
      rubbish.port.send(Uint8Array.of(0xff, 0x55, 0xf0));
    };
    const error = await rejectsWith(rubbish.clock.run(rubbish.session.read(28, 0, 4)), 'unreadable-answer');
    assert.equal(toHex(error.raw!.subarray(0, 3)), 'FF 55 F0');

    const alerts = await stage();
    alerts.port.reply = () => {
      alerts.port.send(Uint8Array.of(0, 0));
    };
    await rejectsWith(alerts.clock.run(alerts.session.read(28, 0, 4)), 'only-alerts');
    assert.equal(alerts.alerts, 4);
  });

  it('receives alerts that the meter held back during a request', async () => {
    const { clock, port, session } = await stage();
    let cancelAlert = (): void => undefined;
    const alert = (): void => {
      port.send(Uint8Array.of(0, 0));
      cancelAlert = clock.after(1000, alert);
    };
    port.reply = () => {
      cancelAlert();
      cancelAlert = clock.after(1000, alert);
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'only-alerts');
    cancelAlert();
    assert.equal(clock.pendingTimers, 0);
  });

  it('does not take true answers for rubbish when others never come', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      if (port.written.length === 1) port.send(answerTo(message, KEY, wrongSequence(5000)));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
  });

  it('steps over alerts before, after and instead of an answer', async () => {
    const made = await stage();
    made.port.reply = (message) => {
      made.port.send(Uint8Array.of(0, 0), good(message), Uint8Array.of(0, 0));
    };
    assert.deepEqual(await made.clock.run(made.session.read(28, 0, 4)), DATA);
    await made.clock.advance(1000);
    assert.equal(made.alerts, 2);
    assert.equal(made.session.counters.discardedBytes, 0);
  });

  it('waits for a response begun in time, but not for one that stops midway', async () => {
    const slow = await stage();
    slow.port.reply = (message) => {
      const answer = good(message);
      slow.clock.after(450, () => {
        slow.port.send(answer.subarray(0, 6));
      });
      slow.clock.after(550, () => {
        slow.port.send(answer.subarray(6));
      });
    };
    assert.deepEqual(await slow.clock.run(slow.session.read(28, 0, 4)), DATA);
    assert.equal(slow.session.counters.retries, 0);

    const cut = await stage();
    cut.port.reply = (message) => {
      cut.port.send(good(message).subarray(0, cut.port.written.length === 1 ? 9 : undefined));
    };
    assert.deepEqual(await cut.clock.run(cut.session.read(28, 0, 4)), DATA);
    assert.equal(cut.session.counters.retries, 1);
  });

  it('ends a wait during which noise never stops', async () => {
    const { clock, port, session } = await stage({ retries: 0 });
    let isNoisy = true;
    const noise = (): void => {
      port.send(Uint8Array.of(0));
      if (isNoisy) clock.after(40, noise);
    };
    noise();
    await rejectsWith(clock.run(session.read(28, 0, 4), 10_000), 'unreadable-answer');
    isNoisy = false;
  });

  const refusals = [
    [0x01, 'unrecognised-request'],
    [0x02, 'unsupported-request'],
    [0x03, 'no-permission'],
    [0x04, 'operation-not-possible'],
    [0x05, 'table-not-available'],
    [0x06, 'meter-busy'],
    [0x07, 'meter-busy'],
    [0x08, 'meter-busy'],
    [0x09, 'unknown-response-code'],
  ] as const;
  for (const [status, errorCode] of refusals) {
    it(`reports answer ${status.toString(16)} as ${errorCode} with its status`, async () => {
      const { clock, port, session } = await stage();
      port.reply = (message) => {
        port.send(code(message, status));
      };
      const error = await rejectsWith(clock.run(session.read(28, 0, 4)), errorCode);
      assert.equal(error.status, status);
      assert.equal(port.written.length, 1);
      port.reply = (message) => {
        port.send(good(message));
      };
      assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    });
  }

  it('believes a demand for a session that nothing signs only when it stays', async () => {
    const { clock, port, session } = await stage();
    port.reply = () => {
      port.send(Uint8Array.of(0, 1, 0x0a));
    };
    const error = await rejectsWith(clock.run(session.read(28, 0, 4)), 'session-required');
    assert.equal(error.status, 0x0a);
    port.written.length = 0;
    port.reply = (message) => {
      port.send(port.written.length === 1 ? Uint8Array.of(0, 1, 0x0a) : good(message));
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
  });

  it('tries a key that never worked once more, then never again', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(answerTo(message, OTHER_KEY, Uint8Array.of(0x0b)));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'key-rejected');
    assert.equal(port.written.length, 2);
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'key-rejected');
    await session.close();
    await session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined });
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'key-rejected');
    assert.equal(port.written.length, 2);
  });

  it('does not count a missing response as a second refusal of a key', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      if (port.written.length === 1) port.send(answerTo(message, OTHER_KEY, Uint8Array.of(0x0b)));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
    assert.equal(port.written.length, 2);
    port.reply = (message) => {
      port.send(good(message));
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.equal(port.written.length, 3);
  });

  it('adds refusals up over requests', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      if (port.written.length !== 2) port.send(answerTo(message, OTHER_KEY, Uint8Array.of(0x0b)));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'key-rejected');
    assert.equal(port.written.length, 3);
  });

  it('takes a bare refusal for one', async () => {
    const { clock, port, session } = await stage();
    port.reply = () => {
      port.send(Uint8Array.of(0, 1, 0x0b));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'key-rejected');
    assert.equal(port.written.length, 2);
  });

  it('tries a key that has worked again with growing pauses', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(good(message));
    };
    await clock.run(session.read(28, 0, 4));
    const times: number[] = [];
    port.reply = (message) => {
      times.push(clock.now());
      port.send(answerTo(message, OTHER_KEY, Uint8Array.of(0x0b)));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'authentication-failed');
    const pauses = times.slice(1).map((time, index) => time - times[index]!);
    assert.deepEqual(pauses, [1000, 2000, 4000]);
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'authentication-failed');
    assert.equal(times.at(-1)! - times.at(-2)!, 8000);
    port.reply = (message) => {
      port.send(good(message));
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.deepEqual(await clock.run(session.read(28, 0, 4), 200), DATA);
  });

  it('measures from the last byte of a request to its verified answer', async () => {
    const { clock, port, session } = await stage();
    assert.deepEqual(session.roundTrip, { last: null, mean: null, max: null });
    const delays = [120, 40, 80];
    port.reply = (message) => {
      const delay = delays.shift();
      if (delay === undefined) return;
      clock.after(delay / 2, () => {
        port.send(garbled(good(message)));
      });
      clock.after(delay, () => {
        port.send(good(message));
      });
    };
    for (let i = 0; i < 3; i++) await clock.run(session.read(28, 0, 4));
    assert.deepEqual(session.roundTrip, { last: 80, mean: 80, max: 120 });
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'no-answer');
    assert.deepEqual(session.roundTrip, { last: 80, mean: 80, max: 120 }, 'silence is no answer');
  });

  it('reports a jump of the sequence number, and only that', async () => {
    const made = await stage();
    const { clock, port, session } = made;
    const answerAs = (number: (sent: number) => number | undefined): void => {
      let isFirst = true;
      port.reply = (message) => {
        const asked = isFirst ? number(sequenceOf(message)) : undefined;
        isFirst = false;
        port.send(asked === undefined ? good(message) : answerTo(message, KEY, wrongSequence(asked)));
      };
    };
    answerAs(() => 5000);
    await clock.run(session.read(28, 0, 4));
    answerAs((sent) => sent);
    await clock.run(session.read(28, 0, 4));
    assert.equal(made.jumps, 0);
    answerAs((sent) => sent + 24);
    await clock.run(session.read(28, 0, 4));
    assert.equal(made.jumps, 1);
  });

  it('gives up on a meter that keeps asking for other numbers', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(answerTo(message, KEY, wrongSequence(sequenceOf(message) + 100)));
    };
    const error = await rejectsWith(clock.run(session.read(28, 0, 4)), 'sequence-rejected');
    assert.equal(error.status, 0x0c);
    assert.equal(port.written.length, 4);
  });

  it('uses the very number that a meter names, where the one after it is not taken', async () => {
    const made = await stage();
    const { clock, port, session } = made;
    let wanted = 5000;
    port.reply = (message) => {
      const isWanted = sequenceOf(message) === wanted;
      port.send(isWanted ? good(message) : answerTo(message, KEY, wrongSequence(wanted)));
      if (isWanted) wanted++;
    };
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.deepEqual(await clock.run(session.read(28, 0, 4)), DATA);
    assert.deepEqual(port.written.slice(1).map(sequenceOf), [5001, 5000, 5001]);
    assert.equal(made.jumps, 0);
  });

  it('blames the line when long responses are corrupted and only short ones arrive', async () => {
    const { clock, port, session } = await stage();
    const seen = new Set<number>();
    port.reply = (message) => {
      const number = sequenceOf(message);
      if (seen.size === 0) port.send(answerTo(message, KEY, wrongSequence(5000)));
      else port.send(seen.has(number) ? answerTo(message, KEY, wrongSequence(number)) : garbled(good(message)));
      seen.add(number);
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'unreadable-answer');
    assert.deepEqual([...seen].slice(1), [5001, 5002, 5003, 5004]);
  });

  it('refuses an answer with more data than was asked for', async () => {
    const { clock, port, session } = await stage();
    port.reply = (message) => {
      port.send(answerTo(message, KEY, readAnswer(concatBytes(DATA, DATA))));
    };
    await rejectsWith(clock.run(session.read(28, 0, 4)), 'inconsistent-answer');
    assert.equal(port.written.length, 4);
  });

  it('rejects pending work when cancelled, closed or unplugged, and leaves no timer', async () => {
    const { clock, port, session, closed } = await stage();
    const controller = new AbortController();
    const cancelled = session.read(28, 0, 4, { signal: controller.signal });
    clock.after(50, () => {
      controller.abort();
    });
    await rejectsWith(clock.run(cancelled), 'cancelled');
    assert.equal(clock.pendingTimers, 0);

    const lost = session.read(28, 0, 4);
    const queued = session.read(28, 0, 4);
    queued.catch(() => undefined);
    clock.after(50, () => {
      port.lose();
    });
    await rejectsWith(clock.run(lost), 'connection-lost');
    await rejectsWith(clock.run(queued), 'connection-lost');
    assert.equal(closed.length, 1);

    await session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined });
    const closing = session.read(28, 0, 4);
    closing.catch(() => undefined);
    await clock.advance(10);
    await session.close();
    await rejectsWith(closing, 'connection-closed');
    await rejectsWith(session.read(28, 0, 4), 'connection-closed');
    assert.equal(clock.pendingTimers, 0);
    assert.equal(port.isOpen, false);
  });
});

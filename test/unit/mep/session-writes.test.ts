import assert from 'node:assert/strict';
import { toHex } from '../../../src/bytes/hex.js';
import type { MeterError } from '../../../src/errors.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { rejectsWith } from '../../support/assert-error.js';
import { FakeClock } from '../../support/fake-clock.js';
import { answerTo, ScriptedTransport, sequenceOf, wrongSequence } from '../../support/line/scripted-transport.js';

const KEY = new Uint8Array(16).fill(0x01);
const OTHER_KEY = new Uint8Array(16).fill(0x02);
const DONE = Uint8Array.of(0);
const REFUSED = Uint8Array.of(0x0b);

interface Stage {
  clock: FakeClock;
  port: ScriptedTransport;
  /** Writes one byte. */
  write: (signal?: AbortSignal) => Promise<void>;
}

/** A session after one write: its key and its sequence numbers are known. */
async function stage(): Promise<Stage> {
  const clock = new FakeClock();
  const port = new ScriptedTransport();
  const session = new MepSession({ transport: port, security: digestSecurity(KEY), clock });
  await session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined });
  const write = (signal?: AbortSignal): Promise<void> => session.write(2098, 30, Uint8Array.of(1), { signal });
  port.reply = (message) => {
    port.send(answerTo(message, KEY, DONE));
  };
  await clock.run(write());
  port.written.length = 0;
  return { clock, port, write };
}

/** Answers the nth transmission with the nth reply; undefined: no answer. */
function script(port: ScriptedTransport, ...replies: ((message: Uint8Array) => Uint8Array)[]): void {
  port.reply = (message) => {
    const reply = replies[port.written.length - 1];
    if (reply) port.send(reply(message));
  };
}
const silence = (): Uint8Array => new Uint8Array(0);
const done = (message: Uint8Array): Uint8Array => answerTo(message, KEY, DONE);
const refused = (message: Uint8Array): Uint8Array => answerTo(message, OTHER_KEY, REFUSED);
const usedUp = (message: Uint8Array): Uint8Array => answerTo(message, KEY, wrongSequence(sequenceOf(message)));

const numbersOf = (port: ScriptedTransport): number => new Set(port.written.map(sequenceOf)).size;

async function unknown(work: Promise<unknown>): Promise<MeterError> {
  return rejectsWith(work, 'write-outcome-unknown');
}

describe('Writes of a MEP session', () => {
  it('asks as the guide prints it', async () => {
    const { clock, port, write } = await stage();
    script(port, done);
    await clock.run(write());
    assert.equal(toHex(port.written[0]!.subarray(0, 11)), '00 15 4F 08 32 00 00 1E 00 01 01');
  });

  it('repeats the very same packet after silence, which no meter carries out twice', async () => {
    const { clock, port, write } = await stage();
    script(port, silence, done);
    await clock.run(write());
    assert.equal(new Set(port.written.map((message) => toHex(message))).size, 1);
    assert.equal(port.written.length, 2);
  });

  it('does not know what became of a write that nothing answered', async () => {
    const { clock, port, write } = await stage();
    script(port);
    const error = await unknown(clock.run(write()));
    assert.equal((error.cause as MeterError).code, 'no-answer');
    assert.equal(numbersOf(port), 1);
  });

  it('never writes under a new number when the first request may have taken effect', async () => {
    const { clock, port, write } = await stage();
    for (const second of [usedUp, refused]) {
      port.written.length = 0;
      script(port, silence, second);
      await unknown(clock.run(write()));
      assert.equal(numbersOf(port), 1);
      assert.equal(port.written.length, 2);
    }
  });

  it('writes under a new number when the meter has refused the first one', async () => {
    const { clock, port, write } = await stage();
    script(port, usedUp, done);
    await clock.run(write());
    assert.equal(numbersOf(port), 2);
  });

  it('repeats the same packet after a refused signature: no refusal is authenticated', async () => {
    const { clock, port, write } = await stage();
    script(port, refused, done);
    await clock.run(write());
    assert.deepEqual([numbersOf(port), port.written.length], [1, 2]);
  });

  it('reports an unknown outcome of a write refused once after it used its number up', async () => {
    const { clock, port, write } = await stage();
    script(port, refused, usedUp);
    await unknown(clock.run(write()));
    assert.deepEqual([numbersOf(port), port.written.length], [1, 2]);
  });

  it('writes nothing to a meter after a sequence jump: its tables may have changed', async () => {
    const { clock, port, write } = await stage();
    script(port, (message) => answerTo(message, KEY, wrongSequence(sequenceOf(message) + 25)), done);
    await rejectsWith(clock.run(write()), 'sequence-rejected');
    assert.equal(port.written.length, 1);
  });

  it('reports an unknown outcome of a write cancelled or cut off after it was sent', async () => {
    const { clock, port, write } = await stage();
    const controller = new AbortController();
    script(port);
    const cancelled = write(controller.signal);
    clock.after(150, () => {
      controller.abort();
    });
    assert.equal(((await unknown(clock.run(cancelled))).cause as MeterError).code, 'cancelled');

    const lost = write();
    clock.after(150, () => {
      port.lose();
    });
    assert.equal(((await unknown(clock.run(lost))).cause as MeterError).code, 'connection-lost');
  });

  it('reports cancelled when nothing was sent yet', async () => {
    const { clock, port, write } = await stage();
    const controller = new AbortController();
    const cancelled = write(controller.signal);
    clock.after(10, () => {
      controller.abort();
    });
    await rejectsWith(clock.run(cancelled), 'cancelled');
    assert.equal(port.written.length, 0);
  });

  it('reports a refusal of the write as what it is', async () => {
    const { clock, port, write } = await stage();
    script(port, (message) => answerTo(message, KEY, Uint8Array.of(0x03)));
    await rejectsWith(clock.run(write()), 'no-permission');
    assert.equal(port.written.length, 1);
  });

  it('does not take an answer with zeros that no digest covers for a good one', async () => {
    const { clock, port, write } = await stage();
    script(port, (message) => answerTo(message, KEY, Uint8Array.of(0, 0, 0)));
    await unknown(clock.run(write()));
    assert.equal(port.written.length, 1);
  });
});

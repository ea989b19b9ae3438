import assert from 'node:assert/strict';
import { toHex } from '../../../src/bytes/hex.js';
import { digestSecurity, type MepSecurity, rc4Security } from '../../../src/mep/security.js';
import { SequenceNumbers } from '../../../src/mep/sequence.js';
import { MepSession } from '../../../src/mep/session.js';
import { DEMO_KEY, simulatorTransport } from '../../../src/simulator/index.js';
import type { Transport, TransportEvents } from '../../../src/transport/transport.js';
import { FakeClock } from '../../support/fake-clock.js';
import { ScriptedTransport, sequenceOf } from '../../support/line/scripted-transport.js';

const KEY = new TextEncoder().encode(DEMO_KEY);
const KINDS: readonly (readonly [string, (key: Uint8Array) => MepSecurity])[] = [
  ['digest', digestSecurity],
  ['RC4', rc4Security],
];
const NO_EVENTS = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };
const READS = 16;

interface Recorded {
  readonly request: Uint8Array;
  answer: string;
}

/** A transport that records the traffic: each request with everything received before the next. */
function recording(inner: Transport): { transport: Transport; exchanges: Recorded[] } {
  const exchanges: Recorded[] = [];
  const transport: Transport = {
    description: inner.description,
    open: (events, signal) => {
      const data: TransportEvents['data'] = (bytes) => {
        const last = exchanges.at(-1);
        if (last) last.answer += toHex(bytes).replaceAll(' ', '');
        events.data(bytes);
      };
      return inner.open({ ...events, data }, signal);
    },
    write: (bytes) => {
      exchanges.push({ request: bytes.slice(), answer: '' });
      return inner.write(bytes);
    },
    close: () => inner.close(),
  };
  return { transport, exchanges };
}

/** Number of reads with a verified answer after the start of a session. */
async function start(session: MepSession, clock: FakeClock): Promise<number> {
  let believed = 0;
  await session.open(NO_EVENTS);
  for (let read = 0; read < READS; read++) {
    const outcome = session.read(read % 2 === 0 ? 1 : 28, 0, 4).then(
      () => 1,
      () => 0,
    );
    believed += await clock.run(outcome);
  }
  await session.close();
  return believed;
}

async function record(makeSecurity: (key: Uint8Array) => MepSecurity): Promise<Recorded[]> {
  const clock = new FakeClock();
  const { transport, exchanges } = recording(simulatorTransport({ profile: 'gen3', clock }));
  const session = new MepSession({ transport, security: makeSecurity(KEY), clock });
  assert.equal(await start(session, clock), READS);
  return exchanges;
}

describe('A recorded conversation of a MEP port', () => {
  for (const [name, makeSecurity] of KINDS) {
    it(`is not believed after a restart (${name})`, async () => {
      const exchanges = await record(makeSecurity);
      for (const isRepeated of [false, true]) {
        const clock = new FakeClock();
        const port = new ScriptedTransport();
        let next = 0;
        port.reply = () => {
          const { answer } = exchanges[next++ % exchanges.length]!;
          const all = isRepeated ? exchanges.map((exchange) => exchange.answer).join('') : answer;
          port.send(Uint8Array.from(Buffer.from(all, 'hex')));
        };
        const session = new MepSession({ transport: port, security: makeSecurity(KEY), clock });
        assert.equal(await start(session, clock), 0);
      }
    });

    it(`is not believed after a reconnect of the same session (${name})`, async () => {
      const clock = new FakeClock();
      const simulator = simulatorTransport({ profile: 'gen3', clock });
      const { transport, exchanges } = recording(simulator);
      const port = new ScriptedTransport();
      let isReplay = false;
      const switched: Transport = {
        description: 'either',
        open: (events, signal) => (isReplay ? port.open(events) : transport.open(events, signal)),
        write: (bytes) => (isReplay ? port.write(bytes) : transport.write(bytes)),
        close: () => (isReplay ? port.close() : transport.close()),
      };
      const session = new MepSession({ transport: switched, security: makeSecurity(KEY), clock });
      assert.equal(await start(session, clock), READS);
      isReplay = true;
      let next = 0;
      port.reply = () => {
        port.send(Uint8Array.from(Buffer.from(exchanges[next++ % exchanges.length]!.answer, 'hex')));
      };
      assert.equal(await start(session, clock), 0);
    });
  }

  it('has first numbers from all over the 32 bits', async () => {
    const firsts: number[] = [];
    for (let made = 0; made < 64; made++) {
      const clock = new FakeClock();
      const port = new ScriptedTransport();
      const session = new MepSession({ transport: port, security: digestSecurity(KEY), clock, retries: 0 });
      await session.open(NO_EVENTS);
      await clock.run(session.read(1, 0, 4).catch(() => undefined));
      firsts.push(sequenceOf(port.written[0]!));
    }
    assert.equal(new Set(firsts).size, 64);
    const quarters = new Set(firsts.map((first) => Math.floor(first / 2 ** 30)));
    assert.deepEqual([...quarters].sort(), [0, 1, 2, 3]);
  });

  it('is followed by the numbers that the meter names, around the end of 32 bits too', () => {
    const numbers = new SequenceNumbers(0xffffffff);
    assert.equal(numbers.take(), 0xffffffff);
    numbers.noteAccepted();
    assert.equal(numbers.take(), 0);
    numbers.noteAccepted();
    assert.equal(numbers.correct(0xfffffffe), true);
    assert.equal(numbers.take(), 0xffffffff);
  });
});

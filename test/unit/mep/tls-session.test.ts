import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import type { TableLinkEvents } from '../../../src/c1218/table-link.js';
import { MAX_TLS_READ_BYTES } from '../../../src/mep/tls-message.js';
import { TlsSession, type TlsSessionOptions } from '../../../src/mep/tls-session.js';
import { frameMessage } from '../../../src/mep/message.js';
import { DEMO_KEY, type SimulatorTransportOptions, simulatorTransport } from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { hex } from '../../support/fixtures/exchanges.js';
import { FakeClock } from '../../support/fake-clock.js';
import { MepTap } from '../../support/line/mep-tap.js';
import { ScriptedTransport } from '../../support/line/scripted-transport.js';

const KEY = new TextEncoder().encode(DEMO_KEY);
const WRONG_KEY = new TextEncoder().encode('0123456789ABCDEF');
const [HANDSHAKE, CONTINUED, TABLE, TERMINATE] = [0x58, 0x59, 0x80, 0x57];

interface Events extends TableLinkEvents {
  readonly entries: string[];
}

function events(): Events {
  const entries: string[] = [];
  return {
    entries,
    alert: () => entries.push('alert'),
    dimensionsMayHaveChanged: () => entries.push('jump'),
    closed: (error) => entries.push(error.code),
  };
}

async function stage(options: SimulatorTransportOptions & Partial<TlsSessionOptions> = {}) {
  const clock = new FakeClock();
  const simulator = simulatorTransport({ profile: 'gen4', wantsTls: true, clock, ...options });
  const tap = new MepTap(simulator);
  const { key = KEY, keyName = 'MBK' } = options;
  const session = new TlsSession({ transport: tap, key, keyName, clock });
  const log = events();
  await session.open(log);
  const { meter } = simulator;
  const read = (count = 16, table = 1): Promise<Uint8Array> => clock.run(session.read(table, 0, count));
  return { clock, simulator, meter, tap, session, log, read };
}

/** Applies `change` to the first message for which `isIt` holds. */
function once(isIt: (bytes: Uint8Array) => boolean, change: (bytes: Uint8Array) => Uint8Array | undefined) {
  let isDone = false;
  return (bytes: Uint8Array): Uint8Array | undefined => {
    if (isDone || !isIt(bytes)) return bytes;
    isDone = true;
    return change(bytes);
  };
}
const hasCode = (code: number) => (bytes: Uint8Array) => bytes[2] === code;
const lost = (): undefined => undefined;
const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
const flipLast = (bytes: Uint8Array): Uint8Array => flip(bytes, bytes.length - 1);

describe('MEP session over TLS', () => {
  it('shakes hands once and reads many times', async () => {
    const { read, meter, tap, session, clock } = await stage();
    for (let i = 0; i < 5; i++) assert.deepEqual(await read(), meter.image('BT01')!.slice(0, 16));
    assert.deepEqual(tap.codes, [HANDSHAKE, CONTINUED, TABLE, TABLE, TABLE, TABLE, TABLE]);
    assert.equal(session.counters.requests, 5);
    assert.equal(session.counters.retries, 0);
    assert.ok(session.roundTrip.last! > 0);
    await clock.run(session.close());
  });

  it('ends an idle session in the meter when it is closed', async () => {
    const { read, meter, tap, session, clock } = await stage();
    await read();
    assert.ok(meter.tls.isEstablished);
    await clock.run(session.close());
    assert.equal(tap.codes.at(-1), TERMINATE);
    assert.ok(!meter.tls.isEstablished);
    assert.equal(clock.pendingTimers, 0);
    await rejectsWith(session.read(1, 0, 1), 'connection-closed');
  });

  it('waits briefly for a response to its close, and for none to a request', async () => {
    const { read, tap, session, clock } = await stage();
    await read();
    tap.onRequest = lost;
    const before = clock.now();
    await clock.run(session.close());
    assert.ok(clock.now() - before <= 400);
    const other = await stage();
    await other.read();
    other.tap.onRequest = lost;
    const reading = rejectsWith(other.session.read(1, 0, 1), 'connection-closed');
    await other.clock.advance(50);
    await other.session.close();
    await reading;
    assert.equal(other.clock.pendingTimers, 0);
  });

  it('reads what its key permits, with either key', async () => {
    const mbk = await stage();
    await rejectsWith(mbk.clock.run(mbk.session.write(28, 0, hex('00'))), 'no-permission');
    const mak = await stage({ key: new Uint8Array(20).fill(1), keyName: 'MAK' });
    const levels: unknown[] = [];
    mak.meter.onExchange(({ level }) => levels.push(level));
    await mak.read();
    assert.deepEqual(levels, ['MAK']);
    await rejectsWith(mbk.read(4, 4_000), 'table-not-available');
    // A refusal is an answer like any other: the session goes on.
    assert.deepEqual(mbk.tap.codes.filter((code) => code === HANDSHAKE).length, 1);
  });

  it('carries the longest response that fits a message, and refuses to request more', async () => {
    const { session, meter, read, clock } = await stage();
    meter.setImage(
      23,
      Uint8Array.from({ length: 600 }, (_, index) => index & 0xff),
    );
    assert.equal(session.maxReadBytes, MAX_TLS_READ_BYTES);
    assert.equal(MAX_TLS_READ_BYTES, 443);
    assert.equal((await read(443, 23)).length, 443);
    await rejectsWith(clock.run(session.write(50, 0, new Uint8Array(439))), 'request-too-long');
  });

  it('shakes hands with a meter that does not know the extended master secret', async () => {
    const { read, meter } = await stage();
    meter.tls.hasExtendedMasterSecret = false;
    assert.equal((await read()).length, 16);
  });

  for (const pieceBytes of [1, 15, 40, 90]) {
    it(`joins a flight that comes in pieces of ${pieceBytes} bytes`, async () => {
      const { read, meter, tap } = await stage();
      meter.tls.pieceBytes = pieceBytes;
      if (pieceBytes === 1) await rejectsWith(read(), 'tls-handshake-failed');
      else assert.equal((await read()).length, 16);
      assert.ok(tap.codes.filter((code) => code === CONTINUED).length > 1);
    });
  }

  describe('when the line loses or garbles something', () => {
    for (const code of [HANDSHAKE, CONTINUED, TABLE]) {
      it(`sends a lost ${code.toString(16)} again, byte for byte`, async () => {
        const { read, tap, session } = await stage();
        const sent: string[] = [];
        const lose = once(hasCode(code), lost);
        tap.onRequest = (message) => {
          if (message[2] === code) sent.push(toHex(message));
          return lose(message);
        };
        assert.equal((await read()).length, 16);
        assert.equal(sent.length, 2);
        assert.equal(sent[0], sent[1]);
        assert.equal(session.counters.timeouts, 1);
      });

      it(`gets over a ${code.toString(16)} that is garbled on its way`, async () => {
        const { read, tap } = await stage();
        tap.onRequest = once(hasCode(code), flipLast);
        assert.equal((await read()).length, 16);
      });
    }

    for (const [index, what] of ['hello', 'finished', 'answer'].entries()) {
      it(`gets over a lost ${what}`, async () => {
        const { read, tap } = await stage();
        let answers = 0;
        tap.onAnswer = (bytes) => (answers++ === index ? undefined : bytes);
        assert.equal((await read()).length, 16);
      });

      it(`gets over a garbled ${what}`, async () => {
        const { read, tap, meter } = await stage();
        let answers = 0;
        tap.onAnswer = (bytes) => (answers++ === index ? flipLast(bytes) : bytes);
        assert.deepEqual(await read(), meter.image('BT01')!.slice(0, 16));
      });
    }

    it('finds the answer among rubbish and alerts', async () => {
      const { read, tap, meter, log } = await stage();
      const rubbish = hex('00 00 00 40 00 17 03 03 00 FF 13 37');
      tap.onAnswer = (bytes) => concatBytes(rubbish, bytes, hex('00 00'));
      assert.deepEqual(await read(), meter.image('BT01')!.slice(0, 16));
      tap.onAnswer = (bytes) => concatBytes(hex('00 00'), bytes);
      assert.deepEqual(await read(), meter.image('BT01')!.slice(0, 16));
      assert.ok(log.entries.includes('alert'));
    });

    it('takes no old answer for a new one', async () => {
      const { read, tap, meter } = await stage();
      await read();
      let last: Uint8Array | undefined;
      tap.onAnswer = (bytes) => (last = bytes);
      await read();
      const old = last!;
      tap.onAnswer = (bytes) => concatBytes(old, bytes);
      assert.deepEqual(await read(8, 0x803), meter.image('ET03')!.slice(0, 8));
    });

    it('never hands out bytes that were changed on the line', async () => {
      const { session, clock, tap, meter } = await stage();
      await clock.run(session.read(1, 0, 16));
      tap.onAnswer = (bytes) => (tap.codes.at(-1) === TABLE ? flip(bytes, 20) : bytes);
      await rejectsWith(clock.run(session.read(1, 0, 16)), 'tls-bad-record');
      tap.onAnswer = (bytes) => bytes;
      assert.deepEqual(await clock.run(session.read(1, 0, 16)), meter.image('BT01')!.slice(0, 16));
    });

    it('takes no refusal for true that is found inside a damaged record', async () => {
      const { read, tap } = await stage();
      // The nonce of a session's first record ends in 00 01: with a byte of the ciphertext it looks like a bare refusal.
      const damage = (bytes: Uint8Array): Uint8Array => flipLast(bytes.map((byte, at) => (at === 16 ? 1 : byte)));
      tap.onAnswer = (bytes) => (tap.codes.at(-1) === TABLE ? damage(bytes) : bytes);
      await rejectsWith(read(), 'tls-bad-record');
    });

    it('reports no response as such, and starts again when it is over', async () => {
      const { read, tap } = await stage();
      await read();
      tap.onRequest = lost;
      await rejectsWith(read(), 'no-answer');
      tap.onRequest = (message) => message;
      assert.equal((await read()).length, 16);
      assert.equal(tap.codes.filter((code) => code === HANDSHAKE).length, 2);
    });
  });

  describe('when the meter has no session any more', () => {
    it('shakes hands again and asks again', async () => {
      const { read, meter, tap, log, session } = await stage();
      await read();
      meter.tls.end();
      assert.equal((await read()).length, 16);
      assert.deepEqual(tap.codes.slice(3), [TABLE, HANDSHAKE, CONTINUED, TABLE]);
      assert.deepEqual(log.entries, ['jump']);
      assert.equal(session.counters.retries, 1);
    });

    it('reports that the meter may have changed, once for each further session', async () => {
      const { read, meter, clock, log } = await stage();
      await read();
      assert.deepEqual(log.entries, []);
      for (const pauseMs of [0, 120_000]) {
        await clock.advance(pauseMs);
        meter.tls.end();
        await read();
      }
      assert.deepEqual(log.entries, ['jump', 'jump']);
    });

    it('does not go on for ever', async () => {
      const { read, meter, tap } = await stage();
      tap.onRequest = (message) => {
        if (message[2] === TABLE) meter.tls.end();
        return message;
      };
      const error = await rejectsWith(read(), 'session-lost');
      assert.equal(error.status, 0x0a);
      assert.equal(tap.codes.filter((code) => code === HANDSHAKE).length, 4);
    });

    it('begins anew after a request that was cancelled half-way', async () => {
      const { read, session, clock, tap } = await stage();
      await read();
      const cancel = new AbortController();
      const reading = rejectsWith(session.read(1, 0, 16, { signal: cancel.signal }), 'cancelled');
      await clock.advance(90);
      cancel.abort();
      await clock.run(reading);
      assert.equal((await read()).length, 16);
      assert.equal(tap.codes.filter((code) => code === HANDSHAKE).length, 2);
    });
  });

  describe('with a key that the meter refuses', () => {
    it('tries once more, after a pause, and never again', async () => {
      const { read, session, meter, tap, clock } = await stage({ key: WRONG_KEY });
      await rejectsWith(read(), 'key-rejected');
      assert.ok(clock.now() > 1_000);
      assert.equal(meter.counters.rejected, 2);
      const sent = tap.codes.length;
      await rejectsWith(clock.run(session.read(1, 0, 16)), 'key-rejected');
      assert.equal(tap.codes.length, sent);
      await clock.run(session.close());
      await session.open(events());
      await rejectsWith(read(), 'key-rejected');
      assert.equal(tap.codes.length, sent);
    });

    it('does not hold one garbled handshake against the key', async () => {
      const { read, tap, meter } = await stage();
      tap.onRequest = once(hasCode(CONTINUED), flipLast);
      assert.equal((await read()).length, 16);
      assert.equal(meter.counters.rejected, 1);
    });

    it('tries a key that has worked again, with growing pauses', async () => {
      const { read, tap, meter, clock } = await stage();
      await read();
      meter.tls.end();
      const good = meter.port.mbk;
      meter.port.mbk = WRONG_KEY;
      const before = clock.now();
      await rejectsWith(read(), 'authentication-failed');
      assert.ok(clock.now() - before > 3_000);
      meter.port.mbk = good;
      assert.equal((await read()).length, 16);
      assert.ok(tap.codes.length > 8);
    });

    for (const [what, answer] of [
      ['01', hex('01')],
      ['01 and an alert bad_record_mac', hex('01 15 03 03 00 02 02 14')],
      ['00 and an alert decrypt_error', hex('00 15 03 03 00 02 02 33')],
      ['00 and an alert unknown_psk_identity', hex('00 15 03 03 00 02 02 73')],
      ['03', hex('03')],
    ] as const) {
      it(`understands ${what} at the end of the handshake`, async () => {
        const { read, tap } = await stage();
        let isFinishing = false;
        tap.onRequest = (message) => {
          isFinishing = message[2] === CONTINUED;
          return message;
        };
        tap.onAnswer = (bytes) => (isFinishing ? frameMessage(answer) : bytes);
        await rejectsWith(read(), 'key-rejected');
        assert.equal(tap.codes.filter((code) => code === CONTINUED).length, 2);
      });
    }

    it('blames other alerts on something else', async () => {
      const { read, tap } = await stage();
      tap.onAnswer = () => frameMessage(hex('01 15 03 03 00 02 02 28'));
      const error = await rejectsWith(read(), 'tls-alert');
      assert.deepEqual(error.values, { alert: 'handshake_failure' });
      assert.equal(tap.codes.length, 3);
      tap.onAnswer = () => frameMessage(hex('01'));
      assert.equal((await rejectsWith(read(), 'tls-handshake-failed')).status, 1);
    });
  });

  it('tries a port without TLS again by itself, rarely and once each time', async () => {
    const { read, tap, clock, meter } = await stage({ wantsTls: false });
    await rejectsWith(read(), 'tls-not-offered');
    for (let minute = 0; minute < 24 * 60; minute++) {
      await clock.advance(60_000);
      await rejectsWith(read(), 'tls-not-offered');
    }
    assert.equal(tap.codes.length, 11);
    meter.port.wantsTls = true;
    await clock.advance(6 * 3_600_000);
    assert.equal((await read()).length, 16);
  });

  it('recognizes a port without TLS and does not try it again at once', async () => {
    const { read, tap, session, clock, meter } = await stage({ wantsTls: false });
    assert.equal((await rejectsWith(read(), 'tls-not-offered')).status, 0x0b);
    assert.equal(tap.codes.length, 2);
    assert.equal(meter.counters.rejected, 2);
    await rejectsWith(clock.run(session.read(1, 0, 1)), 'tls-not-offered');
    assert.equal(tap.codes.length, 2);
    await clock.run(session.close());
    meter.port.wantsTls = true;
    await session.open(events());
    assert.equal((await read()).length, 16);
  });

  it('believes no single answer of a port without TLS, which noise can look like', async () => {
    const { session, clock, tap, simulator } = await stage();
    for (const [nth, answer] of [
      [0, '02'],
      [1, '0B'],
      [2, '01 0102030405060708'],
      [3, '02'],
    ] as const) {
      let answers = 0;
      tap.onAnswer = (bytes) => (answers++ === nth ? frameMessage(hex(answer)) : bytes);
      simulator.meter.tls.end();
      assert.equal((await clock.run(session.read(1, 0, 16))).length, 16, `answer ${nth}`);
      assert.ok(answers > nth + 1);
    }
  });

  for (const answer of ['01 0102030405060708', '02', '02 0102030405060708', '0B', '0C 00000001 0102030405060708']) {
    it(`takes ${answer} for the answer of a port without TLS`, async () => {
      const { read, tap } = await stage();
      tap.onAnswer = () => frameMessage(hex(answer));
      await rejectsWith(read(), 'tls-not-offered');
    });
  }

  describe('when it writes', () => {
    const DATA = hex('01');
    const write = async (change: (ends: Awaited<ReturnType<typeof stage>>) => void) => {
      const ends = await stage();
      await ends.read();
      let isDone = 0;
      ends.meter.onExchange(({ request, code }) => {
        if (request?.service === 'partial-write' && code === 0) isDone++;
      });
      change(ends);
      const writing = ends.clock.run(ends.session.write(7, 0, DATA));
      return { ...ends, writing, times: () => isDone };
    };

    it('does it once', async () => {
      const { writing, times } = await write(() => undefined);
      await writing;
      assert.equal(times(), 1);
    });

    it('does it once where the request was lost', async () => {
      const { writing, times } = await write(({ tap }) => {
        tap.onRequest = once(hasCode(TABLE), lost);
      });
      await writing;
      assert.equal(times(), 1);
    });

    it('does not do it twice where its damaged answer looks like a refusal', async () => {
      for (const lengthByte of [0, 2]) {
        const { writing, times } = await write(({ tap }) => {
          tap.onAnswer = once(
            () => true,
            (bytes) => {
              const damaged = flipLast(bytes);
              damaged.set([0, 1, 0x0b], 14);
              damaged[0] = lengthByte;
              return damaged;
            },
          );
        });
        await rejectsWith(writing, 'write-outcome-unknown');
        assert.equal(times(), 1);
      }
    });

    it('does it once where the session had ended, or the request was garbled', async () => {
      const ended = await write(({ meter }) => {
        meter.tls.end();
      });
      await ended.writing;
      assert.equal(ended.times(), 1);
      const garbled = await write(({ tap }) => {
        tap.onRequest = once(hasCode(TABLE), flipLast);
      });
      await garbled.writing;
      assert.equal(garbled.times(), 1);
    });

    for (const [what, change] of [
      ['lost', lost],
      ['garbled', flipLast],
    ] as const) {
      it(`does not repeat it after ${what}, and reports an unknown outcome`, async () => {
        const { writing, times } = await write(({ tap }) => {
          tap.onAnswer = once(() => true, change);
        });
        await rejectsWith(writing, 'write-outcome-unknown');
        assert.equal(times(), 1);
      });
    }
  });

  it('is not fooled by a far end that plays without the key', async () => {
    const clock = new FakeClock();
    const port = new ScriptedTransport();
    const session = new TlsSession({ transport: port, key: KEY, keyName: 'MBK', clock });
    await session.open(events());
    const other = simulatorTransport({ wantsTls: true, clock, mbk: WRONG_KEY }).meter;
    port.reply = (message) => {
      // A server that accepts every key and invents the rest.
      const answer = other.answer(message.subarray(2));
      port.send(
        frameMessage(
          answer[0] === 3 ? concatBytes(hex('00 14 03 03 00 01 01 16 03 03 00 28'), new Uint8Array(40)) : answer,
        ),
      );
    };
    await rejectsWith(clock.run(session.read(1, 0, 16)), 'tls-bad-record');
    assert.ok(port.written.every((message) => message[2] !== TABLE));
  });
});

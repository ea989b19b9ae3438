import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { FrameDecoder } from '../../../src/mep/frame-decoder.js';
import { encryptionKey, Rc4 } from '../../../src/mep/rc4.js';
import { digestSecurity, rc4Security, type SealedRequest } from '../../../src/mep/security.js';
import { MepSession } from '../../../src/mep/session.js';
import { DEMO_KEY, SimulatedMeter } from '../../../src/simulator/index.js';
import { rejectsWith } from '../../support/assert-error.js';
import { hex } from '../../support/fixtures/exchanges.js';
import { FakeClock } from '../../support/fake-clock.js';
import { readFixtures } from '../../support/fixtures/fixtures.js';
import { ScriptedTransport } from '../../support/line/scripted-transport.js';

interface StreamFixture {
  key: string;
  /** 16 bytes of key stream by their position. */
  stream: Record<string, string>;
}
interface ExchangeFixture {
  key: string;
  encryptionKey: string;
  plainRequest: string;
  plainAnswer: string;
  request: string;
  answer: string;
}

const STREAMS = readFixtures<StreamFixture>('rc4-streams');
const EXCHANGES = readFixtures<ExchangeFixture>('rc4-exchanges');
const SIGNATURE = 12;
const ALERT = Uint8Array.of(0, 0);

/** The request of an exchange, sealed like a client's. */
function seal({ key, plainRequest }: ExchangeFixture): SealedRequest {
  const message = hex(plainRequest);
  const sequence = new DataView(message.buffer).getUint32(message.length - SIGNATURE);
  return rc4Security(hex(key)).seal(message.subarray(2, -SIGNATURE), sequence);
}

/** The results of a decoder that waits for the request's answer. */
function find(sealed: SealedRequest, chunks: Uint8Array[]): string[] {
  const found: string[] = [];
  const decoder = new FrameDecoder(
    {
      message: (body) => {
        const answer = sealed.open(body);
        if (answer) found.push(toHex(answer));
        return answer !== undefined;
      },
      alert: () => found.push('alert'),
    },
    sealed.matchStart,
  );
  for (const chunk of chunks) decoder.push(chunk);
  decoder.gap();
  return found;
}

const bytesOf = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));
const plainOf = (fixture: ExchangeFixture): string => toHex(hex(fixture.plainAnswer).subarray(2, -8));

describe('RC4', () => {
  it('has vectors to be tried against', () => {
    assert.equal(STREAMS.length, 2);
    assert.equal(EXCHANGES.length, 4);
  });

  for (const [name, { key, stream }] of STREAMS) {
    it(`makes the key stream of RFC 6229, ${name}`, () => {
      const made = new Rc4(hex(key)).stream(4112);
      for (const [place, expected] of Object.entries(stream)) {
        assert.equal(toHex(made.subarray(Number(place), Number(place) + 16), '').toLowerCase(), expected);
      }
    });
  }

  it('decrypts what it encrypted, in pieces of any length', () => {
    const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(key, fc.array(fc.uint8Array({ maxLength: 20 })), (secret, pieces) => {
        const [one, other] = [new Rc4(secret), new Rc4(secret)];
        const encrypted = concatBytes(...pieces.map((piece) => one.apply(piece)));
        assert.deepEqual(other.apply(encrypted), concatBytes(...pieces));
      }),
    );
  });
});

describe('RC4 security of a MEP port', () => {
  for (const [name, fixture] of EXCHANGES) {
    it(`encrypts the guide's request as OpenSSL does: ${name}`, () => {
      assert.equal(toHex(encryptionKey(hex(fixture.key)), ''), fixture.encryptionKey);
      assert.equal(toHex(seal(fixture).message), fixture.request);
    });

    it(`finds the encrypted answer whole, byte by byte, and between alerts and garbage: ${name}`, () => {
      const sealed = seal(fixture);
      const answer = hex(fixture.answer);
      const plain = plainOf(fixture);
      assert.deepEqual(find(sealed, [answer]), [plain]);
      assert.deepEqual(find(sealed, bytesOf(answer)), [plain]);
      const between = concatBytes(ALERT, ALERT, answer, ALERT);
      assert.deepEqual(find(sealed, bytesOf(between)), ['alert', 'alert', plain, 'alert']);
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 40 }), (garbage) => {
          assert.ok(find(sealed, [concatBytes(garbage, answer)]).includes(plain), toHex(garbage));
        }),
        { numRuns: 300 },
      );
    });

    it(`believes no answer of which a bit is wrong: ${name}`, () => {
      const sealed = seal(fixture);
      const answer = hex(fixture.answer);
      for (let bit = 16; bit < answer.length * 8; bit++) {
        const garbled = answer.slice();
        garbled[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(sealed.open(garbled.subarray(2)), undefined, `bit ${bit}`);
      }
    });
  }

  it('does not take a plain answer for an encrypted one', () => {
    const [, fixture] = EXCHANGES[0]!;
    assert.equal(seal(fixture).open(hex(fixture.plainAnswer).subarray(2)), undefined);
  });

  it('opens each answer to a repeated packet: the cipher goes on from the request', () => {
    const [, fixture] = EXCHANGES[0]!;
    const sealed = seal(fixture);
    const body = hex(fixture.answer).subarray(2);
    assert.deepEqual(sealed.open(body), sealed.open(body));
  });
});

describe('Simulated meter with RC4', () => {
  const MBK = new TextEncoder().encode(DEMO_KEY);
  const READ_BT00 = Uint8Array.of(0x3f, 0, 0, 0, 0, 0, 0, 16);

  for (const [name, fixture] of EXCHANGES) {
    it(`gives OpenSSL's answer byte for byte: ${name}`, () => {
      const meter = new SimulatedMeter({ clock: new FakeClock() });
      const request = hex(fixture.plainRequest);
      const plain = hex(fixture.plainAnswer);
      const asked = new DataView(request.buffer).getUint32(request.length - SIGNATURE);
      meter.port.sequence = plain[2] === 0x0c ? new DataView(plain.buffer).getUint32(3) : asked;
      if (plain[2] === 0 && plain.length > 11) meter.setImage(23, plain.subarray(5, -8));
      assert.equal(toHex(meter.answer(hex(fixture.request).subarray(2))), toHex(hex(fixture.answer).subarray(2)));
    });
  }

  it('answers a request with a wrong key in the clear', () => {
    const meter = new SimulatedMeter({ clock: new FakeClock() });
    const sealed = rc4Security(new Uint8Array(16).fill(9)).seal(READ_BT00, meter.port.sequence);
    const answer = meter.answer(sealed.message.subarray(2));
    assert.equal(answer[0], 0x0b);
    assert.equal(answer.length, 9);
  });

  it('still takes requests that are only signed', () => {
    const meter = new SimulatedMeter({ clock: new FakeClock() });
    const sealed = digestSecurity(MBK).seal(READ_BT00, meter.port.sequence);
    assert.ok(sealed.open(meter.answer(sealed.message.subarray(2))));
  });
});

describe('MEP session with RC4', () => {
  const KEY = new TextEncoder().encode(DEMO_KEY);

  async function stage(key: Uint8Array): Promise<{ clock: FakeClock; port: ScriptedTransport; session: MepSession }> {
    const clock = new FakeClock();
    const meter = new SimulatedMeter({ clock });
    const port = new ScriptedTransport();
    const session = new MepSession({ transport: port, security: rc4Security(key), clock });
    await session.open({ alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined });
    port.reply = (message) => {
      const body = meter.answer(message.subarray(2));
      port.send(Uint8Array.of(body.length >> 8, body.length & 0xff), body);
    };
    return { clock, port, session };
  }

  it('reads after an encrypted 0C, and nothing readable goes over the line', async () => {
    const { clock, port, session } = await stage(KEY);
    const data = await clock.run(session.read(0, 0, 16));
    assert.equal(data.length, 16);
    assert.equal(session.counters.sequenceCorrections, 1);
    for (const message of port.written) assert.notEqual(toHex(message.subarray(2, 10)), '3F 00 00 00 00 00 00 10');
  });

  it('recognizes a wrong key by the refusal that comes in the clear', async () => {
    const { clock, port, session } = await stage(new Uint8Array(16).fill(9));
    await rejectsWith(clock.run(session.read(0, 0, 16)), 'key-rejected');
    assert.equal(port.written.length, 2);
  });

  it('takes no garbled data for a refusal, whatever its first byte', async () => {
    const { clock, port, session } = await stage(KEY);
    await clock.run(session.read(0, 0, 16));
    const reply = port.reply;
    let isGarbled = true;
    port.reply = (message) => {
      if (!isGarbled) {
        reply(message, port);
        return;
      }
      isGarbled = false;
      const garbled = new Uint8Array(29);
      garbled.set([0, 27, 0x0b]);
      port.send(garbled);
    };
    await clock.run(session.read(0, 0, 16));
    assert.equal(clock.now() < 2_000, true, 'no pause as after a refusal');
  });

  it('recognizes a port that requires a session', async () => {
    const { clock, port, session } = await stage(KEY);
    port.reply = () => {
      port.send(Uint8Array.of(0, 1, 0x0a));
    };
    await rejectsWith(clock.run(session.read(0, 0, 16)), 'session-required');
  });
});

import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { encodeNegotiation, encodeReadAnswer } from '../../../src/optical/answers.js';
import { rejectsWith } from '../../support/assert-error.js';
import { hex } from '../../support/fixtures/exchanges.js';
import { OPTICAL_EXCHANGES, WORKED_SESSION } from '../../support/fixtures/optical-exchanges.js';
import { ACKNOWLEDGED, listenerOf, opticalStage, type OpticalStage } from '../../support/meter/optical-script.js';

const DATA = Uint8Array.of(1, 2, 3, 4);
const OPENING = ['identification', 'negotiate', 'logon', 'security'];
const ENDING = ['logoff', 'terminate'];

const read = ({ clock, session }: OpticalStage, count = 4): Promise<Uint8Array> =>
  clock.run(session.read(28, 0, count));
/** Answers the first `times` table requests with a code, and the others with data. */
const refuse = ({ meter }: OpticalStage, code: number, times = Infinity): void => {
  let refused = 0;
  meter.answer = () => (refused++ < times ? Uint8Array.of(code) : encodeReadAnswer(DATA));
};

describe('Optical session', () => {
  it('goes byte by byte as the worked session does', async () => {
    const stage = await opticalStage();
    const { clock, meter, session } = stage;
    let next = 0;
    meter.transport.reply = (bytes) => {
      if (bytes.length === 1) return;
      meter.transport.send(ACKNOWLEDGED, ...(WORKED_SESSION[next++]?.answer ?? []));
    };
    assert.equal(toHex(await clock.run(session.read(23, 0, 8))), WORKED_SESSION[4]!.expected.data);
    assert.equal(toHex(await clock.run(session.read(28, 0, 40))), WORKED_SESSION[5]!.expected.data);
    await clock.advance(2_000);
    const expected = WORKED_SESSION.flatMap(({ packet }) => [toHex(packet), '06']);
    assert.deepEqual(
      meter.transport.written.map((bytes) => toHex(bytes)),
      expected,
    );
    assert.equal(clock.pendingTimers, 0);
  });

  it('puts an answer of two packets together', async () => {
    const stage = await opticalStage();
    const { answer, expected } = OPTICAL_EXCHANGES.find(({ name }) => name === 'two-packet-answer')!;
    stage.meter.onPacket = (request) => {
      if (request.service !== 'partial-read') return false;
      stage.meter.transport.send(ACKNOWLEDGED, answer[0]!);
      stage.clock.after(40, () => {
        stage.meter.transport.send(answer[1]!);
      });
      return true;
    };
    assert.equal(toHex(await read(stage, 60)), expected.data);
    assert.equal(stage.session.counters.retries, 0);
  });

  it('ends soon after the last request, and once only', async () => {
    const stage = await opticalStage();
    await read(stage);
    await stage.clock.advance(1_000);
    await read(stage);
    assert.deepEqual(stage.meter.services, [...OPENING, 'partial-read', 'partial-read']);
    await stage.clock.advance(10_000);
    assert.deepEqual(stage.meter.services.slice(6), ENDING);
    await read(stage);
    assert.deepEqual(stage.meter.services.slice(8), [...OPENING, 'partial-read']);
  });

  it('sends the identity: user-id, name, key, packets', async () => {
    const stage = await opticalStage({ packetSize: 256, packetCount: 3, userId: 77, userName: 'me' });
    stage.meter.granted = { packetSize: 128, packetCount: 3, baudRate: 9_600 };
    assert.equal(stage.session.maxReadBytes, 248 * 3 - 4);
    await read(stage);
    const [, negotiate, logon] = stage.meter.requests;
    assert.deepEqual(negotiate, { service: 'negotiate', packetSize: 256, packetCount: 3, baudRates: [9_600] });
    assert.deepEqual(logon, { service: 'logon', userId: 77, userName: 'me' });
    assert.equal(stage.session.maxReadBytes, 120 * 3 - 4, "the meter's answer is the truth");
  });

  it('without a key leaves that out', async () => {
    const stage = await opticalStage({ password: undefined });
    await read(stage);
    assert.ok(!stage.meter.services.includes('security'));
  });

  it('continues with packets of 64 bytes, one per response, where negotiation fails', async () => {
    const stage = await opticalStage();
    const { meter, clock, session } = stage;
    const bytes = Uint8Array.from({ length: 120 }, (_, index) => index);
    meter.granted = { packetSize: 64, packetCount: 1, baudRate: 9_600 };
    const usual = meter.usualAnswer.bind(meter);
    meter.usualAnswer = (request) => (request.service === 'negotiate' ? Uint8Array.of(2) : usual(request));
    meter.answer = (request) =>
      request.service === 'partial-read'
        ? encodeReadAnswer(bytes.subarray(request.offset, request.offset + request.count))
        : undefined;
    assert.deepEqual(await clock.run(session.read(28, 0, 120)), bytes);
    assert.equal(session.maxReadBytes, 52);
    const reads = meter.requests.filter((request) => request.service === 'partial-read');
    assert.deepEqual(
      reads.map(({ offset, count }) => [offset, count]),
      [
        [0, 52],
        [52, 52],
        [104, 16],
      ],
    );
  });

  for (const [what, granted] of [
    ['another baud rate', { packetSize: 64, packetCount: 2, baudRate: 19_200 }],
    ['packets that a key does not fit into', { packetSize: 24, packetCount: 1, baudRate: 9_600 }],
    ['no packets at all', { packetSize: 64, packetCount: 0, baudRate: 9_600 }],
  ] as const) {
    it(`begins anew without negotiating where a meter grants ${what}`, async () => {
      const stage = await opticalStage();
      const { meter, session } = stage;
      const usual = meter.usualAnswer.bind(meter);
      meter.usualAnswer = (request) => (request.service === 'negotiate' ? encodeNegotiation(granted) : usual(request));
      assert.deepEqual(await read(stage), DATA);
      const unnegotiated = OPENING.filter((service) => service !== 'negotiate');
      assert.deepEqual(meter.services, ['identification', 'negotiate', ...ENDING, ...unnegotiated, 'partial-read']);
      assert.equal(session.maxReadBytes, 52, 'what holds by default');
      await stage.clock.advance(10_000);
      await read(stage);
      assert.equal(meter.services.filter((service) => service === 'negotiate').length, 1, 'it is not tried again');
    });
  }

  it('skips negotiation for a meter that never answers it, until the port is reopened', async () => {
    const stage = await opticalStage();
    const { clock, meter, session } = stage;
    const acknowledgesOnly = ({ service }: { service: string }): boolean => {
      if (service !== 'negotiate') return false;
      meter.transport.send(ACKNOWLEDGED);
      return true;
    };
    meter.onPacket = acknowledgesOnly;
    assert.deepEqual(await read(stage), DATA);
    assert.equal(session.maxReadBytes, 52);
    await clock.run(session.close());
    meter.onPacket = () => false;
    await session.open(listenerOf(stage));
    await read(stage);
    assert.equal(session.maxReadBytes, 108);
  });

  it('reads without negotiating from a meter that never toggles', async () => {
    const stage = await opticalStage();
    stage.meter.toggles = false;
    stage.meter.granted = { packetSize: 64, packetCount: 2, baudRate: 19_200 };
    assert.deepEqual(await read(stage), DATA);
    assert.equal(stage.session.counters.timeouts, 0);
  });

  it('repeats what a busy meter puts off, a second later', async () => {
    for (const code of [6, 7, 8]) {
      const stage = await opticalStage();
      refuse(stage, code, 2);
      assert.deepEqual(await read(stage), DATA);
      assert.ok(stage.clock.now() > 2_000 && stage.clock.now() < 4_000);
      assert.deepEqual(stage.meter.services.slice(4), Array<string>(3).fill('partial-read'), 'in the same session');
    }
    const stuck = await opticalStage();
    refuse(stuck, 6);
    await rejectsWith(read(stuck), 'meter-busy');
  });

  for (const [name, code] of [
    ['isss', 0x0a],
    ['rno', 0x09],
    ['err', 0x01],
  ] as const) {
    it(`begins a new session after ${name}, and asks again`, async () => {
      const stage = await opticalStage();
      refuse(stage, code, 1);
      assert.deepEqual(await read(stage), DATA);
      assert.deepEqual(stage.meter.services.slice(5), [...ENDING, ...OPENING, 'partial-read']);
    });
  }

  it('gives up what fails in every session', async () => {
    const stage = await opticalStage();
    refuse(stage, 0x0a);
    await rejectsWith(read(stage), 'session-lost');
    assert.equal(stage.meter.services.filter((service) => service === 'partial-read').length, 3);
  });

  for (const [code, error] of [
    [0x02, 'unsupported-request'],
    [0x03, 'no-permission'],
    [0x04, 'operation-not-possible'],
    [0x05, 'table-not-available'],
    [0x0b, 'unknown-response-code'],
  ] as const) {
    it(`hands on answer ${code.toString(16)} as ${error} at once, and goes on in the same session`, async () => {
      const stage = await opticalStage();
      refuse(stage, code, 1);
      assert.equal((await rejectsWith(read(stage), error)).status, code);
      assert.deepEqual(await read(stage), DATA);
      assert.deepEqual(stage.meter.services, [...OPENING, 'partial-read', 'partial-read']);
    });
  }

  for (const code of [0x01, 0x03, 0x04, 0x05]) {
    it(`stops for good when the key is answered with ${code.toString(16)}`, async () => {
      const stage = await opticalStage();
      const { meter, clock, session } = stage;
      const usual = meter.usualAnswer.bind(meter);
      meter.usualAnswer = (request) => (request.service === 'security' ? Uint8Array.of(code) : usual(request));
      assert.equal((await rejectsWith(read(stage), 'key-rejected')).status, code);
      await clock.advance(60_000);
      assert.deepEqual(meter.services, [...OPENING, ...ENDING]);
      const written = meter.transport.written.length;
      await rejectsWith(read(stage), 'key-rejected');
      await session.close();
      await session.open(listenerOf(stage));
      await rejectsWith(read(stage), 'key-rejected');
      await clock.advance(60_000);
      assert.equal(meter.transport.written.length, written);
    });
  }

  it('takes a busy meter or a lost session for no rejected key', async () => {
    for (const code of [0x06, 0x0a]) {
      const stage = await opticalStage();
      const { meter } = stage;
      const usual = meter.usualAnswer.bind(meter);
      let isRefused = false;
      meter.usualAnswer = (request) => {
        if (request.service !== 'security' || isRefused) return usual(request);
        isRefused = true;
        return Uint8Array.of(code);
      };
      assert.deepEqual(await read(stage), DATA);
    }
  });

  for (const code of [0x01, 0x09]) {
    it(`repeats identification after ${toHex(Uint8Array.of(code))}, and blames no TLS`, async () => {
      const stage = await opticalStage();
      const usual = stage.meter.usualAnswer.bind(stage.meter);
      let isRefused = false;
      stage.meter.usualAnswer = (request) => {
        if (request.service !== 'identification' || isRefused) return usual(request);
        isRefused = true;
        return Uint8Array.of(code);
      };
      assert.deepEqual(await read(stage), DATA);
    });
  }

  it('blames no key for a refused logon, which needs none', async () => {
    const stage = await opticalStage();
    const usual = stage.meter.usualAnswer.bind(stage.meter);
    stage.meter.usualAnswer = (request) => (request.service === 'logon' ? Uint8Array.of(0x03) : usual(request));
    await rejectsWith(read(stage), 'optical-tls-required');
  });

  it('names a meter that takes no plain request', async () => {
    const refusing = await opticalStage();
    const usual = refusing.meter.usualAnswer.bind(refusing.meter);
    refusing.meter.usualAnswer = (request) =>
      request.service === 'identification' ? Uint8Array.of(0x0a) : usual(request);
    await rejectsWith(read(refusing), 'optical-tls-required');
    assert.deepEqual(refusing.meter.services.slice(0, 3), ['identification', 'terminate', 'identification']);

    const unmoved = await opticalStage();
    unmoved.meter.toggles = false;
    unmoved.meter.usualAnswer = () => Uint8Array.of(0x0a);
    await rejectsWith(read(unmoved), 'optical-tls-required');

    const alerting = await opticalStage();
    alerting.meter.onPacket = () => {
      alerting.meter.transport.send(hex('15 03 03 00 02 02 28'));
      return true;
    };
    await rejectsWith(read(alerting), 'optical-tls-required');
  });

  it('ends a session that an earlier user left open, then begins its own', async () => {
    const stage = await opticalStage();
    const { meter } = stage;
    const usual = meter.usualAnswer.bind(meter);
    let isLeftOpen = true;
    meter.usualAnswer = (request) => {
      if (request.service === 'terminate') isLeftOpen = false;
      return request.service === 'identification' && isLeftOpen ? Uint8Array.of(0x0a) : usual(request);
    };
    assert.deepEqual(await read(stage), DATA);
    assert.deepEqual(meter.services.slice(0, 3), ['identification', 'terminate', 'identification']);
  });

  it('ends it once more where the first answer to that came late, and blames no TLS', async () => {
    const stage = await opticalStage();
    const { meter } = stage;
    const usual = meter.usualAnswer.bind(meter);
    let refusals = 2;
    meter.usualAnswer = (request) =>
      request.service === 'identification' && refusals-- > 0 ? Uint8Array.of(0x0a) : usual(request);
    assert.deepEqual(await read(stage), DATA);
    assert.equal(meter.services.filter((service) => service === 'terminate').length, 2);
  });

  it('is renewed before the meter would cut it', async () => {
    const stage = await opticalStage({ mode: 'kept' });
    const { clock, meter } = stage;
    let newest = 0;
    let oldest = 0;
    meter.onPacket = ({ service }) => {
      if (service === 'identification') newest = clock.now();
      else oldest = Math.max(oldest, clock.now() - newest);
      return false;
    };
    while (clock.now() < 1_200_000) {
      await read(stage);
      await clock.advance(4_000);
    }
    assert.equal(meter.services.filter((service) => service === 'identification').length, 3);
    assert.equal(meter.services.filter((service) => service === 'terminate').length, 2);
    assert.ok(oldest > 500_000 && oldest < 560_000, `${oldest} ms`);
  });

  it('leaves the port alone for five minutes when the meter cut it early', async () => {
    const stage = await opticalStage({ mode: 'kept' });
    const { clock, meter } = stage;
    while (clock.now() < 120_000) {
      await read(stage);
      await clock.advance(4_000);
    }
    const cutAt = clock.now();
    meter.onPacket = () => clock.now() < cutAt + 300_000;
    await rejectsWith(read(stage), 'optical-silence');
    assert.ok(clock.now() < cutAt + 30_000);
    await clock.advance(10_000);
    const written = meter.transport.written.length;
    await rejectsWith(read(stage), 'optical-silence');
    assert.equal(meter.transport.written.length, written);
    await clock.advance(320_000);
    assert.deepEqual(await read(stage), DATA);
    const begun = clock.now();
    meter.requests.length = 0;
    while (clock.now() < begun + 125_000) {
      await read(stage);
      await clock.advance(4_000);
    }
    assert.ok(meter.services.includes('identification'), 'from now on it is renewed in time');
  });

  it('is cut once only by a meter that is set to less than usual', async () => {
    const stage = await opticalStage({ mode: 'kept' });
    const { clock, meter } = stage;
    const protection = { timeoutMs: 70_000, holdOffMs: 250_000 };
    let begunAt = 0;
    let closedUntil = 0;
    let cuts = 0;
    meter.onPacket = ({ service }) => {
      const now = clock.now();
      if (now < closedUntil) return true;
      if (service === 'identification') begunAt = now;
      else if (now - begunAt > protection.timeoutMs) {
        cuts++;
        closedUntil = now + protection.holdOffMs;
        return true;
      }
      return false;
    };
    while (clock.now() < 1_800_000) {
      await read(stage).catch(() => undefined);
      await clock.advance(1_000);
    }
    assert.equal(cuts, 1);
  });

  it('is begun anew at once when an old one fell silent by accident', async () => {
    const stage = await opticalStage({ mode: 'kept' });
    const { clock, meter } = stage;
    while (clock.now() < 120_000) {
      await read(stage);
      await clock.advance(4_000);
    }
    const lostAt = clock.now();
    meter.onPacket = () => clock.now() < lostAt + 9_000;
    assert.deepEqual(await read(stage), DATA);
    assert.ok(clock.now() < lostAt + 15_000);
  });

  it('asks to look at the dimensions again in each session but the first', async () => {
    const stage = await opticalStage();
    const { clock } = stage;
    for (let poll = 0; poll < 3; poll++) {
      await read(stage);
      await read(stage);
      assert.equal(stage.doubts, poll);
      await clock.advance(10_000);
    }
    await read(stage);
    refuse(stage, 0x0a, 1);
    await read(stage);
    assert.equal(stage.doubts, 4);
  });

  it('of `auto` mode is kept for polls that follow each other fast', async () => {
    const stage = await opticalStage();
    for (let poll = 0; poll < 10; poll++) {
      await read(stage);
      await stage.clock.advance(3_000);
    }
    assert.equal(stage.meter.services.filter((service) => service === 'identification').length, 2);
    await stage.clock.advance(10_000);
    assert.deepEqual(stage.meter.services.slice(-2), ENDING);
    const short = await opticalStage({ mode: 'short' });
    for (let poll = 0; poll < 10; poll++) {
      await read(short);
      await short.clock.advance(3_000);
    }
    assert.equal(short.meter.services.filter((service) => service === 'identification').length, 10);
  });

  it('refuses an answer with more data than was asked for, or with a wrong checksum', async () => {
    for (const answer of [encodeReadAnswer(concatBytes(DATA, DATA)), hex('00 00 04 01 02 03 04 F7')]) {
      const stage = await opticalStage();
      stage.meter.answer = () => answer;
      await rejectsWith(read(stage), 'inconsistent-answer');
      assert.ok(stage.session.counters.rejectedAnswers > 0);
    }
  });

  it('measures from the last byte of a request to its answer', async () => {
    const stage = await opticalStage();
    assert.deepEqual(stage.session.roundTrip, { last: null, mean: null, max: null });
    stage.meter.onPacket = ({ service }) => {
      if (service !== 'partial-read') return false;
      stage.meter.transport.send(ACKNOWLEDGED);
      stage.clock.after(130, () => {
        stage.meter.transport.send(...stage.meter.packets(encodeReadAnswer(DATA)));
      });
      return true;
    };
    await read(stage);
    // The acknowledgement of the answer takes the turn-around time of the head.
    assert.equal(stage.session.roundTrip.last, 132);
  });
});

describe('Optical session: writing', () => {
  const write = ({ clock, session }: OpticalStage): Promise<void> => clock.run(session.write(7, 2, DATA));
  const writes = ({ meter }: OpticalStage): number => meter.services.filter((name) => name === 'partial-write').length;

  it('sends data with its checksum, once', async () => {
    const stage = await opticalStage();
    stage.meter.answer = () => Uint8Array.of(0);
    await write(stage);
    assert.deepEqual(stage.meter.requests.at(-1), { service: 'partial-write', table: 7, offset: 2, data: DATA });
    assert.equal(writes(stage), 1);
  });

  it('cuts what is long into packets, and refuses what is longer than agreed', async () => {
    const stage = await opticalStage();
    stage.meter.answer = () => Uint8Array.of(0);
    const long = new Uint8Array(90).fill(7);
    await stage.clock.run(stage.session.write(7, 0, long));
    assert.deepEqual(stage.meter.requests.at(-1), { service: 'partial-write', table: 7, offset: 0, data: long });
    await rejectsWith(stage.clock.run(stage.session.write(7, 0, new Uint8Array(200))), 'request-too-long');
  });

  it('is refused by its code, and repeated only where the meter has not done it', async () => {
    const refused = await opticalStage();
    refuse(refused, 0x03);
    await rejectsWith(write(refused), 'no-permission');
    assert.equal(writes(refused), 1);
    const lost = await opticalStage();
    let isLost = true;
    lost.meter.answer = () => Uint8Array.of(isLost ? 0x0a : 0);
    lost.meter.onPacket = ({ service }) => {
      if (service === 'terminate') isLost = false;
      return false;
    };
    await write(lost);
    assert.equal(writes(lost), 2);
  });

  it('is never repeated when its answer was lost', async () => {
    const stage = await opticalStage();
    stage.meter.answer = () => undefined;
    await rejectsWith(write(stage), 'write-outcome-unknown');
    assert.equal(writes(stage), 1);
    const spoilt = await opticalStage();
    spoilt.meter.answer = () => hex('00 00');
    await rejectsWith(write(spoilt), 'write-outcome-unknown');
    assert.equal(writes(spoilt), 1);
  });
});

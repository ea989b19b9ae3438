import assert from 'node:assert/strict';
import { concatBytes } from '../../../src/bytes/hex.js';
import { encodeRequest, type TableRequest } from '../../../src/c1218/services.js';
import { Digest } from '../../../src/mep/digest.js';
import { frameMessage, sequenceBytes } from '../../../src/mep/message.js';
import { digestSecurity } from '../../../src/mep/security.js';
import { DEMO_KEY, SimulatedMeter } from '../../../src/simulator/simulated-meter.js';
import { EXCHANGES, hex } from '../../support/fixtures/exchanges.js';
import { FakeClock } from '../../support/fake-clock.js';

const MBK = new TextEncoder().encode(DEMO_KEY);
const MAK = new Uint8Array(16).fill(1);
const NO_KEY = new Uint8Array(16);
const BT01: TableRequest = { service: 'partial-read', table: 1, offset: 0, count: 16 };

const LENGTH = 2;

function newMeter(): SimulatedMeter {
  return new SimulatedMeter({ clock: new FakeClock(), profile: 'gen3' });
}

/** Sends a signed request and decodes the answer with the same key; throws if the digest is wrong. */
function ask(
  meter: SimulatedMeter,
  plain: Uint8Array | TableRequest,
  key: Uint8Array = MBK,
  sequence = meter.port.sequence,
): Uint8Array {
  const service = plain instanceof Uint8Array ? plain : encodeRequest(plain);
  const sealed = digestSecurity(key).seal(service, sequence);
  const answer = sealed.open(meter.answer(sealed.message.subarray(LENGTH)));
  assert.ok(answer, 'the answer is signed with the key of the request');
  return answer;
}

describe('simulator: answers of the MEP port', () => {
  const known = EXCHANGES.filter(({ key }) => key !== undefined);

  it('knows seven exchanges of the guide', () => {
    assert.equal(known.length, 7);
  });
  for (const { name, request, answer, expected } of known) {
    it(`gives the guide's answer byte for byte: ${name}`, () => {
      const meter = newMeter();
      const sent = new DataView(request.buffer, request.byteOffset).getUint32(request.length - 12);
      meter.port.sequence =
        expected.answer.sequence === undefined ? sent : Number.parseInt(expected.answer.sequence, 16);
      if (expected.answer.count !== undefined) {
        meter.setImage(expected.request.table, answer.subarray(LENGTH + 3, LENGTH + 3 + expected.answer.count));
      }
      assert.deepEqual(frameMessage(meter.answer(request.subarray(LENGTH))), answer);
    });
  }

  it('keeps what was written with the MAK as the guide does it', () => {
    const { request, expected } = known.find(({ name }) => name === 'et52-transaction-request')!;
    const meter = newMeter();
    meter.port.sequence = new DataView(request.buffer, request.byteOffset).getUint32(request.length - 12);
    meter.answer(request.subarray(LENGTH));
    const written = hex(expected.request.data!);
    assert.deepEqual(meter.image(expected.request.table)!.subarray(0, written.length), written);
    assert.equal(meter.counters.writes, 1);
  });

  it('answers a right request with 00, count and data', () => {
    const meter = newMeter();
    const answer = ask(meter, BT01);
    assert.deepEqual(answer.subarray(0, 3), Uint8Array.of(0, 0, 16));
    assert.deepEqual(answer.subarray(3), meter.image('BT01')!.subarray(0, 16));
  });

  it('takes the first 16 bytes of a key of 20', () => {
    assert.equal(MBK.length, 20);
    assert.equal(ask(newMeter(), BT01, MBK.subarray(0, 16))[0], 0);
  });

  it('takes a number up to 7 ahead of the one it expects, no other, and names that one', () => {
    for (const ahead of [0, 1, 7]) {
      const meter = newMeter();
      const expected = meter.port.sequence;
      assert.equal(ask(meter, BT01, MBK, expected + ahead)[0], 0x00, `${ahead} ahead`);
      assert.equal(meter.port.sequence, expected + ahead + 1);
    }
    for (const ahead of [-1, 8, 1_000, -1_000]) {
      const meter = newMeter();
      const expected = meter.port.sequence;
      const answer = ask(meter, BT01, MBK, expected + ahead);
      assert.deepEqual(answer, concatBytes(Uint8Array.of(0x0c), sequenceBytes(expected)), `${ahead} ahead`);
      assert.equal(meter.port.sequence, expected);
    }
  });

  it('lets the number roll over', () => {
    const meter = newMeter();
    meter.port.sequence = 0xfffffffe;
    assert.equal(ask(meter, BT01, MBK, 0xffffffff)[0], 0x00);
    assert.equal(meter.port.sequence, 0);
    assert.equal(ask(meter, BT01, MBK, 0)[0], 0x00);
  });

  it('refuses a request that was answered before', () => {
    const meter = newMeter();
    const { sequence } = meter.port;
    ask(meter, BT01);
    assert.equal(ask(meter, BT01, MBK, sequence)[0], 0x0c);
  });

  it('answers a wrong key and a damaged request with 0B, and moves no number', () => {
    const meter = newMeter();
    const before = meter.port.sequence;
    const right = digestSecurity(MBK).seal(encodeRequest(BT01), before).message.subarray(LENGTH);
    const wrong = digestSecurity(new Uint8Array(16).fill(9)).seal(encodeRequest(BT01), before).message.subarray(LENGTH);
    const damaged = Uint8Array.from(right, (byte, at) => (at === 7 ? byte ^ 1 : byte));
    for (const body of [wrong, damaged, right.subarray(0, -1), right.subarray(0, 5), new Uint8Array(12)]) {
      assert.equal(meter.answer(body)[0], 0x0b);
    }
    assert.equal(meter.port.sequence, before);
    assert.deepEqual(meter.counters, { requests: 0, reads: 0, writes: 0, rejected: 5 });
  });

  it('shows ET03 without a key, and nothing else', () => {
    const meter = newMeter();
    const answer = ask(meter, { service: 'partial-read', table: 2051, offset: 0, count: 30 }, NO_KEY);
    assert.equal(new TextDecoder().decode(answer.subarray(3, 3 + meter.serial.length)), meter.serial);
    const others: TableRequest[] = [BT01, { service: 'partial-write', table: 2051, offset: 0, data: hex('31') }];
    for (const request of others) {
      const signed = digestSecurity(NO_KEY).seal(encodeRequest(request), meter.port.sequence).message.subarray(LENGTH);
      assert.equal(meter.answer(signed)[0], 0x0b);
    }
  });

  it('answers what is no request with 01, and services it does not offer with 02', () => {
    const meter = newMeter();
    for (const plain of ['77 00 01', '30', '3F 00 01 00 00', '3F 00 01 00 00 00 00 10 00', '40 00 07 00 05 01']) {
      assert.equal(ask(meter, hex(plain))[0], 0x01, plain);
    }
    for (const plain of ['20', '50 00 01', '58 01', '80 00']) assert.equal(ask(meter, hex(plain))[0], 0x02, plain);
  });

  it('answers 05 for a table it does not have', () => {
    const meter = newMeter();
    for (const table of [99, 2047, 65_535]) {
      assert.equal(ask(meter, { service: 'full-read', table, count: 4 })[0], 0x05);
      assert.equal(ask(meter, { service: 'full-write', table, data: hex('00') }, MAK)[0], 0x05);
    }
  });

  it('gives as many bytes as there are, up to 465', () => {
    const meter = newMeter();
    const size = meter.image('BT23')!.length;
    assert.equal(size, 220);
    const count = (request: TableRequest): number => {
      const answer = ask(meter, request);
      assert.equal(answer[0], 0);
      return answer.length - 3;
    };
    assert.equal(count({ service: 'full-read', table: 23, count: 465 }), 220);
    assert.equal(count({ service: 'full-read', table: 23, count: 60_000 }), 220);
    assert.equal(count({ service: 'full-read', table: 23, count: 8 }), 8);
    assert.equal(count({ service: 'partial-read', table: 23, offset: 200, count: 60 }), 20);
    assert.equal(count({ service: 'partial-read', table: 23, offset: 219, count: 1 }), 1);
  });

  it('answers 04 behind the end of a table, and when too much is asked for', () => {
    const meter = newMeter();
    assert.equal(ask(meter, { service: 'partial-read', table: 23, offset: 220, count: 1 })[0], 0x04);
    assert.equal(ask(meter, { service: 'partial-read', table: 23, offset: 0, count: 466 })[0], 0x04);
    meter.setImage(99, new Uint8Array(500));
    assert.equal(ask(meter, { service: 'full-read', table: 99, count: 500 })[0], 0x04);
  });

  it('lets the MBK write only where the guide allows it', () => {
    const meter = newMeter();
    const write = (table: number, key: Uint8Array): number | undefined =>
      ask(meter, { service: 'partial-write', table, offset: 0, data: hex('11 22') }, key)[0];
    for (const table of [7, 2098, 2099, 2100]) assert.equal(write(table, MBK), 0x00, String(table));
    for (const table of [1, 15, 23, 28, 2051, 2052]) assert.equal(write(table, MBK), 0x03, String(table));
    for (const table of [15, 2051, 2052]) assert.equal(write(table, MAK), 0x00, String(table));
    for (const table of [1, 21, 23, 28]) assert.equal(write(table, MAK), 0x03, String(table));
    assert.equal(meter.counters.writes, 17);
    assert.deepEqual(meter.image(15)!.subarray(0, 3), hex('11 22 00'));
  });

  it('keeps what was written while the rest of the table lives on', () => {
    const meter = newMeter();
    ask(meter, { service: 'partial-write', table: 2052, offset: 10, data: hex('33 44') }, MAK);
    const idtVersion = meter.image('ET04')![116]!;
    meter.changeSetup({});
    const image = meter.image('ET04')!;
    assert.deepEqual(image.subarray(10, 12), hex('33 44'));
    assert.equal(image[116], idtVersion + 1);
  });

  it('refuses a procedure with the number of the one before', () => {
    const meter = newMeter();
    const call = (psn: number): number | undefined =>
      ask(meter, { service: 'full-write', table: 7, data: Uint8Array.of(0x10, 0x08, psn) })[0];
    assert.deepEqual([call(5), call(5), call(6)], [0x00, 0x04, 0x00]);
  });

  it('answers everything with 0A when its port is set to TLS', () => {
    const meter = newMeter();
    meter.port.wantsTls = true;
    const body = digestSecurity(MBK).seal(encodeRequest(BT01), 1).message.subarray(LENGTH);
    assert.deepEqual(meter.answer(body), Uint8Array.of(0x0a));
  });

  it('tries the MAK before the MBK', () => {
    const meter = newMeter();
    const levels: unknown[] = [];
    const stop = meter.onExchange(({ level }) => levels.push(level));
    ask(meter, BT01, MAK);
    ask(meter, BT01, MBK);
    meter.port.mbk = MAK;
    ask(meter, BT01, MAK);
    stop();
    ask(meter, BT01, MAK);
    assert.deepEqual(levels, ['MAK', 'MBK', 'MAK']);
  });

  it('signs a refused signature too, so that no refusal can be mistaken for data', () => {
    const meter = newMeter();
    const body = new Uint8Array(20).fill(7);
    const expected = new Digest(MBK).update(body.subarray(0, 12)).update(Uint8Array.of(0x0b)).finish();
    assert.deepEqual(meter.answer(body), concatBytes(Uint8Array.of(0x0b), expected));
  });
});

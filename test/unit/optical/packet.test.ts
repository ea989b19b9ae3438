import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concatBytes, toHex } from '../../../src/bytes/hex.js';
import { decodeDone, decodeIdentification, decodeNegotiation, decodeReadAnswer } from '../../../src/optical/answers.js';
import { crc16 } from '../../../src/optical/crc.js';
import { MessageAssembler, packetsOf } from '../../../src/optical/message.js';
import { PacketDecoder } from '../../../src/optical/packet-decoder.js';
import { encodePacket, type Packet } from '../../../src/optical/packet.js';
import { decodeOpticalRequest, encodeOpticalRequest } from '../../../src/optical/requests.js';
import { isMeterError } from '../../../src/errors.js';
import { hex } from '../../support/fixtures/exchanges.js';
import { OPTICAL_EXCHANGES, type OpticalExchange } from '../../support/fixtures/optical-exchanges.js';

type Found = string;

/** The results of a decoder for these chunks: packets as hex, single bytes by name. */
function find(chunks: Uint8Array[]): Found[] {
  const found: Found[] = [];
  const decoder = listening(found);
  for (const chunk of chunks) decoder.push(chunk);
  decoder.gap();
  return found;
}

function listening(found: Found[]): PacketDecoder {
  return new PacketDecoder({
    packet: (packet, crc) => {
      const bytes = encodePacket(packet);
      assert.equal(crc, bytes.at(-2)! + 256 * bytes.at(-1)!);
      found.push(toHex(bytes));
    },
    acknowledged: () => found.push('ACK'),
    refused: () => found.push('NAK'),
    damaged: () => found.push('damaged'),
  });
}

const packetsIn = (found: Found[]): Found[] => found.filter((one) => one.startsWith('EE'));
const cut = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
const PACKETS = OPTICAL_EXCHANGES.flatMap(({ packet, answer }) => [packet, ...answer]);
const ACK = Uint8Array.of(0x06);
const NAK = Uint8Array.of(0x15);

/** The content of an answer in the form of the fixtures. */
function answerOf({ request }: OpticalExchange, message: Uint8Array): unknown {
  try {
    switch (request.service) {
      case 'identification':
        return decodeIdentification(message);
      case 'negotiate':
        return decodeNegotiation(message);
      case 'full-read':
      case 'partial-read':
        return { data: toHex(decodeReadAnswer(request, message)) };
      default:
        decodeDone(message);
        return {};
    }
  } catch (error) {
    if (isMeterError(error)) return { status: error.status };
    throw error;
  }
}

describe('Packets of the optical port', () => {
  it('carry the CRC that HDLC has', () => {
    assert.equal(crc16(new TextEncoder().encode('123456789')), 0x906e);
  });

  for (const exchange of OPTICAL_EXCHANGES) {
    const { name, packet, request, answer, expected } = exchange;
    it(`are right in ${name}, both ways`, () => {
      const [sent] = packetsOf(encodeOpticalRequest(request), 64, 1, (packet[2]! & 0x20) !== 0)!;
      assert.equal(toHex(encodePacket(sent!)), toHex(packet));
      assert.deepEqual(decodeOpticalRequest(sent!.data), request);
      const assembler = new MessageAssembler();
      const messages: (Uint8Array | string)[] = [];
      const decoder = new PacketDecoder({
        packet: (part) => messages.push(assembler.add(part)),
        acknowledged: () => assert.fail(),
        refused: () => assert.fail(),
        damaged: () => assert.fail(),
      });
      for (const bytes of answer) decoder.push(bytes);
      assert.equal(messages.length, answer.length);
      const last = messages.pop();
      assert.deepEqual(last instanceof Uint8Array ? answerOf(exchange, last) : {}, expected);
      assert.deepEqual(new Set(messages), new Set(messages.length > 0 ? ['more'] : []));
    });
  }

  it('are found whole, byte by byte, and between acknowledgements', () => {
    for (const packet of PACKETS) {
      assert.deepEqual(find([packet]), [toHex(packet)]);
      assert.deepEqual(find(cut(packet, 1)), [toHex(packet)]);
      const line = concatBytes(ACK, packet, NAK, packet, ACK);
      const expected = ['ACK', toHex(packet), 'NAK', toHex(packet), 'ACK'];
      assert.deepEqual(find([line]), expected);
      assert.deepEqual(find(cut(line, 1)), expected);
    }
  });

  it('are found behind any garbage, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom(...PACKETS),
        fc.integer({ min: 1, max: 50 }),
        (garbage, packet, size) => {
          assert.ok(find(cut(concatBytes(garbage, packet), size)).includes(toHex(packet)), toHex(garbage));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are found behind false starts that promise hundreds of bytes', () => {
    const falseStart = hex('EE 00 00 00 01 F0 EE 00 20 00 00 30 EE');
    for (const packet of PACKETS) {
      assert.deepEqual(packetsIn(find([concatBytes(falseStart, packet)])), [toHex(packet)]);
      assert.deepEqual(packetsIn(find(cut(concatBytes(falseStart, packet), 1))), [toHex(packet)]);
    }
  });

  it('are not believed with any one bit wrong, nor anything within them', () => {
    for (const packet of PACKETS) {
      for (let bit = 8; bit < packet.length * 8; bit++) {
        const spoilt = packet.slice();
        spoilt[bit >> 3]! ^= 1 << (bit & 7);
        const found = find([spoilt]);
        assert.deepEqual(packetsIn(found), [], `bit ${bit} of ${toHex(packet)}`);
        assert.ok(found.includes('damaged'));
      }
    }
  });

  it('that are broken show no acknowledgement contained in them', () => {
    const negotiate = OPTICAL_EXCHANGES.find(({ name }) => name === 'session-2-negotiate')!.packet.slice();
    negotiate[negotiate.length - 1]! ^= 1;
    assert.ok(negotiate.includes(0x06));
    assert.ok(!find([negotiate]).includes('ACK'));
    assert.equal(find([concatBytes(negotiate, ACK)]).at(-1), 'ACK', 'but the one after it counts');
  });

  it('that are longer than agreed are damaged as soon as that shows', () => {
    const found: Found[] = [];
    const decoder = listening(found);
    decoder.expectPackets(64);
    decoder.push(hex('EE 00 00 00 00 39'));
    assert.deepEqual(found, ['damaged']);
    assert.equal(decoder.isWaiting, false);
    decoder.push(PACKETS[0]!);
    assert.equal(found.at(-1), toHex(PACKETS[0]!));
  });

  it('are found the same in any chunking', () => {
    const piece = fc.oneof(fc.constantFrom(...PACKETS, ACK, NAK), fc.uint8Array({ minLength: 1, maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.integer({ min: 1, max: 40 }), (pieces, size) => {
        const line = concatBytes(...pieces);
        assert.deepEqual(find(cut(line, size)), find([line]));
      }),
      { numRuns: 1000 },
    );
  });

  it('are looked for in a million random bytes, and every byte is counted', () => {
    let state = 1;
    const random = Uint8Array.from({ length: 1_000_000 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    });
    let used = 0;
    const decoder = new PacketDecoder({
      packet: (packet) => (used += packet.data.length + 8),
      acknowledged: () => used++,
      refused: () => used++,
      damaged: () => undefined,
    });
    for (const chunk of cut(random, 1000)) decoder.push(chunk);
    decoder.gap();
    assert.equal(decoder.discardedBytes + used, random.length);
    assert.equal(decoder.isWaiting, false);
  });

  it('refuse what they cannot carry', () => {
    const packet = { isMultiPacket: false, isFirst: false, toggle: false, sequence: 0, data: new Uint8Array(1) };
    assert.throws(() => encodePacket({ ...packet, data: new Uint8Array(0) }), RangeError);
    assert.throws(() => encodePacket({ ...packet, data: new Uint8Array(8_184) }), RangeError);
    assert.throws(() => encodePacket({ ...packet, sequence: 256 }), RangeError);
  });
});

describe('Messages of the optical port', () => {
  it('round-trip through their packets, with continuing toggle and sequence', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 600 }),
        fc.integer({ min: 16, max: 128 }),
        fc.boolean(),
        (message, size, toggle) => {
          const packets = packetsOf(message, size, 255, toggle)!;
          const assembler = new MessageAssembler();
          const results = packets.map((packet) => assembler.add(packet));
          assert.deepEqual(results.pop(), message);
          assert.ok(results.every((result) => result === 'more'));
          packets.forEach((packet, index) => {
            assert.equal(packet.toggle, toggle !== (index % 2 === 1));
            assert.equal(packet.sequence, packets.length - 1 - index);
            assert.ok(encodePacket(packet).length <= size);
          });
        },
      ),
    );
  });

  it('are not cut into more packets than were agreed', () => {
    assert.equal(packetsOf(new Uint8Array(113), 64, 2, false), undefined);
    assert.equal(packetsOf(new Uint8Array(112), 64, 2, false)!.length, 2);
    assert.equal(packetsOf(new Uint8Array(0), 64, 2, false), undefined);
  });

  it('are dropped when a packet is missing', () => {
    const [first, second, third] = packetsOf(new Uint8Array(150), 64, 3, false) as [Packet, Packet, Packet];
    const assembler = new MessageAssembler();
    assert.equal(assembler.add(second), 'out-of-order');
    assert.equal(assembler.add(first), 'more');
    assert.equal(assembler.add(third), 'out-of-order');
    assert.equal(assembler.isWaiting, false);
    assert.equal(assembler.add(second), 'out-of-order');
    for (const packet of [first, first, second]) assert.equal(assembler.add(packet), 'more');
    assert.equal((assembler.add(third) as Uint8Array).length, 150);
  });
});

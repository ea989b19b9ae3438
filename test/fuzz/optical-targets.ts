import assert from 'node:assert/strict';
import { concatBytes, toHex } from '../../src/bytes/hex.js';
import { decodeDone, decodeIdentification, decodeNegotiation, decodeReadAnswer } from '../../src/optical/answers.js';
import { MessageAssembler, packetsOf } from '../../src/optical/message.js';
import { ACK, encodePacket, NAK, OVERHEAD_BYTES } from '../../src/optical/packet.js';
import { PacketDecoder } from '../../src/optical/packet-decoder.js';
import { decodeOpticalRequest, encodeOpticalRequest } from '../../src/optical/requests.js';
import { type Target, target } from './engine.js';
import { mutateBytes, oneOf, type Random, someBytes } from './inputs.js';

const aMessage = (random: Random): Uint8Array => {
  const data = someBytes(random, random.chance(0.1) ? 400 : 40);
  const code = oneOf(random, [0x00, 0x00, 0x00, 0x20, 0x30, 0x3f, 0x40, 0x4f, 0x50, 0x51, 0x61, 0x70]);
  return concatBytes(Uint8Array.of(code, data.length >> 8, data.length & 0xff), data);
};

const packetsOfSome = (random: Random): Uint8Array[] =>
  (packetsOf(aMessage(random), random.integer(16, 128), 255, random.chance(0.5)) ?? []).map(encodePacket);

/** Every byte is used once, the division into chunks makes no difference, and only valid packets are found. */
function decodePackets({ pieces, size, largest }: { pieces: Uint8Array[]; size: number; largest: number }): void {
  const line = concatBytes(...pieces);
  const seen = [size, line.length].map((step) => {
    const found: string[] = [];
    const assembler = new MessageAssembler();
    let accounted = 0;
    const note = (what: string, bytes: number): void => {
      found.push(what);
      accounted += bytes;
    };
    const decoder = new PacketDecoder({
      packet: (packet) => {
        const bytes = encodePacket(packet);
        assert.ok(toHex(line).includes(toHex(bytes)));
        note(toHex(bytes), packet.data.length + OVERHEAD_BYTES);
        assembler.add(packet);
      },
      acknowledged: () => {
        note('ACK', 1);
      },
      refused: () => {
        note('NAK', 1);
      },
      damaged: () => {
        note('damaged', 0);
      },
    });
    decoder.expectPackets(largest);
    for (let at = 0; at < line.length; at += Math.max(1, step)) decoder.push(line.subarray(at, at + Math.max(1, step)));
    decoder.gap();
    assert.equal(accounted + decoder.discardedBytes, line.length);
    assert.equal(decoder.isWaiting, false);
    return found;
  });
  assert.deepEqual(seen[0], seen[1]);
}

const packets = target(
  'optical packet decoder',
  15,
  (random) => ({
    pieces: Array.from({ length: random.integer(0, 5) }, () => {
      const kind = random.integer(0, 3);
      if (kind === 0) return Uint8Array.of(oneOf(random, [ACK, NAK, 0xee]));
      if (kind === 1) return someBytes(random, 30);
      const whole = concatBytes(...packetsOfSome(random));
      return kind === 2 ? whole : mutateBytes(random, whole);
    }),
    size: random.integer(1, 60),
    largest: oneOf(random, [16, 64, 512]),
  }),
  decodePackets,
);

const services = target(
  'optical services',
  10,
  (random) => (random.chance(0.5) ? aMessage(random) : mutateBytes(random, aMessage(random))),
  (message: Uint8Array) => {
    const request = decodeOpticalRequest(message);
    // Baud rates without a code, and blanks after a user name, are not preserved.
    if (!request || request.service === 'negotiate' || request.service === 'logon') return;
    const isCounted = request.service !== 'partial-read' || request.count > 0;
    const hasData = !('data' in request) || request.data.length > 0;
    if (isCounted && hasData) assert.equal(toHex(encodeOpticalRequest(request)), toHex(message));
  },
);

const answers = target(
  'optical answers',
  10,
  (random) => ({
    answer: random.chance(0.5)
      ? aMessage(random)
      : concatBytes(Uint8Array.of(random.integer(0, 0x20)), someBytes(random, 8)),
    kind: random.integer(0, 3),
    count: random.integer(1, 60),
  }),
  ({ answer, kind, count }) => {
    if (kind === 0) decodeDone(answer);
    else if (kind === 1) decodeIdentification(answer);
    else if (kind === 2) {
      const { packetSize, packetCount } = decodeNegotiation(answer);
      assert.ok(packetSize > OVERHEAD_BYTES && packetCount > 0);
    } else {
      const data = decodeReadAnswer({ service: 'partial-read', table: 28, offset: 0, count }, answer);
      assert.ok(data.length <= count);
    }
  },
);

/** Decoders of bytes from an optical port. */
export const OPTICAL_TARGETS: readonly Target[] = [packets, services, answers];

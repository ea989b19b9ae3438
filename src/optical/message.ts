/** Messages, and the packets they are cut into. */
import { concatBytes } from '../bytes/hex.js';
import { OVERHEAD_BYTES, type Packet } from './packet.js';

/**
 * Cuts a message into packets of at most `packetSize` bytes, overhead included.
 * @param toggle of the first packet; the next ones change it in turn
 * @returns undefined when it takes more than `maxPackets`
 */
export function packetsOf(
  message: Uint8Array,
  packetSize: number,
  maxPackets: number,
  toggle: boolean,
): Packet[] | undefined {
  const dataBytes = packetSize - OVERHEAD_BYTES;
  const count = Math.ceil(message.length / dataBytes);
  if (count < 1 || count > maxPackets) return undefined;
  return Array.from({ length: count }, (_, index) => ({
    isMultiPacket: count > 1,
    isFirst: count > 1 && index === 0,
    toggle: toggle !== (index % 2 === 1),
    sequence: count - 1 - index,
    data: message.slice(index * dataBytes, (index + 1) * dataBytes),
  }));
}

/** Puts the packets of one message together again. */
export class MessageAssembler {
  #parts: Uint8Array[] = [];
  #next = 0;

  /** Whether a message has begun and is incomplete. */
  get isWaiting(): boolean {
    return this.#parts.length > 0;
  }

  /** Whether this packet continues the message in progress. */
  follows(packet: Packet): boolean {
    return this.isWaiting && !isBeginning(packet) && packet.sequence === this.#next;
  }

  /**
   * Adds the next packet, which must not be a repetition. A first packet drops an unfinished message.
   * @returns the message with its last packet; `more` before that; `out-of-order` for a packet that cannot follow, which
   * drops the message as well
   */
  add(packet: Packet): Uint8Array | 'more' | 'out-of-order' {
    const begins = isBeginning(packet);
    const follows = this.follows(packet);
    if (!follows) this.reset();
    if (!begins && !follows) return 'out-of-order';
    this.#parts.push(packet.data);
    this.#next = packet.sequence - 1;
    if (packet.sequence > 0) return 'more';
    const message = concatBytes(...this.#parts);
    this.reset();
    return message;
  }

  reset(): void {
    this.#parts = [];
  }
}

function isBeginning({ isFirst, isMultiPacket }: Packet): boolean {
  return isFirst || !isMultiPacket;
}

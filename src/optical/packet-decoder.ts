/**
 * Finds packets and acknowledgements among the bytes of an optical port. Other bytes may surround them: on Gen2 and Gen3
 * the meter's answers to a MEP client come out of the same diode. [MEP p.19]
 *
 * A packet is accepted when its CRC is right. Until then `EE` is only a candidate: if the packet fails, the search resumes
 * at the very next byte, so that no false start can swallow a true packet. ACK and NAK are single bytes: they are accepted
 * anywhere except inside what looked like a packet.
 */
import { byteAt, uint16At } from '../bytes/byte-at.js';
import type { Shortfall } from '../c1218/shortfall.js';
import { crc16 } from './crc.js';
import {
  ACK,
  CRC_BYTES,
  FIRST_OF_SEVERAL,
  HEADER_BYTES,
  IDENTITY,
  MAX_DATA_BYTES,
  MULTI_PACKET,
  NAK,
  OVERHEAD_BYTES,
  type Packet,
  RESERVED_CONTROL,
  START_OF_PACKET,
  TOGGLE,
} from './packet.js';

/** Receives what was found. */
export interface PacketReceiver {
  /**
   * A packet whose CRC is right.
   * @param crc distinguishes a new packet from a repeated one
   */
  packet(packet: Packet, crc: number): void;
  acknowledged(): void;
  refused(): void;
  /** Something began like a packet and was none: an impossible header, a wrong CRC, or no end. */
  damaged(): void;
}

type Candidate = 'packet' | 'none' | 'damaged' | 'more';

/** A streaming search for packets and acknowledgements in chunks of any size. */
export class PacketDecoder {
  readonly #receiver: PacketReceiver;
  readonly #bytes: Uint8Array;
  #maxDataBytes: number;
  #length = 0;
  /** Bytes before this one looked like part of a packet: acknowledgements among them are ignored. */
  #noAcknowledgementBefore = 0;
  #discardedBytes = 0;

  constructor(receiver: PacketReceiver) {
    this.#receiver = receiver;
    this.#bytes = new Uint8Array(MAX_DATA_BYTES + OVERHEAD_BYTES);
    this.#maxDataBytes = MAX_DATA_BYTES;
  }

  /** Whether a packet has begun and is incomplete. */
  get isWaiting(): boolean {
    return this.#length > 0;
  }

  /** Missing bytes of the packet that has begun; undefined until its length is received. */
  get missingBytes(): number | undefined {
    if (this.#length < HEADER_BYTES) return undefined;
    return HEADER_BYTES + this.#dataBytes() + CRC_BYTES - this.#length;
  }

  /** Bytes that belonged to no packet and no acknowledgement. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  /** Received part of the packet that has begun; undefined until its length is received. */
  get shortfall(): Shortfall | undefined {
    const missing = this.missingBytes;
    return missing === undefined ? undefined : { expected: this.#length + missing, received: this.#length };
  }

  /** Sets the maximum packet size: a garbled length beyond it is detected at once. */
  expectPackets(packetSize: number): void {
    this.#maxDataBytes = Math.min(packetSize - OVERHEAD_BYTES, MAX_DATA_BYTES);
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      this.#bytes[this.#length++] = byte;
      this.#search();
    }
  }

  /** The line was quiet for too long: the incomplete packet is given up, and the search resumes at its second byte. */
  gap(): void {
    while (this.#length > 0) {
      this.#giveUp();
      this.#search();
    }
    this.#noAcknowledgementBefore = 0;
  }

  /** Discards all received bytes. */
  reset(): void {
    this.#discardedBytes += this.#length;
    this.#length = 0;
    this.#noAcknowledgementBefore = 0;
  }

  #search(): void {
    while (this.#length > 0) {
      const candidate = this.#classify();
      if (candidate === 'more') return;
      if (candidate === 'damaged') this.#giveUp();
      else if (candidate === 'packet') this.#handOut();
      else this.#takeSingle();
    }
  }

  /** What the bytes begin with. */
  #classify(): Candidate {
    const [start, identity, control = 0, sequence] = this.#bytes;
    if (start !== START_OF_PACKET) return 'none';
    if (this.#length >= 2 && identity !== IDENTITY) return 'none';
    if (this.#length >= 3 && !isControl(control)) return 'none';
    if (this.#length < HEADER_BYTES) return 'more';
    const isLast = (control & MULTI_PACKET) === 0;
    if (isLast && sequence !== 0) return 'damaged';
    const dataBytes = this.#dataBytes();
    if (dataBytes < 1 || dataBytes > this.#maxDataBytes) return 'damaged';
    const end = HEADER_BYTES + dataBytes;
    if (this.#length < end + CRC_BYTES) return 'more';
    const crc = crc16(this.#bytes, 0, end);
    return this.#bytes[end] === (crc & 0xff) && this.#bytes[end + 1] === crc >> 8 ? 'packet' : 'damaged';
  }

  #dataBytes(): number {
    return uint16At(this.#bytes, 4);
  }

  /** The first byte is not the start of a packet, though it looked so; nothing that follows it is an acknowledgement. */
  #giveUp(): void {
    this.#noAcknowledgementBefore = this.#length;
    this.#discardedBytes++;
    this.#drop(1);
    this.#receiver.damaged();
  }

  #takeSingle(): void {
    const byte = this.#bytes[0];
    const mayBeAcknowledgement = this.#noAcknowledgementBefore === 0;
    this.#drop(1);
    if (mayBeAcknowledgement && byte === ACK) this.#receiver.acknowledged();
    else if (mayBeAcknowledgement && byte === NAK) this.#receiver.refused();
    else this.#discardedBytes++;
    if (byte === START_OF_PACKET) this.#receiver.damaged();
  }

  #handOut(): void {
    const end = HEADER_BYTES + this.#dataBytes();
    const control = byteAt(this.#bytes, 2);
    const packet: Packet = {
      isMultiPacket: (control & MULTI_PACKET) !== 0,
      isFirst: (control & FIRST_OF_SEVERAL) !== 0,
      toggle: (control & TOGGLE) !== 0,
      sequence: byteAt(this.#bytes, 3),
      data: this.#bytes.slice(HEADER_BYTES, end),
    };
    const crc = byteAt(this.#bytes, end) + 256 * byteAt(this.#bytes, end + 1);
    this.#drop(end + CRC_BYTES);
    this.#receiver.packet(packet, crc);
  }

  #drop(count: number): void {
    this.#bytes.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#noAcknowledgementBefore = Math.max(0, this.#noAcknowledgementBefore - count);
  }
}

function isControl(control: number): boolean {
  const isFirstOfNone = (control & (MULTI_PACKET | FIRST_OF_SEVERAL)) === FIRST_OF_SEVERAL;
  return (control & RESERVED_CONTROL) === 0 && !isFirstOfNone;
}

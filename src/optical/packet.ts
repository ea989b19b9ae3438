/**
 * The packets of the optical port. The guide leaves them to ANSI C12.18-1996. [OPT p.13]
 *
 * | byte    | 0    | 1        | 2       | 3        | 4, 5            | 6 ...  | last 2              |
 * |---------|------|----------|---------|----------|-----------------|--------|---------------------|
 * |         | `EE` | identity | control | sequence | length of data  | data   | CRC, low byte first |
 *
 * Control: bit 7 = part of a message of several packets, bit 6 = its first one, bit 5 = toggle, bits 4 to 2 = 0,
 * bits 1, 0 = data format, 0 = C12.18. The sequence counts down to 0, the last packet. Each packet is answered with a
 * single byte: ACK or NAK.
 */
import { crc16 } from './crc.js';

export const START_OF_PACKET = 0xee;
export const ACK = 0x06;
export const NAK = 0x15;

/** There are no addresses on this port. */
export const IDENTITY = 0x00;
export const MULTI_PACKET = 0x80;
export const FIRST_OF_SEVERAL = 0x40;
export const TOGGLE = 0x20;
/** Bits that are always 0. */
export const RESERVED_CONTROL = 0x1f;

export const HEADER_BYTES = 6;
export const CRC_BYTES = 2;
/** Bytes of a packet besides its data. */
export const OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES;
/** Data of one packet at most. */
export const MAX_DATA_BYTES = 8_183;

/** One packet, whose CRC is right. */
export interface Packet {
  /** Part of a message of several packets. */
  readonly isMultiPacket: boolean;
  /** The first of several. */
  readonly isFirst: boolean;
  /** Changes with each new packet, and stays when one is sent again. */
  readonly toggle: boolean;
  /** Packets of the message that follow this one. */
  readonly sequence: number;
  readonly data: Uint8Array;
}

/**
 * The bytes of a packet, from its start to its CRC.
 * @throws RangeError when it holds no data, too much, or a sequence that does not fit
 */
export function encodePacket({ isMultiPacket, isFirst, toggle, sequence, data }: Packet): Uint8Array {
  if (data.length < 1 || data.length > MAX_DATA_BYTES) throw new RangeError(`A packet of ${data.length} bytes`);
  if (!Number.isInteger(sequence) || sequence < 0 || sequence > 0xff) throw new RangeError(`Sequence ${sequence}`);
  const bytes = new Uint8Array(data.length + OVERHEAD_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = START_OF_PACKET;
  bytes[1] = IDENTITY;
  bytes[2] = (isMultiPacket ? MULTI_PACKET : 0) | (isFirst ? FIRST_OF_SEVERAL : 0) | (toggle ? TOGGLE : 0);
  bytes[3] = sequence;
  view.setUint16(4, data.length);
  bytes.set(data, HEADER_BYTES);
  const end = HEADER_BYTES + data.length;
  view.setUint16(end, crc16(bytes, 0, end), true);
  return bytes;
}

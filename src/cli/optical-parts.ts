/** Splits recorded bytes of an optical port into packets, acknowledgements, and other bytes. */
import { crc16 } from '../internal.js';

const START = 0xee;
const ACK = 0x06;
const NAK = 0x15;
const HEADER_BYTES = 6;
const CRC_BYTES = 2;
const MAX_DATA_BYTES = 8_183;
const MULTI_PACKET = 0x80;
const FIRST_OF_SEVERAL = 0x40;
const TOGGLE = 0x20;
/** Identity, and the bits of the control byte that are always 0. */
const RESERVED_CONTROL = 0x1f;

/** A packet, whole by its own length. */
export interface PacketMessage {
  readonly kind: 'optical';
  readonly bytes: Uint8Array;
  readonly before?: Uint8Array;
  readonly packet: {
    readonly isMultiPacket: boolean;
    readonly isFirst: boolean;
    readonly toggle: boolean;
    readonly sequence: number;
    readonly data: Uint8Array;
  };
  readonly isCrcRight: boolean;
}

/** The single byte behind each packet. */
export interface AcknowledgementMessage {
  readonly kind: 'acknowledgement';
  readonly bytes: Uint8Array;
  readonly before?: Uint8Array;
  /** NAK: requests the packet before it again. */
  readonly isRefusal: boolean;
}

/** The first part of a run, and where it ends. */
export interface FoundPart {
  readonly message: PacketMessage | AcknowledgementMessage;
  readonly end: number;
}

/**
 * The packet or acknowledgement at the start of a run.
 * @param isOptical true if the bytes before were of the optical port; without them a single byte is ambiguous
 */
export function opticalPart(run: Uint8Array, isOptical: boolean): FoundPart | undefined {
  const [first] = run;
  if (first === START) return packetAt(run);
  if ((first !== ACK && first !== NAK) || !(isOptical || packetAt(run.subarray(1))?.message.kind === 'optical')) {
    return undefined;
  }
  return { message: { kind: 'acknowledgement', bytes: run.subarray(0, 1), isRefusal: first === NAK }, end: 1 };
}

/** Number of bytes missing of the packet at the start of a run; 0 if there is no packet, or a complete one. */
export function missingOfPacket(run: Uint8Array): number {
  const size = sizeOf(run);
  return size === undefined ? 0 : Math.max(0, size - run.length);
}

/** The position in a run where the first packet with a correct CRC begins. */
export function packetWithin(run: Uint8Array): number | undefined {
  for (let at = run.indexOf(START); at >= 0; at = run.indexOf(START, at + 1)) {
    const found = packetAt(run.subarray(at));
    if (found?.message.kind === 'optical' && found.message.isCrcRight) return at;
  }
  return undefined;
}

/** Size of a packet by its own header; undefined if the bytes cannot be a packet. */
function sizeOf(run: Uint8Array): number | undefined {
  if (run.length < HEADER_BYTES || run[0] !== START || run[1] !== 0) return undefined;
  if (((run[2] ?? 0) & RESERVED_CONTROL) !== 0) return undefined;
  const length = (run[4] ?? 0) * 256 + (run[5] ?? 0);
  return length < 1 || length > MAX_DATA_BYTES ? undefined : HEADER_BYTES + length + CRC_BYTES;
}

function packetAt(run: Uint8Array): FoundPart | undefined {
  const size = sizeOf(run);
  if (size === undefined || size > run.length) return undefined;
  const control = run[2] ?? 0;
  const crc = crc16(run, 0, size - CRC_BYTES);
  const message: PacketMessage = {
    kind: 'optical',
    bytes: run.subarray(0, size),
    packet: {
      isMultiPacket: (control & MULTI_PACKET) !== 0,
      isFirst: (control & FIRST_OF_SEVERAL) !== 0,
      toggle: (control & TOGGLE) !== 0,
      sequence: run[3] ?? 0,
      data: run.subarray(HEADER_BYTES, size - CRC_BYTES),
    },
    isCrcRight: run[size - 2] === (crc & 0xff) && run[size - 1] === crc >> 8,
  };
  return { message, end: size };
}

/**
 * A message on the MEP port [MEP p.10, p.12]:
 *
 * | bytes | field                                                                             |
 * |-------|-----------------------------------------------------------------------------------|
 * | 2     | length of what follows, big-endian; `00 00` is no message but an alert [MEP p.17]  |
 * | n     | request: service, sequence number (4, big-endian), digest (8)                     |
 * |       | answer: response code [count (2), table data] or [sequence number (4)], digest (8)|
 */
import { DIGEST_BYTES } from './digest.js';

export const LENGTH_BYTES = 2;
export const SEQUENCE_BYTES = 4;
/** The longest message, without its length field. [MEP p.8] */
export const MAX_MESSAGE_BYTES = 476;
/** Table data of one answer at most: code, count and digest take the rest. */
export const MAX_READ_BYTES = MAX_MESSAGE_BYTES - 1 - 2 - DIGEST_BYTES;

/** Table data of one write at most: code, table, offset, count, number and digest take the rest. [MEP p.44] */
export const MAX_WRITE_BYTES = MAX_MESSAGE_BYTES - 1 - 2 - 3 - 2 - SEQUENCE_BYTES - DIGEST_BYTES;

/** A body with its length before it. */
export function frameMessage(body: Uint8Array): Uint8Array {
  const message = new Uint8Array(LENGTH_BYTES + body.length);
  new DataView(message.buffer).setUint16(0, body.length);
  message.set(body, LENGTH_BYTES);
  return message;
}

/** A sequence number as encoded in a message. */
export function sequenceBytes(sequence: number): Uint8Array {
  const bytes = new Uint8Array(SEQUENCE_BYTES);
  new DataView(bytes.buffer).setUint32(0, sequence);
  return bytes;
}

/** The number after `sequence`; it rolls over at 32 bits. */
export function nextSequence(sequence: number, step = 1): number {
  return (sequence + step) >>> 0;
}

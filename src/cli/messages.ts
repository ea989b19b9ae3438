/** Recognises pasted bytes: messages of the MEP port, with or without length, sequence number and digest; optical packets. */
import {
  concatBytes,
  decodeLenientRequest,
  DIGEST_BYTES,
  isWrite,
  LENGTH_BYTES,
  MAX_MESSAGE_BYTES,
  RESPONSE_CODES,
  SEQUENCE_BYTES,
  type TableRequest,
} from '../internal.js';

import {
  type AcknowledgementMessage,
  missingOfPacket,
  opticalPart,
  type PacketMessage,
  packetWithin,
} from './optical-parts.js';

interface Found {
  /** As pasted. */
  readonly bytes: Uint8Array;
  /** Bytes right before it that belong to no message. */
  readonly before?: Uint8Array;
}

export interface RequestMessage extends Found {
  readonly kind: 'request';
  readonly request: TableRequest;
  /** From the service code to the last byte before the digest: what is signed. */
  readonly signed: Uint8Array;
  readonly sequence: number | undefined;
  readonly digest: Uint8Array | undefined;
}

export interface AnswerMessage extends Found {
  readonly kind: 'answer';
  readonly status: number;
  /** From the response code to the last byte before the digest. */
  readonly signed: Uint8Array;
  /** Table data; undefined where the answer carries none. */
  readonly data: Uint8Array | undefined;
  /** The number that the meter wants instead (0C). */
  readonly sequence: number | undefined;
  readonly digest: Uint8Array | undefined;
}

export type Message =
  | RequestMessage
  | AnswerMessage
  | (Found & { readonly kind: 'alert' })
  /** A truncated message. */
  | (Found & { readonly kind: 'cut'; readonly missing: number })
  | PacketMessage
  | AcknowledgementMessage
  /** `isOptical` if they were found among packets of the optical port. */
  | (Found & { readonly kind: 'unknown'; readonly isOptical: boolean });

const COUNT_END = 3;
/** Junk before a message that is stepped over, such as a line number. */
const MAX_JUNK_BYTES = 8;

/** Context from the runs before, for runs that are decoded one after another. */
export interface FoundBefore {
  asked: TableRequest | undefined;
  isOptical: boolean;
}

/**
 * The messages in runs of bytes. A message that was broken into lines is joined, several messages in one run are
 * separated, and an answer is decoded with the request before it.
 * @param before context of earlier runs; updated to the context after the last message
 */
export function messagesIn(
  runs: readonly Uint8Array[],
  before: FoundBefore = { asked: undefined, isOptical: false },
): Message[] {
  const messages: Message[] = [];
  const add = (message: Message): void => {
    messages.push(message);
    if (message.kind === 'request') before.asked = message.request;
    if (message.kind !== 'unknown') before.isOptical = message.kind === 'optical' || message.kind === 'acknowledgement';
  };
  const queue = [...runs];
  for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
    if (run.length === 0) continue;
    const { asked } = before;
    const part = opticalPart(run, before.isOptical);
    if (part) {
      add(part.message);
      queue.unshift(run.subarray(part.end));
      continue;
    }
    const whole = messageOf(run, asked);
    if (whole) {
      add(whole);
      continue;
    }
    const missing = missingBytes(run) || missingOfPacket(run);
    const next = queue[0];
    const isComplete = next && (messageOf(next, asked) !== undefined || packetWithin(next) === 0);
    if (missing > 0 && next && next.length <= missing && !isComplete) {
      queue.splice(0, 1, concatBytes(run, next));
      continue;
    }
    const first = firstOf(run, asked);
    if (first) {
      add(first.message);
      queue.unshift(run.subarray(first.end));
      continue;
    }
    const packet = packetWithin(run);
    if (packet !== undefined && packet > 0) {
      queue.unshift(run.subarray(0, packet), run.subarray(packet));
    } else if (missing > 0) {
      add({ kind: 'cut', bytes: run, missing });
    } else {
      add({ kind: 'unknown', bytes: run, isOptical: before.isOptical });
    }
  }
  return messages;
}

/** A run that is one message from end to end. */
function messageOf(bytes: Uint8Array, asked: TableRequest | undefined): Message | undefined {
  if (bytes.length === LENGTH_BYTES && lengthAt(bytes, 0) === 0) return { kind: 'alert', bytes };
  if (lengthAt(bytes, 0) === bytes.length - LENGTH_BYTES) {
    const framed = bodyMessage(bytes, bytes.subarray(LENGTH_BYTES), asked);
    if (framed) return framed;
  }
  return bodyMessage(bytes, bytes, asked);
}

/** The first message in a run that holds more than one, or junk before it. */
function firstOf(run: Uint8Array, asked: TableRequest | undefined): { message: Message; end: number } | undefined {
  for (let start = 0; start <= Math.min(MAX_JUNK_BYTES, run.length - LENGTH_BYTES - 1); start++) {
    const length = lengthAt(run, start);
    const end = start + LENGTH_BYTES + length;
    if (length < 1 || length > MAX_MESSAGE_BYTES || end > run.length) continue;
    const found = bodyMessage(run.subarray(start, end), run.subarray(start + LENGTH_BYTES, end), asked);
    if (!found) continue;
    // An alert may come right before an answer.
    if (start === LENGTH_BYTES && lengthAt(run, 0) === 0)
      return { message: { kind: 'alert', bytes: run.subarray(0, start) }, end: start };
    return { message: start === 0 ? found : { ...found, before: run.subarray(0, start) }, end };
  }
  return undefined;
}

function bodyMessage(bytes: Uint8Array, body: Uint8Array, asked: TableRequest | undefined): Message | undefined {
  return requestOf(bytes, body) ?? answerOf(bytes, body, asked) ?? answerOf(bytes, body, undefined);
}

function requestOf(bytes: Uint8Array, body: Uint8Array): RequestMessage | undefined {
  return requestAmong(bytes, body, false) ?? requestAmong(bytes, body, true);
}

/** @param isWithoutLength true: only reads without a length field match; the caller tries this last */
function requestAmong(bytes: Uint8Array, body: Uint8Array, isWithoutLength: boolean): RequestMessage | undefined {
  for (const digestBytes of [DIGEST_BYTES, 0]) {
    for (const sequenceBytes of [SEQUENCE_BYTES, 0]) {
      const signed = body.subarray(0, Math.max(0, body.length - digestBytes));
      const request = decodeLenientRequest(signed.subarray(0, Math.max(0, signed.length - sequenceBytes)));
      if (!request || lacksLength(request) !== isWithoutLength) continue;
      // Sequence number and digest are both present or both absent.
      if (isWithoutLength && (digestBytes === 0) !== (sequenceBytes === 0)) continue;
      const sequence = sequenceBytes === 0 ? undefined : numberAt(signed, signed.length - SEQUENCE_BYTES);
      const digest = digestBytes === 0 ? undefined : body.subarray(-DIGEST_BYTES);
      return { kind: 'request', bytes, request, signed, sequence, digest };
    }
  }
  return undefined;
}

const lacksLength = (request: TableRequest): boolean => !isWrite(request) && request.isWithoutLength === true;

function answerOf(bytes: Uint8Array, body: Uint8Array, asked: TableRequest | undefined): AnswerMessage | undefined {
  const status = body[0];
  if (status === undefined || status > RESPONSE_CODES.invalidSequenceNumber) return undefined;
  for (const digestBytes of [DIGEST_BYTES, 0]) {
    const signed = body.subarray(0, Math.max(0, body.length - digestBytes));
    const content = contentOf(signed, status);
    // Nine bytes may be a code with its digest or a short read without one: the request decides.
    if (!content || (status === RESPONSE_CODES.ok && asked && isWrite(asked) === (content.data !== undefined)))
      continue;
    const digest = digestBytes === 0 ? undefined : body.subarray(-DIGEST_BYTES);
    return { kind: 'answer', bytes, status, signed, digest, data: content.data, sequence: content.sequence };
  }
  return undefined;
}

function contentOf(
  signed: Uint8Array,
  status: number,
): { data: Uint8Array | undefined; sequence: number | undefined } | undefined {
  if (status === RESPONSE_CODES.invalidSequenceNumber) {
    if (signed.length === 1) return { data: undefined, sequence: undefined };
    return signed.length === 1 + SEQUENCE_BYTES ? { data: undefined, sequence: numberAt(signed, 1) } : undefined;
  }
  if (signed.length === 1) return { data: undefined, sequence: undefined };
  if (status !== RESPONSE_CODES.ok || signed.length < COUNT_END) return undefined;
  const data = signed.subarray(COUNT_END);
  return lengthAt(signed, 1) === data.length ? { data, sequence: undefined } : undefined;
}

/** Number of bytes missing in a run by its length field; 0 if it does not begin with one. */
function missingBytes(run: Uint8Array): number {
  const length = lengthAt(run, 0);
  const code = run[LENGTH_BYTES];
  if (length < 1 || length > MAX_MESSAGE_BYTES || code === undefined) return 0;
  const isCode = code <= RESPONSE_CODES.invalidSequenceNumber || [0x30, 0x3f, 0x40, 0x4f].includes(code);
  return isCode ? Math.max(0, LENGTH_BYTES + length - run.length) : 0;
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}

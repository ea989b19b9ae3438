/** The answers of the optical port that carry more than a bare `00`. */
import { concatBytes } from '../bytes/hex.js';
import { decodeAnswer } from '../c1218/services.js';
import { ProtocolError } from '../errors.js';
import { OVERHEAD_BYTES } from './packet.js';
import { BAUD_RATES, baudCode, dataChecksum, type OpticalRequest } from './requests.js';
import { OPTICAL_RESPONSE_CODES, opticalRefusal } from './response-codes.js';

/** The protocol standard of a meter. */
export interface Identification {
  /** 0 = ANSI C12.18. */
  readonly standard: number;
  readonly version: number;
  readonly revision: number;
}

/** The result of a negotiation; the meter may grant less than was asked for. */
export interface Negotiation {
  /** Maximum size of a packet in bytes, overhead included. */
  readonly packetSize: number;
  /** Maximum number of packets of a message. */
  readonly packetCount: number;
  /** In bits a second. */
  readonly baudRate: number;
}

/** The defaults of C12.18, in force without a negotiation. */
export const NOT_NEGOTIATED: Negotiation = { packetSize: 64, packetCount: 1, baudRate: 9_600 };

const READ_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 1;
const MAX_COUNT = 0xffff;
const MIN_PACKET_BYTES = 16;

/** Table data of one answer at most: code, count and checksum take the rest. */
export function maxReadBytesOf({ packetSize, packetCount }: Negotiation): number {
  const bytes = (packetSize - OVERHEAD_BYTES) * packetCount - READ_HEADER_BYTES - CHECKSUM_BYTES;
  return Math.min(bytes, MAX_COUNT);
}

export function encodeIdentification({ standard, version, revision }: Identification): Uint8Array {
  return Uint8Array.of(OPTICAL_RESPONSE_CODES.ok, standard, version, revision, 0);
}

/** @throws ProtocolError by response code; `inconsistent-answer` */
export function decodeIdentification(answer: Uint8Array): Identification {
  checkCode(answer);
  const [, standard, version, revision] = answer;
  // Features may follow, and the 00 that ends them: nothing here depends on either.
  if (standard === undefined || version === undefined || revision === undefined) {
    throw inconsistent('An identification that is cut short', answer);
  }
  return { standard, version, revision };
}

export function encodeNegotiation({ packetSize, packetCount, baudRate }: Negotiation): Uint8Array {
  const { ok } = OPTICAL_RESPONSE_CODES;
  return Uint8Array.of(ok, packetSize >> 8, packetSize & 0xff, packetCount, baudCode(baudRate));
}

/** @throws ProtocolError by response code; `inconsistent-answer` for values that cannot be used */
export function decodeNegotiation(answer: Uint8Array): Negotiation {
  checkCode(answer);
  const [, high, low, packetCount, code] = answer;
  if (
    high === undefined ||
    low === undefined ||
    packetCount === undefined ||
    code === undefined ||
    answer.length !== 5
  ) {
    throw inconsistent('A negotiation of the wrong length', answer);
  }
  const packetSize = high * 256 + low;
  const baudRate = BAUD_RATES[code - 1];
  if (packetSize < MIN_PACKET_BYTES || packetCount < 1 || baudRate === undefined) {
    throw inconsistent(`Packets of ${packetSize} bytes, ${packetCount} of them, baud code ${code}`, answer);
  }
  return { packetSize, packetCount, baudRate };
}

export function encodeReadAnswer(data: Uint8Array): Uint8Array {
  const { ok } = OPTICAL_RESPONSE_CODES;
  return concatBytes(Uint8Array.of(ok, data.length >> 8, data.length & 0xff), data, Uint8Array.of(dataChecksum(data)));
}

/**
 * The data of a read.
 * @throws ProtocolError by response code; `inconsistent-answer` when count, data, checksum and request disagree
 */
export function decodeReadAnswer(
  request: Extract<OpticalRequest, { readonly service: 'full-read' | 'partial-read' }>,
  answer: Uint8Array,
): Uint8Array {
  checkCode(answer);
  const withoutChecksum = answer.subarray(0, -CHECKSUM_BYTES);
  const asked = request.service === 'full-read' ? { ...request, count: 0xffff } : request;
  const { data } = decodeAnswer(asked, withoutChecksum);
  if (dataChecksum(data) !== answer[answer.length - 1]) throw inconsistent('A wrong checksum', answer);
  return data;
}

/**
 * Checks an answer that carries nothing but its code.
 * @throws ProtocolError by response code; `inconsistent-answer` when more came
 */
export function decodeDone(answer: Uint8Array): void {
  checkCode(answer);
  if (answer.length !== 1) throw inconsistent('More than a response code', answer);
}

function checkCode(answer: Uint8Array): void {
  const status = answer[0];
  if (status === undefined) throw inconsistent('An empty answer', answer);
  if (status !== OPTICAL_RESPONSE_CODES.ok) throw opticalRefusal(status, answer);
}

function inconsistent(message: string, raw: Uint8Array): ProtocolError {
  return new ProtocolError('inconsistent-answer', message, { raw });
}

/**
 * The answer of a MEP port to one request message: access levels, sequence numbers and response codes, without
 * timing and line. [MEP p.10-13]
 */
import { concatBytes } from '../bytes/hex.js';
import {
  decodeLenientRequest,
  FULL_TABLE_READ,
  FULL_TABLE_WRITE,
  isWrite,
  PARTIAL_TABLE_READ,
  PARTIAL_TABLE_WRITE,
  RESPONSE_CODES,
  type TableRequest,
} from '../c1218/services.js';
import { Digest, DIGEST_BYTES, digestsEqual } from '../mep/digest.js';
import { nextSequence, SEQUENCE_BYTES, sequenceBytes } from '../mep/message.js';
import { encryptionKey, type Rc4, requestCipher } from '../mep/rc4.js';

/** `none`: the request was signed without a key, taken as a key of zeros (the guide does not define it). */
export type AccessLevel = 'none' | 'MBK' | 'MAK';

/** The tables behind a port. */
export interface TableStore {
  /** The response code, and the data of a read. Called only after digest and sequence number are verified. */
  perform(request: TableRequest, level: AccessLevel): { readonly code: number; readonly data?: Uint8Array };
  /** True if a table may be read without a key. [MEP p.56] */
  isPublic(table: number): boolean;
}

/** Security state of a port; it changes with each request. */
export interface PortState {
  mbk: Uint8Array;
  mak: Uint8Array;
  /** The sequence number expected in the next request. */
  sequence: number;
  /** The port is set to TLS and refuses other requests. [MEP p.8, p.12] */
  wantsTls: boolean;
}

/** A decoded request and its answer. */
export interface SimulatedExchange {
  readonly request: TableRequest | undefined;
  /** undefined when the digest was wrong. */
  readonly level: AccessLevel | undefined;
  readonly sequence: number;
  readonly code: number;
  /** The table data of a read that was answered with 00. */
  readonly data: Uint8Array | undefined;
  /** The answer's message body, digest included. */
  readonly answer: Uint8Array;
}

const SIGNATURE_BYTES = SEQUENCE_BYTES + DIGEST_BYTES;
/** "The MEP server will accept a sequence number that is up to 8 increments from the previous one." [MEP p.11] */
const SEQUENCE_WINDOW = 8;
const NO_KEY = new Uint8Array(16);
const TABLE_SERVICES: readonly number[] = [FULL_TABLE_READ, PARTIAL_TABLE_READ, FULL_TABLE_WRITE, PARTIAL_TABLE_WRITE];
/** Services of C12.18 and TLS that a port with digest security does not support. */
const OTHER_SERVICES: readonly number[] = [0x20, 0x21, 0x50, 0x51, 0x52, 0x57, 0x58, 0x59, 0x61, 0x70, 0x71, 0x80];

/** A request whose digest was verified with a key. */
interface Signed {
  readonly level: AccessLevel;
  readonly key: Uint8Array;
  /** What the digest covers, decrypted. */
  readonly signed: Uint8Array;
  /** Encrypts the answer; undefined where the request was not encrypted. */
  readonly cipher: Rc4 | undefined;
}

/** Answers one message body (without its length) at a port without TLS, and advances the sequence number. */
export function respond(body: Uint8Array, port: PortState, tables: TableStore): SimulatedExchange {
  const found = signatureOf(body, port, tables);
  const signed = found?.signed ?? body.subarray(0, Math.max(0, body.length - DIGEST_BYTES));
  const service = serviceOf(signed);
  const request = decodeLenientRequest(service);
  const sequence = service.length === 0 ? 0 : new DataView(signed.buffer, signed.byteOffset).getUint32(service.length);

  if (!found) {
    const code = RESPONSE_CODES.authenticationFailure;
    const answer = seal({ key: port.mbk, signed, cipher: undefined }, code);
    return { request, level: undefined, sequence, code, data: undefined, answer };
  }
  const { level } = found;
  const refuse = (code: number, rest?: Uint8Array): SimulatedExchange => {
    return { request, level, sequence, code, data: undefined, answer: seal(found, code, rest) };
  };
  if (nextSequence(sequence, -port.sequence) >= SEQUENCE_WINDOW) {
    return refuse(RESPONSE_CODES.invalidSequenceNumber, sequenceBytes(port.sequence));
  }
  port.sequence = nextSequence(sequence);
  if (!request) return refuse(codeForUnreadable(service[0]));
  const { code, data } = tables.perform(request, level);
  if (code !== RESPONSE_CODES.ok || isWrite(request)) return refuse(code);
  const read = data ?? new Uint8Array(0);
  const count = Uint8Array.of(read.length >> 8, read.length & 0xff);
  return { request, level, sequence, code, data: read, answer: seal(found, code, concatBytes(count, read)) };
}

function seal(to: Omit<Signed, 'level'>, code: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  const plain = concatBytes(Uint8Array.of(code), rest);
  const digest = new Digest(to.key).update(to.signed).update(plain).finish();
  return concatBytes(to.cipher ? to.cipher.apply(plain) : plain, digest);
}

/** The MAK is tried first, then the MBK; then both as RC4 keys. [MEP p.11, p.13] */
function signatureOf(body: Uint8Array, port: PortState, tables: TableStore): Signed | undefined {
  if (body.length <= SIGNATURE_BYTES) return undefined;
  const sent = body.subarray(0, -DIGEST_BYTES);
  const digest = body.subarray(-DIGEST_BYTES);
  const fits = (key: Uint8Array, signed: Uint8Array): boolean =>
    digestsEqual(new Digest(key).update(signed).finish(), digest);
  const keys = [
    { level: 'MAK', key: port.mak },
    { level: 'MBK', key: port.mbk },
  ] as const;
  for (const { level, key } of keys) if (fits(key, sent)) return { level, key, signed: sent, cipher: undefined };
  for (const { level, key } of keys) {
    const cipher = requestCipher(encryptionKey(key), digest);
    const signed = cipher.apply(sent);
    if (fits(key, signed)) return { level, key, signed, cipher };
  }
  const request = decodeLenientRequest(serviceOf(sent));
  const isOpen = request !== undefined && !isWrite(request) && tables.isPublic(request.table);
  return isOpen && fits(NO_KEY, sent) ? { level: 'none', key: NO_KEY, signed: sent, cipher: undefined } : undefined;
}

function serviceOf(signed: Uint8Array): Uint8Array {
  return signed.subarray(0, Math.max(0, signed.length - SEQUENCE_BYTES));
}

function codeForUnreadable(service: number | undefined): number {
  if (service === undefined || TABLE_SERVICES.includes(service)) return RESPONSE_CODES.unrecognisedRequest;
  return OTHER_SERVICES.includes(service) ? RESPONSE_CODES.unsupportedRequest : RESPONSE_CODES.unrecognisedRequest;
}

/**
 * What a meter's MEP port answers to one request message: access levels, sequence numbers and response codes, with no
 * notion of time or line. [MEP p.10-13]
 */
import { concatBytes } from '../bytes/hex.js';
import {
  decodeRequest,
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

/** `none`: the request was signed with no key, that is with one of zeros (the guide does not say how it looks). */
export type AccessLevel = 'none' | 'MBK' | 'MAK';

/** The tables behind a port. */
export interface TableStore {
  /** The answer's code, and the data of a read. Called only for a request that is signed and numbered rightly. */
  perform(request: TableRequest, level: AccessLevel): { readonly code: number; readonly data?: Uint8Array };
  /** Whether a table is open to who has no key. [MEP p.56] */
  isPublic(table: number): boolean;
}

/** The meter's side of the security: it changes as requests come in. */
export interface PortState {
  mbk: Uint8Array;
  mak: Uint8Array;
  /** The number the meter expects in the next request. */
  sequence: number;
  /** The port is set to TLS: it takes no other request. [MEP p.8, p.12] */
  wantsTls: boolean;
}

/** A request as the port understood it, and its answer. */
export interface Exchange {
  readonly request: TableRequest | undefined;
  /** undefined when the signature was wrong. */
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
/** Services of C12.18 and TLS that a port with digest security knows of and does not offer. */
const OTHER_SERVICES: readonly number[] = [0x20, 0x21, 0x50, 0x51, 0x52, 0x57, 0x58, 0x59, 0x61, 0x70, 0x71, 0x80];

/** Answers one message body (without its length), and moves the sequence number on. */
export function respond(body: Uint8Array, port: PortState, tables: TableStore): Exchange {
  const service = body.subarray(0, Math.max(0, body.length - SIGNATURE_BYTES));
  const signed = body.subarray(0, Math.max(0, body.length - DIGEST_BYTES));
  const request = decodeRequest(service);
  const sequence = service.length === 0 ? 0 : new DataView(signed.buffer, signed.byteOffset).getUint32(service.length);
  const seal = (key: Uint8Array, code: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array => {
    const plain = concatBytes(Uint8Array.of(code), rest);
    return concatBytes(plain, new Digest(key).update(signed).update(plain).finish());
  };
  const refuse = (level: AccessLevel | undefined, code: number, key: Uint8Array, rest?: Uint8Array): Exchange => {
    return { request, level, sequence, code, data: undefined, answer: seal(key, code, rest) };
  };

  if (port.wantsTls) {
    const code = RESPONSE_CODES.invalidServiceSequence;
    return { request, level: undefined, sequence, code, data: undefined, answer: Uint8Array.of(code) };
  }
  const level = levelOf(body, signed, request, port, tables);
  if (level === undefined) return refuse(undefined, RESPONSE_CODES.authenticationFailure, port.mbk);
  const key = level === 'MAK' ? port.mak : level === 'MBK' ? port.mbk : NO_KEY;
  if (nextSequence(sequence, -port.sequence) >= SEQUENCE_WINDOW) {
    return refuse(level, RESPONSE_CODES.invalidSequenceNumber, key, sequenceBytes(port.sequence));
  }
  port.sequence = nextSequence(sequence);
  if (!request) return refuse(level, codeForUnreadable(service[0]), key);
  const { code, data } = tables.perform(request, level);
  if (code !== RESPONSE_CODES.ok || isWrite(request)) return refuse(level, code, key);
  const read = data ?? new Uint8Array(0);
  const count = Uint8Array.of(read.length >> 8, read.length & 0xff);
  return { request, level, sequence, code, data: read, answer: seal(key, code, concatBytes(count, read)) };
}

/** The MAK is tried first, then the MBK. [MEP p.13] */
function levelOf(
  body: Uint8Array,
  signed: Uint8Array,
  request: TableRequest | undefined,
  port: PortState,
  tables: TableStore,
): AccessLevel | undefined {
  if (body.length <= SIGNATURE_BYTES) return undefined;
  const digest = body.subarray(-DIGEST_BYTES);
  const fits = (key: Uint8Array): boolean => digestsEqual(new Digest(key).update(signed).finish(), digest);
  if (fits(port.mak)) return 'MAK';
  if (fits(port.mbk)) return 'MBK';
  const isOpen = request !== undefined && !isWrite(request) && tables.isPublic(request.table);
  return isOpen && fits(NO_KEY) ? 'none' : undefined;
}

function codeForUnreadable(service: number | undefined): number {
  if (service === undefined || TABLE_SERVICES.includes(service)) return RESPONSE_CODES.unrecognisedRequest;
  return OTHER_SERVICES.includes(service) ? RESPONSE_CODES.unsupportedRequest : RESPONSE_CODES.unrecognisedRequest;
}

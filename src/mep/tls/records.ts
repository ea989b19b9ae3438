/**
 * The record layer of TLS 1.2 [RFC 5246 6.2], as the guide prints it [MEP p.14]:
 *
 * | bytes | field                                                                       |
 * |-------|-----------------------------------------------------------------------------|
 * | 1     | type: 14 change cipher spec, 15 alert, 16 handshake, 17 application data     |
 * | 2     | version: 03 03, TLS 1.2                                                     |
 * | 2     | length of what follows, big-endian                                          |
 * | n     | fragment; once the keys are in use: explicit nonce (8), ciphertext, tag (16) |
 */
import { uint16At } from '../../bytes/byte-at.js';
import { concatBytes } from '../../bytes/hex.js';
import { badRecord } from './failure.js';

export const CONTENT_TYPES = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;
export type ContentType = (typeof CONTENT_TYPES)[keyof typeof CONTENT_TYPES];

/** TLS 1.2, and nothing else. */
export const TLS_VERSION = 0x0303;
export const RECORD_HEADER_BYTES = 5;
export const EXPLICIT_NONCE_BYTES = 8;
export const TAG_BYTES = 16;
/** What protection adds to a fragment. */
export const PROTECTION_BYTES = EXPLICIT_NONCE_BYTES + TAG_BYTES;
/** The longest fragment before protection. */
export const MAX_FRAGMENT_BYTES = 2 ** 14;

/** A record as it came, with its fragment still protected if the keys are in use. */
export interface TlsRecord {
  readonly type: ContentType;
  readonly fragment: Uint8Array;
}

/** The bytes of a record. */
export function encodeRecord({ type, fragment }: TlsRecord): Uint8Array {
  return concatBytes(recordHeader(type, fragment.length), fragment);
}

/** Type, version and length, as they begin a record. */
export function recordHeader(type: ContentType, length: number): Uint8Array {
  return Uint8Array.of(type, TLS_VERSION >> 8, TLS_VERSION & 0xff, length >> 8, length & 0xff);
}

/** Whether these bytes, as far as they go, can begin a record. */
export function canBeginRecord(bytes: Uint8Array): boolean {
  const [type, major, minor] = bytes;
  return (
    (type === undefined || isContentType(type)) &&
    (major === undefined || major === TLS_VERSION >> 8) &&
    (minor === undefined || minor === (TLS_VERSION & 0xff))
  );
}

/** Joins what comes in any pieces to records. Memory is bounded by one record of the longest kind. */
export class RecordBuffer {
  #held: Uint8Array = new Uint8Array(0);

  /** Whether a record has begun that is not whole yet. */
  get isWaiting(): boolean {
    return this.#held.length > 0;
  }

  /**
   * Takes in bytes, and gives the records that are whole now.
   * @throws ProtocolError `tls-bad-record` when the bytes cannot be records of TLS 1.2
   */
  push(bytes: Uint8Array): TlsRecord[] {
    const held = concatBytes(this.#held, bytes);
    const records: TlsRecord[] = [];
    let at = 0;
    while (at < held.length) {
      const header = held.subarray(at, at + RECORD_HEADER_BYTES);
      if (!canBeginRecord(header)) throw badRecord('not a record of TLS 1.2', header);
      if (header.length < RECORD_HEADER_BYTES) break;
      const length = uint16At(header, 3);
      if (length > MAX_FRAGMENT_BYTES + PROTECTION_BYTES) throw badRecord(`a record of ${length} bytes`, header);
      const end = at + RECORD_HEADER_BYTES + length;
      if (end > held.length) break;
      records.push({ type: header[0] as ContentType, fragment: held.slice(at + RECORD_HEADER_BYTES, end) });
      at = end;
    }
    this.#held = held.slice(at);
    return records;
  }
}

function isContentType(type: number): type is ContentType {
  return type >= CONTENT_TYPES.changeCipherSpec && type <= CONTENT_TYPES.applicationData;
}

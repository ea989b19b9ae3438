/**
 * Messages of a MEP port that is set to TLS: a code, and a piece of what TLS sends. [MEP p.8-9]
 *
 * | request | code | answer                                                            |
 * |---------|------|-------------------------------------------------------------------|
 * | `57 xx` | ends the session           | `00`                                        |
 * | `58 …`  | first piece of a handshake | `00` and what the meter's TLS says to it     |
 * | `59 …`  | all further pieces         | the same                                    |
 * | `80 …`  | a sealed table request     | `00` and the sealed answer                  |
 *
 * Other answers are `01` TLS error, `03` invalid identity or key, and `0A` there is no session.
 */
import { byteAt, uint16At } from '../bytes/byte-at.js';
import { concatBytes } from '../bytes/hex.js';
import { RESPONSE_CODES } from '../c1218/services.js';
import { DIGEST_BYTES } from './digest.js';
import { matchLength, type FrameStartMatcher, type FrameStartMatch } from './frame-decoder.js';
import { frameMessage, LENGTH_BYTES, MAX_MESSAGE_BYTES, SEQUENCE_BYTES } from './message.js';
import { canBeginRecord, CONTENT_TYPES, PROTECTION_BYTES, RECORD_HEADER_BYTES } from './tls/records.js';

export const TLS_CODES = { terminate: 0x57, handshake: 0x58, handshakeContinued: 0x59, table: 0x80 } as const;
export type TlsCode = (typeof TLS_CODES)[keyof typeof TLS_CODES];
/** Response codes of the TLS messages themselves; those of table requests are inside the record. [MEP p.9] */
export const TLS_RESPONSE_CODES = { ok: 0x00, tlsError: 0x01, invalidKey: 0x03, noSession: 0x0a } as const;

/** TLS bytes of one message at most. */
export const MAX_TLS_PIECE_BYTES = MAX_MESSAGE_BYTES - 1;
/** The longest table request or answer that fits sealed into one message. */
export const MAX_TLS_PLAIN_BYTES = MAX_TLS_PIECE_BYTES - RECORD_HEADER_BYTES - PROTECTION_BYTES;
/** Table data of one answer at most: code and count take the rest. */
export const MAX_TLS_READ_BYTES = MAX_TLS_PLAIN_BYTES - 1 - 2;
/** Table data of one write at most: code, table, offset and count take the rest. */
export const MAX_TLS_WRITE_BYTES = MAX_TLS_PLAIN_BYTES - 1 - 2 - 3 - 2;

/** What an answer means: bytes for TLS, or why there are none. */
export type TlsAnswer =
  | { readonly meaning: 'records'; readonly records: Uint8Array }
  /** TLS in the meter gave up; an alert may follow. */
  | { readonly meaning: 'tls-error'; readonly records: Uint8Array }
  | { readonly meaning: 'key-refused' | 'no-session' }
  /** As a port with digest security answers what it cannot verify. */
  | { readonly meaning: 'no-tls'; readonly status: number };

/** A whole message, length included. */
export function tlsMessage(code: TlsCode, bytes: Uint8Array): Uint8Array {
  return frameMessage(concatBytes(Uint8Array.of(code), bytes));
}

/**
 * Reads an answer. Only records are verified later; any other answer is not authenticated.
 * @returns undefined for a body that is no answer of a port
 */
export function readTlsAnswer(body: Uint8Array): TlsAnswer | undefined {
  const code = body[0];
  if (code === undefined) return undefined;
  const rest = body.slice(1);
  if (isDigestRefusal(code, body.length)) return { meaning: 'no-tls', status: code };
  switch (code) {
    case TLS_RESPONSE_CODES.ok:
      return { meaning: 'records', records: rest };
    case TLS_RESPONSE_CODES.tlsError:
      return { meaning: 'tls-error', records: rest };
    case TLS_RESPONSE_CODES.invalidKey:
      return { meaning: 'key-refused' };
    case TLS_RESPONSE_CODES.noSession:
      return { meaning: 'no-session' };
    default:
      return undefined;
  }
}

/** Where the answer to a sealed request can begin. */
export const matchSealedAnswer = tlsAnswerMatcher(matchRecords);

/**
 * Where the answer to a piece of a handshake can begin.
 * @param isWithinRecord the previous answer ended within a record: its rest comes first
 */
export function handshakeAnswerMatcher(isWithinRecord: boolean): FrameStartMatcher {
  return tlsAnswerMatcher((length, header) => {
    if (isWithinRecord || length === 1) return 'yes';
    if (!canBeginRecord(header) || header[0] === CONTENT_TYPES.applicationData) return 'no';
    return header.length < Math.min(RECORD_HEADER_BYTES, length - 1) ? 'more' : 'yes';
  });
}

/**
 * Matches what follows the code 00.
 * @param length of the message
 * @param header the first bytes behind the code, as far as they are there
 */
type OkMatcher = (length: number, header: Uint8Array) => FrameStartMatch;

function tlsAnswerMatcher(matchOk: OkMatcher): FrameStartMatcher {
  return (bytes, start, end) => {
    const length = matchLength(bytes, start, end);
    if (typeof length === 'string') return length;
    const bodyAt = start + LENGTH_BYTES;
    const code = byteAt(bytes, bodyAt);
    const header = bytes.subarray(bodyAt + 1, Math.min(bodyAt + 1 + RECORD_HEADER_BYTES, bodyAt + length, end));
    if (code === TLS_RESPONSE_CODES.ok) return matchOk(length, header);
    if (isDigestRefusal(code, length)) return 'yes';
    if (code === TLS_RESPONSE_CODES.noSession) return length === 1 || length === 1 + DIGEST_BYTES ? 'yes' : 'no';
    if (code !== TLS_RESPONSE_CODES.tlsError && code !== TLS_RESPONSE_CODES.invalidKey) return 'no';
    return length === 1 ? 'yes' : matchRecords(length, header);
  };
}

/** Whether the first record fits what follows the code. */
function matchRecords(length: number, header: Uint8Array): FrameStartMatch {
  if (length <= 1 + RECORD_HEADER_BYTES || !canBeginRecord(header)) return 'no';
  if (header.length < RECORD_HEADER_BYTES) return 'more';
  const fragment = uint16At(header, 3);
  return 1 + RECORD_HEADER_BYTES + fragment <= length ? 'yes' : 'no';
}

/** The answers of a port without TLS: unrecognised, unsupported, wrong digest, wrong number; with a digest or bare. */
function isDigestRefusal(code: number, length: number): boolean {
  const withDigest = length === 1 + DIGEST_BYTES;
  switch (code) {
    case RESPONSE_CODES.unrecognisedRequest:
      return withDigest;
    case RESPONSE_CODES.unsupportedRequest:
    case RESPONSE_CODES.authenticationFailure:
      return withDigest || length === 1;
    case RESPONSE_CODES.invalidSequenceNumber:
      return length === 1 + SEQUENCE_BYTES + DIGEST_BYTES;
    default:
      return false;
  }
}

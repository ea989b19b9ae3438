/**
 * Groups of error codes that call for the same reaction, whichever protocol the code comes from. Each group is one
 * predicate, so that a new code is classified in this file only.
 */
import { DecodeError, isMeterError, type MeterError, type MeterErrorCode } from './errors.js';

const TLS_CODES = ['tls-not-offered', 'tls-handshake-failed', 'tls-alert', 'tls-bad-record'] as const;
const INCONSISTENT_CODES = ['inconsistent-answer', 'out-of-step'] as const;
const OPTICAL_NO_RESPONSE_CODES = ['optical-silence', 'optical-noise'] as const;
const CUT_CODES = ['answer-cut', 'bridge-flow-control'] as const;
const REFUSAL_CODES = [
  'table-not-available',
  'operation-not-possible',
  'unsupported-request',
  'unrecognised-request',
  'no-permission',
] as const;

function anyOf<Code extends MeterErrorCode>(...codes: readonly Code[]): (error: unknown) => error is MeterError<Code> {
  const group: ReadonlySet<MeterErrorCode> = new Set(codes);
  return (error): error is MeterError<Code> => isMeterError(error) && group.has(error.code);
}

/** No intelligible response was received: nothing at all, alerts only, or noise. */
export const isNoResponse = anyOf(
  'no-answer',
  'only-alerts',
  'unreadable-answer',
  'bridge-telnet',
  ...CUT_CODES,
  ...OPTICAL_NO_RESPONSE_CODES,
);

/** No intelligible response was received at the optical port. */
export const isOpticalNoResponse = anyOf(...OPTICAL_NO_RESPONSE_CODES);

/** Answers arrive with bytes missing: cut at the end, or without bytes of certain values. */
export const isCut = anyOf(...CUT_CODES);

/** A network bridge changes or drops bytes, which no setting of the connection can prevent. */
export const isBridgeFault = anyOf('bridge-telnet', ...CUT_CODES);

/** Not one byte was received. */
export const isNothingReceived = anyOf('no-answer', 'optical-silence');

/** The meter responded to nothing; it may have raised alerts. */
export const isUnheard = anyOf('no-answer', 'optical-silence', 'only-alerts');

/**
 * Bytes were received, but none of them could be used: wrong baud rate, wrong protocol, a bridge that changes bytes.
 */
export const isNoise = anyOf('unreadable-answer', 'optical-noise', 'bridge-telnet', 'line-flooded');

/** The meter understood the request and refused it; the connection and the key are good. */
export const isRefusal = anyOf(...REFUSAL_CODES);

/** Nothing was sent: the request does not fit the messages of this port. */
export const isNotSent = anyOf('request-too-long');

/** The answer contradicts itself, the request, the state of the session or the table's dimensions. */
export const isInconsistent = anyOf(...INCONSISTENT_CODES);

/** The request failed after it may have changed the meter; `cause` is the reason where there is one. */
export const mayHaveWritten = anyOf(
  'write-outcome-unknown',
  'write-not-verified',
  'written-in-part',
  'procedure-unanswered',
);

/** Unauthenticated answers: a device responds, but not in the configured security mode. */
export const isUnauthenticated = anyOf('session-required', ...TLS_CODES);

/** TLS is not offered, is required, or failed: in each case a device responded. */
export const isTlsError = anyOf('optical-tls-required', ...TLS_CODES);

/** The session on the optical port is at fault rather than the request, which may succeed in a new session. */
export const isRecoverableBySession = anyOf(
  'session-lost',
  'unrecognised-request',
  ...OPTICAL_NO_RESPONSE_CODES,
  ...INCONSISTENT_CODES,
);

/** A connection that loses or duplicates bytes can cause this error. */
export const mayComeFromLostBytes = anyOf(
  'no-answer',
  'unreadable-answer',
  'authentication-failed',
  'sequence-rejected',
  'session-required',
  'session-lost',
  'key-rejected',
  ...OPTICAL_NO_RESPONSE_CODES,
  ...INCONSISTENT_CODES,
  ...TLS_CODES,
);

const isFailureOfTable = anyOf('unknown-response-code', ...REFUSAL_CODES, ...INCONSISTENT_CODES);

/** One table cannot be read or decoded, but others may be. */
export function concernsOneTable(error: unknown): boolean {
  return error instanceof DecodeError || isFailureOfTable(error);
}

/**
 * Every error this package throws: one small class tree with stable string codes.
 * Messages are English texts for developers; the texts for users are in the language catalogues, by `code`.
 */

/** Codes of failures of the port or the network connection. */
export const TRANSPORT_ERROR_CODES = [
  'port-missing',
  'port-busy',
  'port-denied',
  'port-failed',
  'serial-unavailable',
  'port-not-serial',
  'host-refused',
  'host-unreachable',
  'connection-lost',
  'line-taken',
  'line-flooded',
  'connection-closed',
] as const;

/** Codes of missing, unusable and refused responses. */
export const PROTOCOL_ERROR_CODES = [
  'no-answer',
  'only-alerts',
  'unreadable-answer',
  'bridge-telnet',
  'answer-cut',
  'bridge-flow-control',
  'inconsistent-answer',
  'out-of-step',
  'request-too-long',
  'unrecognised-request',
  'unsupported-request',
  'no-permission',
  'operation-not-possible',
  'table-not-available',
  'session-required',
  'meter-busy',
  'session-lost',
  'optical-silence',
  'optical-noise',
  'optical-tls-required',
  'tls-not-offered',
  'tls-handshake-failed',
  'tls-alert',
  'tls-bad-record',
  'authentication-failed',
  'sequence-rejected',
  'dimensions-unstable',
  'reading-too-slow',
  'write-outcome-unknown',
  'write-not-verified',
  'written-in-part',
  'procedure-refused',
  'procedure-unanswered',
  'unknown-response-code',
] as const;

/** Codes of errors of a key. */
export const SECURITY_ERROR_CODES = [
  'key-missing',
  'key-not-typed',
  'key-format',
  'key-length',
  'key-rejected',
] as const;

/** Codes of errors in a table's bytes. */
export const DECODE_ERROR_CODES = [
  'table-too-short',
  'table-too-long',
  'dimensions-missing',
  'value-out-of-range',
] as const;

/** Codes of calls that cannot be carried out. */
export const USAGE_ERROR_CODES = [
  'unknown-table',
  'offset-beyond-table',
  'bad-count',
  'nothing-to-write',
  'bad-offset',
  'bad-payload',
  'bad-setting',
  'serial-too-long',
  'too-many-meters',
  'writes-not-allowed',
  'write-budget-spent',
  'write-budget-unknown',
  'danger-not-allowed',
  'danger-by-message',
  'not-writable',
  'unknown-procedure',
  'queue-full',
  'stored-message',
  'history-not-live',
  'simulated-meter',
  'bad-history',
  'statistics-unanchored',
  'cancelled',
] as const;

/** @inline */
export type TransportErrorCode = (typeof TRANSPORT_ERROR_CODES)[number];
/** @inline */
export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number];
/** @inline */
export type SecurityErrorCode = (typeof SECURITY_ERROR_CODES)[number];
/** @inline */
export type DecodeErrorCode = (typeof DECODE_ERROR_CODES)[number];
/** @inline */
export type UsageErrorCode = (typeof USAGE_ERROR_CODES)[number];
/** Every code that an error of this package can have. */
export type MeterErrorCode =
  TransportErrorCode | ProtocolErrorCode | SecurityErrorCode | DecodeErrorCode | UsageErrorCode;

/** @inline */
export interface MeterErrorDetails {
  /** Placeholders of the user's text: `{ table: 'BT28', field: 'demand' }`. Never a key or any part of one. */
  readonly values?: Readonly<Record<string, string | number>>;
  /** The bytes that were refused, as received. */
  readonly raw?: Uint8Array;
  /** The protocol's own status: the response code of a MEP or C12.18 answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** @inline */
export interface TransportErrorDetails extends MeterErrorDetails {
  readonly isEndedByPeer?: boolean;
}

/** Base of all errors of this package. `code` is an own property, as Node-RED passes only these on to Catch nodes. */
export class MeterError<Code extends MeterErrorCode = MeterErrorCode> extends Error {
  readonly code: Code;
  readonly values: Readonly<Record<string, string | number>>;
  readonly raw: Uint8Array | undefined;
  readonly status: number | undefined;

  constructor(code: Code, message: string, details: MeterErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.values = details.values ?? {};
    this.raw = details.raw;
    this.status = details.status;
  }
}

/** The port or the host is missing, busy or closed, or refused the connection. */
export class TransportError extends MeterError<TransportErrorCode> {
  override readonly name = 'TransportError';
  /** Whether the remote end closed the network connection, rather than a timeout, a broken line or this program. */
  readonly isEndedByPeer: boolean;

  constructor(code: TransportErrorCode, message: string, details: TransportErrorDetails = {}) {
    super(code, message, details);
    this.isEndedByPeer = details.isEndedByPeer ?? false;
  }
}

/** No response, an unintelligible one, or a refusal. */
export class ProtocolError extends MeterError<ProtocolErrorCode> {
  override readonly name = 'ProtocolError';
}

/** The key is missing, malformed, or refused by the meter. */
export class SecurityError extends MeterError<SecurityErrorCode> {
  override readonly name = 'SecurityError';
}

/** Table bytes that do not fit their description. */
export class DecodeError extends MeterError<DecodeErrorCode> {
  override readonly name = 'DecodeError';
}

/** A call that cannot be carried out: unknown table, impossible count, writes not allowed, cancelled. */
export class UsageError extends MeterError<UsageErrorCode> {
  override readonly name = 'UsageError';
}

/** Whether an error is a `MeterError`. */
export function isMeterError(error: unknown): error is MeterError {
  return error instanceof MeterError;
}

/** Returns an error of this package as it is; wraps anything else as `port-failed`. */
export function toMeterError(error: unknown): MeterError {
  if (isMeterError(error)) return error;
  return new TransportError('port-failed', error instanceof Error ? error.message : String(error), { cause: error });
}

/** The error of a call on a connection that is not open, or was closed meanwhile. */
export function connectionClosed(): TransportError {
  return new TransportError('connection-closed', 'The connection is closed');
}

/** The error of a call whose `AbortSignal` fired. */
export function cancelled(what: string): UsageError {
  return new UsageError('cancelled', `${what} was cancelled`);
}

/** @throws UsageError `cancelled` when the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancelled(what);
}

/** The error of work that a signal aborted: the abort reason where it is a `MeterError`, else `cancelled`. */
export function abortReason(signal: AbortSignal | undefined, what = 'The request'): MeterError {
  const reason: unknown = signal?.reason;
  return isMeterError(reason) ? reason : cancelled(what);
}

/** The errors of TLS. None of them holds a key, a secret or plain data. */
import { byteAt } from '../../bytes/byte-at.js';
import { ProtocolError, type ProtocolErrorCode } from '../../errors.js';

/** Alerts by number [RFC 5246 7.2.2, RFC 4279 2]. */
const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [30, 'decompression_failure'],
  [40, 'handshake_failure'],
  [47, 'illegal_parameter'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [110, 'unsupported_extension'],
  [115, 'unknown_psk_identity'],
]);

/** Alerts with which a server refuses a key: unknown identity, or records that the key does not open. */
const KEY_ALERTS: ReadonlySet<string> = new Set(['bad_record_mac', 'decrypt_error', 'unknown_psk_identity']);

/** `bad_record_mac`, or `alert 199` for one that is not known. */
function alertName(description: number): string {
  return ALERT_NAMES.get(description) ?? `alert ${description}`;
}

/** The error of an alert that the far end sent. */
export function alertReceived(raw: Uint8Array): ProtocolError {
  const alert = alertName(byteAt(raw, 1));
  return new ProtocolError('tls-alert', `The meter ended the TLS session: ${alert}`, { raw, values: { alert } });
}

/** Whether an error is a server's alert for a wrong key or identity. */
export function isKeyAlert(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === 'tls-alert' && KEY_ALERTS.has(String(error.values['alert']));
}

/** A record that is malformed or not authenticated with the key. */
export function badRecord(message: string, raw: Uint8Array): ProtocolError {
  return failure('tls-bad-record', message, raw);
}

/** A handshake message that TLS 1.2 with this one cipher suite does not allow here. */
export function badHandshake(message: string, raw: Uint8Array): ProtocolError {
  return failure('tls-handshake-failed', message, raw);
}

function failure(code: ProtocolErrorCode, message: string, raw: Uint8Array): ProtocolError {
  return new ProtocolError(code, `TLS: ${message}`, { raw: raw.slice() });
}

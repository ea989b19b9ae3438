/** The response codes of the optical port and their errors. */
import { ProtocolError, type ProtocolErrorCode } from '../errors.js';

/** The response codes of C12.18 by their names there; from 0A on they differ from those of the MEP port. */
export const OPTICAL_RESPONSE_CODES = {
  ok: 0x00,
  /** The request was not understood. */
  err: 0x01,
  /** Service not supported. */
  sns: 0x02,
  /** Insufficient security clearance: a wrong key, a table that this key may not read, or the hardware lock. [OPT p.13] */
  isc: 0x03,
  /** Operation not possible. */
  onp: 0x04,
  /** Inappropriate action requested: there is no such table. */
  iar: 0x05,
  /** Device busy. */
  bsy: 0x06,
  /** Data not ready. */
  dnr: 0x07,
  /** Data locked. */
  dlk: 0x08,
  /** Renegotiate request. */
  rno: 0x09,
  /** Invalid service sequence state: there is no session. */
  isss: 0x0a,
} as const;

const { err, sns, isc, onp, iar, bsy, dnr, dlk, rno, isss } = OPTICAL_RESPONSE_CODES;
const REFUSALS: ReadonlyMap<number, { code: ProtocolErrorCode; text: string }> = new Map([
  [err, { code: 'unrecognised-request', text: 'does not understand the request (err)' }],
  [sns, { code: 'unsupported-request', text: 'does not support the service (sns)' }],
  [isc, { code: 'no-permission', text: 'gives this key no permission (isc)' }],
  [onp, { code: 'operation-not-possible', text: 'cannot do this now (onp)' }],
  [iar, { code: 'table-not-available', text: 'does not have this table (iar)' }],
  [bsy, { code: 'meter-busy', text: 'is busy (bsy)' }],
  [dnr, { code: 'meter-busy', text: 'has the data not ready yet (dnr)' }],
  [dlk, { code: 'meter-busy', text: 'has locked the data (dlk)' }],
  [rno, { code: 'session-lost', text: 'wants to negotiate again (rno)' }],
  [isss, { code: 'session-lost', text: 'has no session any more (isss)' }],
]);

/** The error for a response code of the optical port other than `ok`. */
export function opticalRefusal(status: number, raw: Uint8Array): ProtocolError {
  const known = REFUSALS.get(status);
  const hex = status.toString(16).padStart(2, '0').toUpperCase();
  return new ProtocolError(known?.code ?? 'unknown-response-code', `The meter ${known?.text ?? `refused (${hex})`}`, {
    raw,
    status,
    values: { status: hex },
  });
}

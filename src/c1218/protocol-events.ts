import { isMeterError, type MeterErrorCode } from '../errors.js';

/** Why a received message was not used as an answer. */
export type RejectionReason =
  /** The digest does not match key and request. */
  | 'digest'
  /** A TLS record that fails authentication. */
  | 'record'
  /** A packet of the optical port that is damaged, by its CRC or its length. */
  | 'crc'
  /** Count, data and request disagree. */
  | 'inconsistent';

/** Why a request is sent again. */
export type RetryReason = 'timeout' | 'refused' | 'sequence-number' | 'inconsistent' | 'session' | 'damaged';

/** An event of a session, derived from the bytes on its line. */
export type ProtocolEvent =
  /** A request is about to be sent for the first time: the bytes of the service, neither signed nor encrypted. */
  | { readonly kind: 'request'; readonly message: Uint8Array }
  /** A verified answer: response code and what follows, without digest, decrypted. */
  | { readonly kind: 'accepted'; readonly answer: Uint8Array }
  | { readonly kind: 'rejected'; readonly reason: RejectionReason }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'retry'; readonly reason: RetryReason }
  | { readonly kind: 'alert' }
  /** The request came to nothing. */
  | { readonly kind: 'failed'; readonly code: MeterErrorCode | 'unexpected' };

/** Is called for each event, in the order of the bytes; must not throw. */
export type ProtocolListener = (event: ProtocolEvent) => void;

/** A listener that ignores all events. */
export const ignoreEvents: ProtocolListener = () => undefined;

/**
 * Reports the error of `work`, if there is one.
 * @throws what `work` throws
 */
export async function reportingFailure<T>(report: ProtocolListener, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    report({ kind: 'failed', code: isMeterError(error) ? error.code : 'unexpected' });
    throw error;
  }
}

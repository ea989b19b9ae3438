import { isNoResponse, isNotSent, isUnauthenticated, mayHaveWritten } from '../error-kinds.js';
import { isMeterError, type MeterError, ProtocolError } from '../errors.js';
import type { MeterState } from './status.js';

/** The state of a meter, and the error that is the reason for it. */
export interface StateWithReason {
  readonly state: MeterState;
  readonly error: MeterError | undefined;
}

/** What a failed request shows about the link. */
export type RequestOutcome =
  | { readonly kind: 'answered' }
  | { readonly kind: 'key-rejected' | 'no-response' | 'unauthenticated'; readonly error: MeterError };

/**
 * The outcome of a failed request, as far as it concerns the link. Any authenticated answer, a refusal too, shows that the
 * meter responds. After a rejected key neither silence nor an unauthenticated answer shows that the key is accepted now.
 * @param before the state before the request
 * @returns undefined for an error that shows nothing, such as a cancelled request or a failed port
 */
export function requestOutcome(error: MeterError, before: StateWithReason): RequestOutcome | undefined {
  const { cause } = error;
  if (mayHaveWritten(error) && isMeterError(cause)) return requestOutcome(cause, before);
  if (error.code === 'key-rejected') return { kind: 'key-rejected', error };
  if (isNoResponse(error) || isUnauthenticated(error)) {
    if (before.state === 'key-rejected') return { kind: 'key-rejected', error: before.error ?? error };
    return { kind: isNoResponse(error) ? 'no-response' : 'unauthenticated', error };
  }
  return error instanceof ProtocolError && !isNotSent(error) ? { kind: 'answered' } : undefined;
}

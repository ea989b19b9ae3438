/** The TLS handshake in MEP messages: lost messages are repeated, refused keys are not tried without limit. */
import { concatBytes } from '../bytes/hex.js';
import { ProtocolError } from '../errors.js';
import type { MepLine } from './line.js';
import type { RefusalPolicy } from './refusal-policy.js';
import { badHandshake, isKeyAlert, TlsClient, type TlsClientOptions } from './tls/index.js';
import {
  handshakeAnswerMatcher,
  MAX_TLS_PIECE_BYTES,
  readTlsAnswer,
  TLS_CODES,
  TLS_RESPONSE_CODES,
  type TlsAnswer,
  type TlsCode,
  tlsMessage,
} from './tls-message.js';

export interface TlsHandshakerOptions {
  readonly line: MepLine;
  readonly refusals: RefusalPolicy;
  /** Times an unanswered message is sent again. */
  readonly retries: number;
  readonly client: TlsClientOptions;
}

/** A meter takes longer for a handshake than for a table; the guide gives no time. */
const ANSWER_TIMEOUT_MS = 2_000;
/** Handshakes that fail in a row, for other reasons than the key, before that is an error. */
const MAX_ATTEMPTS = 3;
/**
 * Answers in a row of a port without TLS before that is believed: nothing signs one, so noise can look like it. The port
 * counts each handshake as a wrong digest, so there are no more.
 */
const NO_TLS_ANSWERS = 2;
/** Far more than a handshake takes, even in small pieces. */
const MAX_MESSAGES = 16;

/** A failed handshake. */
interface Failure {
  readonly error: ProtocolError;
  /** The meter probably refused the key; a damaged or lost message on the line looks the same. */
  readonly isRefusal: boolean;
}

/** The handshakes of one port. */
export class TlsHandshaker {
  readonly #options: TlsHandshakerOptions;

  constructor(options: TlsHandshakerOptions) {
    this.#options = options;
  }

  /**
   * @param isTrial whether the port answered as one without TLS before, so that one more such answer is enough
   * @returns an established session
   * @throws SecurityError `key-rejected`; ProtocolError `tls-not-offered`, `tls-handshake-failed`, `tls-alert`,
   * `tls-bad-record`, `authentication-failed`, or why nothing was answered
   */
  async shakeHands(signal: AbortSignal, isTrial: boolean): Promise<TlsClient> {
    const { line, refusals } = this.#options;
    for (let attempt = 1, refused = 0, withoutTls = 0; ; attempt++) {
      refusals.check(line.clock.now());
      await line.settle(signal);
      const outcome = await this.#attempt(signal);
      if (outcome instanceof TlsClient) {
        refusals.noteAccepted();
        return outcome;
      }
      withoutTls = outcome.error.code === 'tls-not-offered' ? withoutTls + 1 : 0;
      if (withoutTls >= (isTrial ? 1 : NO_TLS_ANSWERS)) throw outcome.error;
      // No refusal is signed before the handshake has ended.
      if (outcome.isRefusal) refusals.noteRefusal(++refused, line.clock.now(), true);
      else if (attempt - refused >= MAX_ATTEMPTS && withoutTls === 0) throw outcome.error;
      line.counters.retries++;
      line.report({ kind: 'retry', reason: outcome.isRefusal ? 'refused' : 'session' });
    }
  }

  async #attempt(signal: AbortSignal): Promise<TlsClient | Failure> {
    const client = new TlsClient(this.#options.client);
    let pending = client.start();
    let code: TlsCode = TLS_CODES.handshake;
    const unanswered = { ofAttempt: 0 };
    for (let messages = 0; messages < MAX_MESSAGES; messages++) {
      const piece = pending.subarray(0, MAX_TLS_PIECE_BYTES);
      pending = pending.subarray(piece.length);
      const { hasShownKey } = client;
      // With nothing left to send, an empty piece asks for the rest of the meter's flight.
      const answer = await this.#send(tlsMessage(code, piece), client, unanswered, signal);
      code = TLS_CODES.handshakeContinued;
      const taken = take(client, answer);
      // A message that was repeated after a lost answer may be refused as unexpected.
      if (taken instanceof ProtocolError) {
        const mayBeKey = isKeyAlert(taken) || (hasShownKey && answer.meaning === 'tls-error');
        const isRefusal = answer.meaning === 'key-refused' || (mayBeKey && unanswered.ofAttempt === 0);
        return { error: taken, isRefusal };
      }
      if (client.isEstablished) return client;
      pending = concatBytes(pending, taken);
    }
    return { error: badHandshake('the handshake has no end', pending), isRefusal: false };
  }

  /** @param unanswered counts messages of the handshake that were not answered: a whole handshake has time for twice the usual */
  async #send(
    message: Uint8Array,
    client: TlsClient,
    unanswered: { ofAttempt: number },
    signal: AbortSignal,
  ): Promise<TlsAnswer> {
    const { line, refusals, retries } = this.#options;
    const exchange = {
      message,
      matchStart: handshakeAnswerMatcher(client.isWithinRecord),
      accept: readTlsAnswer,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
    };
    for (let ofMessage = 0; ; ofMessage++) {
      const answered = await line.exchange(exchange, signal, refusals.notBefore);
      if (answered) {
        line.received.noteUnderstood();
        return answered.answer;
      }
      line.counters.timeouts++;
      line.report({ kind: 'timeout' });
      const isOver = ofMessage >= retries || unanswered.ofAttempt++ >= 2 * retries;
      if (refusals.isKeyOnTrial || isOver) throw await line.unanswered(!refusals.hasKeyWorked, signal);
      line.counters.retries++;
      line.report({ kind: 'retry', reason: 'timeout' });
    }
  }
}

/** Hands an answer to the client. @returns its reply, or why the handshake is over. */
function take(client: TlsClient, answer: TlsAnswer): Uint8Array | ProtocolError {
  switch (answer.meaning) {
    case 'no-tls':
      return notOffered(answer.status);
    case 'records':
      return receive(client, answer.records);
    case 'tls-error': {
      const alert = receive(client, answer.records);
      return alert instanceof ProtocolError && alert.code === 'tls-alert' ? alert : tlsError();
    }
    default:
      return noSession();
  }
}

function receive(client: TlsClient, records: Uint8Array): Uint8Array | ProtocolError {
  try {
    return client.receive(records).reply;
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

/** The meter reports a TLS error, without a reason. */
export function tlsError(): ProtocolError {
  const status = TLS_RESPONSE_CODES.tlsError;
  return new ProtocolError('tls-handshake-failed', 'The meter reports a TLS error (01)', { status });
}

/** The meter reports that there is no session, or no longer one. */
export function noSession(): ProtocolError {
  const status = TLS_RESPONSE_CODES.noSession;
  return new ProtocolError('session-lost', 'The meter has ended the TLS session', { status });
}

function notOffered(status: number): ProtocolError {
  return new ProtocolError('tls-not-offered', 'The port answers as one that is not set to TLS', { status });
}

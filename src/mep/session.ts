/**
 * Requests to a MEP port: one at a time, numbered, signed, repeated when the line lost it, and answered only by a message
 * that verifies. [MEP p.10-13, p.15-21]
 */
import {
  decodeAnswer,
  encodeRequest,
  isWrite,
  outcomeUnknown,
  RESPONSE_CODES,
  refusalError,
  type TableRequest,
  writeRequest,
} from '../c1218/services.js';
import type { RequestOptions } from '../c1218/table-link.js';
import { ProtocolError } from '../errors.js';
import { type AttemptAction, type AttemptEvent, newAttempt, nextStep } from './attempt.js';
import { bareFailureOf } from './frame-decoder.js';
import { DIGEST_BYTES } from './digest.js';
import { LENGTH_BYTES, MAX_READ_BYTES, MAX_WRITE_BYTES } from './message.js';
import { MepPort, type MepPortOptions, type OptionsUnderWay } from './port.js';
import type { MepSecurity, SealedRequest } from './security.js';
import { randomFirstNumber, SequenceNumbers } from './sequence.js';

export interface MepSessionOptions extends MepPortOptions {
  readonly security: MepSecurity;
}

/** The meaning of a received message: a verified answer, a refused digest, or a request for a session. */
type Meaning = { readonly verified: Uint8Array } | { readonly refused: 'bare' | 'signed' } | 'session-wanted';

/** A MEP port without TLS. */
export class MepSession extends MepPort {
  readonly maxReadBytes = MAX_READ_BYTES;
  readonly maxWriteBytes = MAX_WRITE_BYTES;

  readonly #security: MepSecurity;
  readonly #sequence = new SequenceNumbers(randomFirstNumber());
  /** The port asked for a session. This answer is not authenticated: it counts only if no verified one comes. */
  #sessionWanted: ProtocolError | undefined;

  constructor(options: MepSessionOptions) {
    super(options);
    this.#security = options.security;
  }

  get sendsPlainRequests(): boolean {
    return this.#security.sendsPlainRequests === true;
  }

  async write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.ask(writeRequest(table, offset, data), options);
  }

  protected async perform(request: TableRequest, options: OptionsUnderWay): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#exchange(request, options);
      try {
        return decodeAnswer(request, answer).data;
      } catch (error) {
        const isGarbled = error instanceof ProtocolError && error.code === 'inconsistent-answer';
        if (isGarbled && isWrite(request)) throw outcomeUnknown(error);
        if (!isGarbled || attempt >= this.retries) throw error;
        this.line.counters.rejectedAnswers++;
        this.line.report({ kind: 'rejected', reason: 'inconsistent' });
      }
    }
  }

  /**
   * Sends until a verified answer other than "wrong number" or "wrong digest" is there.
   * @throws ProtocolError `write-outcome-unknown` for a write that may have been carried out all the same
   */
  async #exchange(
    request: TableRequest,
    { signal, onSending, retries = this.retries }: OptionsUnderWay,
  ): Promise<Uint8Array> {
    const plain = encodeRequest(request);
    let attempt = newAttempt(isWrite(request));
    const step = (event: AttemptEvent): AttemptAction => {
      const next = nextStep(attempt, event, { retries });
      attempt = next.attempt;
      return next.action;
    };
    let sealed = this.#seal(plain);
    let sent: SealedRequest | undefined;
    const sending = (): void => {
      step({ kind: 'sending' });
      if (sent !== sealed) onSending?.();
      sent = sealed;
    };
    let timeouts = 0;
    const { report } = this.line;
    report({ kind: 'request', message: plain });
    this.line.received.restart();
    this.#sessionWanted = undefined;
    try {
      for (;;) {
        const meaning = await this.#send(sealed, this.#answerBytesOf(request), sending, signal);
        let action = step(this.#eventOf(meaning));
        if (meaning === 'timeout') timeouts++;
        else if ('verified' in meaning) this.line.requests.noteAnswered(sealed.message, plain);
        if (action === 'correct-number' && meaning !== 'timeout' && 'verified' in meaning) {
          action = step({ kind: 'number-corrected', hasJumped: this.#correctSequence(meaning.verified) });
        }
        if (meaning === 'timeout') {
          if (action === 'fail-no-response') {
            throw this.line.requests.explained(
              sealed.message,
              plain,
              timeouts,
              await this.#unanswered(retries > 0, signal),
            );
          }
          this.line.counters.retries++;
          report({ kind: 'retry', reason: 'timeout' });
        } else if (action === 'fail-unclear') {
          throw this.line.received.error(this.description);
        } else if ('refused' in meaning) {
          this.refusals.noteRefusal(attempt.refusals, this.line.clock.now(), meaning.refused === 'bare');
          this.line.counters.retries++;
          report({ kind: 'retry', reason: 'refused' });
        } else if (action === 'fail-sequence-rejected') {
          throw sequenceRejected(meaning.verified);
        } else if (action === 'done') {
          return meaning.verified;
        } else {
          report({ kind: 'retry', reason: 'sequence-number' });
        }
        if (action === 'seal-anew') {
          sealed = this.#seal(plain);
          timeouts = 0;
        }
      }
    } catch (error) {
      throw attempt.mayBeDone ? outcomeUnknown(error) : error;
    }
  }

  #eventOf(meaning: Exclude<Meaning, 'session-wanted'> | 'timeout'): AttemptEvent {
    if (meaning === 'timeout') {
      this.line.counters.timeouts++;
      this.line.report({ kind: 'timeout' });
      return { kind: 'timeout', isKeyOnTrial: this.refusals.isKeyOnTrial };
    }
    if ('refused' in meaning) return { kind: 'refused', hasKeyWorked: this.refusals.hasKeyWorked };
    const isWrongNumber = meaning.verified[0] === RESPONSE_CODES.invalidSequenceNumber;
    return { kind: isWrongNumber ? 'wrong-number' : 'verified' };
  }

  /** Numbers are given out when a request is sent: one queued behind a correction must not carry a stale one. */
  #seal(plain: Uint8Array): SealedRequest {
    return this.#security.seal(plain, this.#sequence.take());
  }

  async #send(
    sealed: SealedRequest,
    answerBytes: number | undefined,
    sending: () => void,
    signal: AbortSignal,
  ): Promise<Exclude<Meaning, 'session-wanted'> | 'timeout'> {
    this.refusals.check(this.line.clock.now());
    const accept = (body: Uint8Array): Meaning | undefined => this.#accept(sealed, body);
    const exchange = { message: sealed.message, matchStart: sealed.matchStart, accept, answerBytes, sending };
    const answered = await this.line.exchange(exchange, signal, this.refusals.notBefore);
    if (!answered || answered.answer === 'session-wanted') return 'timeout';
    if ('verified' in answered.answer) this.roundTrips.add(answered.tookMs);
    return answered.answer;
  }

  /**
   * Length of the message that answers a read: length, code, count and digest surround the data [MEP p.12]. Undefined
   * before the first verified answer, since anything may be on the line.
   */
  #answerBytesOf(request: TableRequest): number | undefined {
    if (request.service !== 'partial-read' || !this.refusals.hasKeyWorked) return undefined;
    return LENGTH_BYTES + 1 + 2 + request.count + DIGEST_BYTES;
  }

  /** The meaning of a message for the pending request; undefined if it is not its answer. */
  #accept(sealed: SealedRequest, body: Uint8Array): Meaning | undefined {
    const { received, counters } = this.line;
    const answer = sealed.open(body);
    if (answer) received.noteUnderstood();
    if (answer && answer[0] !== RESPONSE_CODES.authenticationFailure) {
      this.#noteVerified(answer);
      this.line.report({ kind: 'accepted', answer });
      return { verified: answer };
    }
    // The guide does not define which key signs a refusal: it counts as a failure, never as data.
    const failure = answer?.[0] ?? bareFailureOf(body);
    if (failure === RESPONSE_CODES.authenticationFailure) {
      received.noteUnderstood();
      return { refused: body.length === 1 ? 'bare' : 'signed' };
    }
    if (failure === RESPONSE_CODES.invalidServiceSequence) {
      this.#sessionWanted = refusalError(failure, body.slice());
      return 'session-wanted';
    }
    counters.rejectedAnswers++;
    this.line.report({ kind: 'rejected', reason: 'digest' });
    return undefined;
  }

  #noteVerified(answer: Uint8Array): void {
    this.refusals.noteAccepted();
    if (answer[0] !== RESPONSE_CODES.invalidSequenceNumber) this.#sequence.noteAccepted();
  }

  /** @returns whether the meter may have been set up anew */
  #correctSequence(answer: Uint8Array): boolean {
    this.line.counters.sequenceCorrections++;
    const wanted = new DataView(answer.buffer, answer.byteOffset).getUint32(1);
    const hasJumped = this.#sequence.correct(wanted);
    if (hasJumped) this.line.reportPossibleChange();
    return hasJumped;
  }

  /** @param mayWait whether a line without any response is watched for alerts */
  async #unanswered(mayWait: boolean, signal: AbortSignal): Promise<ProtocolError> {
    return this.#sessionWanted ?? this.line.unanswered(mayWait && !this.refusals.hasKeyWorked, signal);
  }
}

function sequenceRejected(raw: Uint8Array): ProtocolError {
  return new ProtocolError('sequence-rejected', 'The meter keeps asking for another sequence number', {
    raw,
    status: RESPONSE_CODES.invalidSequenceNumber,
  });
}

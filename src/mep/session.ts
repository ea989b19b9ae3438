/**
 * One conversation with a MEP port: one request at a time, numbered, signed, repeated when the line lost it, and
 * answered only by what verifies. [MEP p.10-13, p.15-21]
 */
import { randomBytes } from 'node:crypto';
import { type RoundTrip, RoundTripMeasurement } from '../c1218/round-trip.js';
import {
  decodeAnswer,
  encodeRequest,
  isWrite,
  outcomeUnknown,
  RESPONSE_CODES,
  refusal,
  type TableRequest,
  writeRequest,
} from '../c1218/services.js';
import type { LinkCounters, RequestOptions, TableLink, TableLinkEvents } from '../c1218/table-link.js';
import { ProtocolError } from '../errors.js';
import { bareFailureOf } from './frame-decoder.js';
import { MepLine, type MepLineOptions } from './line.js';
import { DIGEST_BYTES } from './digest.js';
import { LENGTH_BYTES, MAX_READ_BYTES, MAX_WRITE_BYTES, SEQUENCE_BYTES } from './message.js';
import { RefusalPolicy } from './refusal-policy.js';
import type { MepSecurity, SealedRequest } from './security.js';
import { SequenceNumbers } from './sequence.js';

export interface MepSessionOptions extends MepLineOptions {
  readonly security: MepSecurity;
  /** Times an unanswered request is sent again; default 3. */
  readonly retries?: number;
}

/** New numbers a meter may ask for during one request before that is an error. */
const MAX_SEQUENCE_CORRECTIONS = 3;

/** What a message that came in means: a verified answer, a refused signature, or the wish for a session. */
type Meaning = { readonly verified: Uint8Array } | { readonly refused: 'bare' | 'signed' } | 'session-wanted';

/** A MEP port as a `TableLink`. */
export class MepSession implements TableLink {
  readonly protocol = 'mep';
  readonly maxReadBytes = MAX_READ_BYTES;
  readonly padsWithZeros = false;
  readonly maxWriteBytes = MAX_WRITE_BYTES;

  readonly #line: MepLine;
  readonly #security: MepSecurity;
  readonly #retries: number;
  readonly #roundTrips = new RoundTripMeasurement();
  readonly #refusals = new RefusalPolicy();
  readonly #sequence = new SequenceNumbers(randomBytes(SEQUENCE_BYTES).readUInt32BE());
  /** The port asked for a session. Nothing signs that answer: it is believed when no better one comes. */
  #sessionWanted: ProtocolError | undefined;

  constructor(options: MepSessionOptions) {
    this.#line = new MepLine(options);
    this.#security = options.security;
    this.#retries = options.retries ?? 3;
  }

  get description(): string {
    return this.#line.description;
  }

  get isNetwork(): boolean {
    return this.#line.isNetwork;
  }

  get keyTrialInMs(): number | undefined {
    return this.#refusals.trialInMs(this.#line.clock.now());
  }

  get counters(): Readonly<LinkCounters> {
    return this.#line.counters;
  }

  get roundTrip(): RoundTrip {
    return this.#roundTrips.times;
  }

  open(events: TableLinkEvents, signal?: AbortSignal): Promise<void> {
    return this.#line.open(events, signal);
  }

  close(): Promise<void> {
    return this.#line.close();
  }

  revive(): Promise<void> {
    return this.#line.revive();
  }

  read(table: number, offset: number, count: number, options: RequestOptions = {}): Promise<Uint8Array> {
    return this.#ask({ service: 'partial-read', table, offset, count }, options);
  }

  async write(table: number, offset: number, data: Uint8Array, options: RequestOptions = {}): Promise<void> {
    await this.#ask(writeRequest(table, offset, data), options);
  }

  #ask(request: TableRequest, options: RequestOptions): Promise<Uint8Array> {
    return this.#line.exclusive(options.signal, (signal) => {
      this.#line.counters.requests++;
      return this.#perform(request, signal);
    });
  }

  async #perform(request: TableRequest, signal: AbortSignal): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#exchange(request, signal);
      try {
        return decodeAnswer(request, answer).data;
      } catch (error) {
        const isGarbled = error instanceof ProtocolError && error.code === 'inconsistent-answer';
        if (isGarbled && isWrite(request)) throw outcomeUnknown(error);
        if (!isGarbled || attempt >= this.#retries) throw error;
        this.#line.counters.rejectedAnswers++;
      }
    }
  }

  /** @throws ProtocolError `write-outcome-unknown` for a write that may have been carried out all the same */
  async #exchange(request: TableRequest, signal: AbortSignal): Promise<Uint8Array> {
    const fate = { mayBeDone: false };
    try {
      return await this.#untilAnswered(request, fate, signal);
    } catch (error) {
      throw fate.mayBeDone ? outcomeUnknown(error) : error;
    }
  }

  /**
   * Sends until a verified answer other than "wrong number" or "wrong digest" is there.
   * @param fate keeps whether the meter may have carried out a write whose answer is not there yet
   */
  async #untilAnswered(request: TableRequest, fate: { mayBeDone: boolean }, signal: AbortSignal): Promise<Uint8Array> {
    const plain = encodeRequest(request);
    const { counters, heard } = this.#line;
    const sending = (): void => {
      fate.mayBeDone = isWrite(request);
    };
    let corrections = 0;
    let refusals = 0;
    let isRepeated = false;
    let sealed = this.#seal(plain);
    heard.restart();
    this.#sessionWanted = undefined;
    for (let silences = 0; ;) {
      const meaning = await this.#send(sealed, this.#answerBytesOf(request), sending, signal);
      if (meaning === 'timeout') {
        counters.timeouts++;
        if (this.#refusals.isKeyOnTrial || silences++ >= this.#retries) throw await this.#unanswered(signal);
        counters.retries++;
        isRepeated = true;
        continue;
      }
      const isRefused = 'refused' in meaning;
      if (!isRefused && meaning.verified[0] !== RESPONSE_CODES.invalidSequenceNumber) {
        fate.mayBeDone = false;
        return meaning.verified;
      }
      // A write that was sent more than once may be done: it is never sent under a new number.
      const isDoubtful = silences > 0 || (refusals > 0 && !isRefused);
      if (fate.mayBeDone && isDoubtful) throw heard.error(this.description);
      if (isRefused) {
        fate.mayBeDone &&= this.#refusals.hasKeyWorked;
        this.#refusals.noteRefusal(++refusals, this.#line.clock.now(), meaning.refused === 'bare');
        counters.retries++;
        // Nobody signs a refusal: it may answer what came before. A write is only ever repeated under its own number.
        if (fate.mayBeDone) continue;
      } else {
        // A repetition is asked for another number where the first answer was lost: it is the line that fails then.
        if (!isRepeated && corrections++ >= MAX_SEQUENCE_CORRECTIONS) throw sequenceRejected(meaning.verified);
        const hasJumped = this.#correctSequence(meaning.verified);
        // What was to be written was made for a table that may have another shape by now.
        if (hasJumped && isWrite(request)) {
          fate.mayBeDone = false;
          throw sequenceRejected(meaning.verified);
        }
      }
      fate.mayBeDone = false;
      isRepeated = false;
      sealed = this.#seal(plain);
    }
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
    this.#refusals.check(this.#line.clock.now());
    const accept = (body: Uint8Array): Meaning | undefined => this.#accept(sealed, body);
    const exchange = { message: sealed.message, judge: sealed.judge, accept, answerBytes, sending };
    const answered = await this.#line.exchange(exchange, signal, this.#refusals.notBefore);
    if (!answered || answered.answer === 'session-wanted') return 'timeout';
    if ('verified' in answered.answer) this.#roundTrips.add(answered.tookMs);
    return answered.answer;
  }

  /**
   * Bytes of the message that answers a read: length, code, count and digest stand around what was asked for [MEP p.12].
   * Before anything was verified, what comes may be rubbish of any length.
   */
  #answerBytesOf(request: TableRequest): number | undefined {
    if (request.service !== 'partial-read' || !this.#refusals.hasKeyWorked) return undefined;
    return LENGTH_BYTES + 1 + 2 + request.count + DIGEST_BYTES;
  }

  /** What a message means to the request that is waiting; undefined when it is not for it. Nothing else is ever used. */
  #accept(sealed: SealedRequest, body: Uint8Array): Meaning | undefined {
    const { heard, counters } = this.#line;
    const answer = sealed.open(body);
    if (answer) heard.noteUnderstood();
    if (answer && answer[0] !== RESPONSE_CODES.authenticationFailure) {
      this.#noteVerified(answer);
      return { verified: answer };
    }
    // With which key a refused signature is answered the guide does not say: it counts as a failure, never as data.
    const failure = answer?.[0] ?? bareFailureOf(body);
    if (failure === RESPONSE_CODES.authenticationFailure) {
      heard.noteUnderstood();
      return { refused: body.length === 1 ? 'bare' : 'signed' };
    }
    if (failure === RESPONSE_CODES.invalidServiceSequence) {
      this.#sessionWanted = refusal(failure, body.slice());
      return 'session-wanted';
    }
    counters.rejectedAnswers++;
    return undefined;
  }

  #noteVerified(answer: Uint8Array): void {
    this.#refusals.noteAccepted();
    if (answer[0] !== RESPONSE_CODES.invalidSequenceNumber) this.#sequence.noteAccepted();
  }

  /** @returns whether the meter may have been set up anew */
  #correctSequence(answer: Uint8Array): boolean {
    this.#line.counters.sequenceCorrections++;
    const wanted = new DataView(answer.buffer, answer.byteOffset).getUint32(1);
    const hasJumped = this.#sequence.correct(wanted);
    if (hasJumped) this.#line.reportPossibleChange();
    return hasJumped;
  }

  async #unanswered(signal: AbortSignal): Promise<ProtocolError> {
    return this.#sessionWanted ?? this.#line.unanswered(!this.#refusals.hasKeyWorked, signal);
  }
}

function sequenceRejected(raw: Uint8Array): ProtocolError {
  return new ProtocolError('sequence-rejected', 'The meter keeps asking for another sequence number', {
    raw,
    status: RESPONSE_CODES.invalidSequenceNumber,
  });
}

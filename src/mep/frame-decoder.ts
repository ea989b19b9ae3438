/**
 * Finds messages and alerts among the bytes of a MEP port. [MEP p.10-12, p.17]
 *
 * The protocol has no start mark, only a length. A start is therefore accepted only where length, response code and count
 * agree, and a message only when its receiver accepts it (the digest is right). Otherwise the search resumes at the very
 * next byte, so that no false start can swallow a true message.
 */
import { byteAt, uint16At } from '../bytes/byte-at.js';
import type { Shortfall } from '../c1218/shortfall.js';
import { RESPONSE_CODES } from '../c1218/services.js';
import { DIGEST_BYTES } from './digest.js';
import { LENGTH_BYTES, MAX_MESSAGE_BYTES, SEQUENCE_BYTES } from './message.js';

/** Receives what was found. */
export interface FrameReceiver {
  /**
   * A whole message, without its length; a view that is only valid during the call.
   * @param isInStep whether nothing unreadable came right before it: otherwise it may be part of a damaged message
   * @returns whether it is accepted; if not, the search goes on inside it.
   */
  message(body: Uint8Array, isInStep: boolean): boolean;
  /** The alert sequence `00 00`. */
  alert(): void;
}

/** Whether a message can start here: `more` while too few bytes are there to decide. */
export type FrameStartMatch = 'yes' | 'no' | 'more';
/** Matches the bytes from `start` to `end` against the start of a message, length field included. */
export type FrameStartMatcher = (bytes: Uint8Array, start: number, end: number) => FrameStartMatch;

const SEARCH_BYTES = 2 * (LENGTH_BYTES + MAX_MESSAGE_BYTES);
const ANSWER_CODE_AT = LENGTH_BYTES;
const ANSWER_COUNT_AT = LENGTH_BYTES + 1;
/** Code and digest. */
const SHORT_ANSWER = 1 + DIGEST_BYTES;
/** Code, count and digest, without data. */
const EMPTY_READ_ANSWER = SHORT_ANSWER + 2;

/**
 * The answers of digest security: `00` alone, `00 count data`, a refusal, `0C number`, each with a digest. A port that
 * requires a session or another key may refuse with the bare code.
 */
export const matchDigestAnswer: FrameStartMatcher = answerMatcher(new Uint8Array(ANSWER_COUNT_AT + 2));

/**
 * The same answers, encrypted from the code up to the digest; only a refused signature comes in the clear. [MEP p.256]
 * @param stream the key stream that lies over the answer
 */
export function encryptedAnswerMatcher(stream: Uint8Array): FrameStartMatcher {
  const matchPlain = answerMatcher(stream);
  return (bytes, start, end) => {
    const match = matchPlain(bytes, start, end);
    if (match !== 'no' || end - start <= ANSWER_CODE_AT) return match;
    const length = uint16At(bytes, start);
    const code = byteAt(bytes, start + ANSWER_CODE_AT);
    return isBareFailure(code, length) ? 'yes' : 'no';
  };
}

function answerMatcher(stream: Uint8Array): FrameStartMatcher {
  const plain = (bytes: Uint8Array, start: number, at: number): number =>
    byteAt(bytes, start + at) ^ byteAt(stream, at - LENGTH_BYTES);
  return (bytes, start, end) => {
    const length = matchLength(bytes, start, end);
    if (typeof length === 'string') return length;
    const code = plain(bytes, start, ANSWER_CODE_AT);
    if (code === RESPONSE_CODES.ok) {
      if (length === SHORT_ANSWER) return 'yes';
      if (length < EMPTY_READ_ANSWER) return 'no';
      if (end - start < ANSWER_COUNT_AT + 2) return 'more';
      const count = plain(bytes, start, ANSWER_COUNT_AT) * 256 + plain(bytes, start, ANSWER_COUNT_AT + 1);
      return count === length - EMPTY_READ_ANSWER ? 'yes' : 'no';
    }
    if (code === RESPONSE_CODES.invalidSequenceNumber) return length === SHORT_ANSWER + SEQUENCE_BYTES ? 'yes' : 'no';
    if (code > RESPONSE_CODES.invalidSequenceNumber) return 'no';
    return length === SHORT_ANSWER || isBareFailure(code, length) ? 'yes' : 'no';
  };
}

/**
 * The length of the message that may begin here, once its first byte is there as well.
 * @returns `no` for an impossible length, `more` while it is incomplete
 */
export function matchLength(bytes: Uint8Array, start: number, end: number): number | 'no' | 'more' {
  if (end === start) return 'more';
  if (byteAt(bytes, start) > MAX_MESSAGE_BYTES >> 8) return 'no';
  if (end - start < LENGTH_BYTES) return 'more';
  const length = uint16At(bytes, start);
  if (length < 1 || length > MAX_MESSAGE_BYTES) return 'no';
  return end - start === LENGTH_BYTES ? 'more' : length;
}

/**
 * The refusal that a port may send without a matching digest: it requires a session, or rejected the key.
 * @returns undefined for every other message.
 */
export function bareFailureOf(body: Uint8Array): number | undefined {
  const [code] = body;
  return code !== undefined && isBareFailure(code, body.length) ? code : undefined;
}

function isBareFailure(code: number, length: number): boolean {
  const mayBeBare = code === RESPONSE_CODES.invalidServiceSequence || code === RESPONSE_CODES.authenticationFailure;
  return mayBeBare && (length === 1 || length === SHORT_ANSWER);
}

/** A streaming search: `push` chunks of any size, `gap` when the line has been quiet. Memory is bounded. */
export class FrameDecoder {
  readonly #receiver: FrameReceiver;
  readonly #matchStart: FrameStartMatcher;
  readonly #buffer = new Uint8Array(SEARCH_BYTES);
  #start = 0;
  #end = 0;
  #discardedBytes = 0;
  #missingBytes: number | undefined;
  /** The last thing found was whole, or the line was quiet: the next byte is a first byte. */
  #isInStep = true;

  constructor(receiver: FrameReceiver, matchStart: FrameStartMatcher = matchDigestAnswer) {
    this.#receiver = receiver;
    this.#matchStart = matchStart;
  }

  /** Bytes that belonged to no message and no alert. */
  get discardedBytes(): number {
    return this.#discardedBytes;
  }

  /** Whether bytes are held that are not classified yet. */
  get isWaiting(): boolean {
    return this.#end > this.#start;
  }

  /** Whether what is held is an alert, unless more follows at once. */
  get holdsAlert(): boolean {
    const [first, second] = this.#buffer.subarray(this.#start, this.#end);
    return this.#isInStep && this.#end - this.#start === LENGTH_BYTES && first === 0 && second === 0;
  }

  /** Missing bytes of the message that has begun; undefined where none has. */
  get missingBytes(): number | undefined {
    return this.#missingBytes;
  }

  /** Received part of the message that has begun; undefined where none has. */
  get shortfall(): Shortfall | undefined {
    if (this.#missingBytes === undefined) return undefined;
    const received = this.#end - this.#start;
    return { expected: received + this.#missingBytes, received };
  }

  /** Adds received bytes. */
  push(chunk: Uint8Array): void {
    let taken = 0;
    while (taken < chunk.length) {
      this.#makeRoom();
      const piece = chunk.subarray(taken, taken + this.#buffer.length - this.#end);
      this.#buffer.set(piece, this.#end);
      this.#end += piece.length;
      taken += piece.length;
      this.#search(false);
    }
  }

  /** The line has been quiet for longer than a meter pauses within a message: incomplete messages are given up. */
  gap(): void {
    this.#search(true);
  }

  #makeRoom(): void {
    if (this.#start === 0) return;
    this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
  }

  #search(isOver: boolean): void {
    this.#missingBytes = undefined;
    while (this.#start < this.#end) {
      const match = this.#isAlert(isOver);
      if (match === 'yes') {
        this.#start += LENGTH_BYTES;
        this.#receiver.alert();
        continue;
      }
      if (match === 'more') return;
      const found = this.#tryMessage();
      if (found === 'more' && !isOver) return;
      this.#missingBytes = undefined;
      if (found === 'yes') {
        this.#isInStep = true;
        continue;
      }
      this.#start++;
      this.#discardedBytes++;
      this.#isInStep = false;
    }
    if (isOver) this.#isInStep = true;
  }

  /**
   * Two zeros are an alert where a message could begin, and where nothing, another alert or a message follows: zeros
   * within a broken answer are none, and a stray zero before a message is none either.
   */
  #isAlert(isOver: boolean): FrameStartMatch {
    const [buffer, start, end] = [this.#buffer, this.#start, this.#end];
    if (!this.#isInStep || buffer[start] !== 0) return 'no';
    if (end - start < LENGTH_BYTES) return isOver ? 'no' : 'more';
    if (buffer[start + 1] !== 0) return 'no';
    const next = start + LENGTH_BYTES;
    if (next === end) return isOver ? 'yes' : 'more';
    const aligned = this.#matchStart(buffer, next, end);
    if (aligned === 'more') return isOver ? 'no' : 'more';
    if (aligned === 'yes') return 'yes';
    const isAlertNext = buffer[next] === 0 && buffer[next + 1] === 0;
    return isAlertNext && this.#matchStart(buffer, start + 1, end) !== 'yes' ? 'yes' : 'no';
  }

  #tryMessage(): FrameStartMatch {
    const [buffer, start, end] = [this.#buffer, this.#start, this.#end];
    const match = this.#matchStart(buffer, start, end);
    if (match !== 'yes') return match;
    const length = uint16At(buffer, start);
    const bodyAt = start + LENGTH_BYTES;
    if (end - bodyAt < length) {
      this.#missingBytes = length - (end - bodyAt);
      return 'more';
    }
    if (!this.#receiver.message(buffer.subarray(bodyAt, bodyAt + length), this.#isInStep)) return 'no';
    this.#start = bodyAt + length;
    return 'yes';
  }
}

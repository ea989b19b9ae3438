import { type Digest, digestsEqual, isWrite, RESPONSE_CODES, type TableRequest } from '../internal.js';
import type { AnswerMessage } from './messages.js';

/** Number of requests that are kept for their answers; the oldest is dropped first. */
const MAX_WAITING = 256;

/** A request that waits for its answer. */
export interface Asked {
  readonly request: TableRequest;
  /** Digest state after the request, from which the answer's digest is computed; undefined without key or sequence number. */
  readonly state: Digest | undefined;
}

/** Finds the request of an answer in pasted messages, also with all requests first, with repetitions, or with gaps. */
export class Pairing {
  #waiting: Asked[] = [];
  #last: TableRequest | undefined;

  /** @param asked the request to assume for an answer without a request before it */
  constructor(asked: TableRequest | undefined) {
    this.#last = asked;
  }

  /** Adds a request. */
  ask(asked: Asked): void {
    this.#waiting.push(asked);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#last = asked.request;
  }

  /**
   * Takes the request of an answer out of those that wait; `several` if more than one fits, undefined if there is
   * none.
   */
  answer(message: AnswerMessage): Asked | 'several' | undefined {
    if (this.#waiting.length === 0) return this.#last && { request: this.#last, state: undefined };
    const right = this.#waiting.find(({ state }) => isSignedAfter(state, message));
    const fitting = this.#waiting.filter(({ request }) => fits(request, message));
    const exact = fitting.filter(({ request }) => !isWrite(request) && request.count === message.data?.length);
    const found = right ?? onlyOne(exact) ?? onlyOne(fitting) ?? onlyOne(this.#waiting);
    const place = found ? this.#waiting.indexOf(found) : 0;
    const answered = this.#waiting.splice(0, place + 1);
    this.#waiting = this.#waiting.filter((other) => !answered.some((one) => isSame(one.request, other.request)));
    return found ?? 'several';
  }
}

/** True if the answer's digest was computed from this digest state. */
export function isSignedAfter(state: Digest | undefined, { signed, digest }: AnswerMessage): boolean {
  return state !== undefined && digest !== undefined && digestsEqual(digest, state.clone().update(signed).finish());
}

function fits(request: TableRequest, { status, data }: AnswerMessage): boolean {
  if (status !== RESPONSE_CODES.ok) return true;
  return isWrite(request) ? data === undefined : data !== undefined && data.length <= request.count;
}

/** The last of them, if all ask for the same: a repetition replaces the request before it. */
function onlyOne(candidates: readonly Asked[]): Asked | undefined {
  const last = candidates.at(-1);
  return last && candidates.every(({ request }) => isSame(request, last.request)) ? last : undefined;
}

function isSame(one: TableRequest, other: TableRequest): boolean {
  const range = (request: TableRequest): string =>
    JSON.stringify({ ...request, ...(isWrite(request) && { data: [...request.data] }) });
  return range(one) === range(other);
}

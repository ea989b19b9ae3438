import { type Digest, digestsEqual, isWrite, RESPONSE_CODES, type TableRequest } from '../internal.js';
import type { AnswerMessage } from './messages.js';

/** Requests that wait; older ones are not answered any more. */
const MAX_WAITING = 256;

/** A request that waits for its answer. */
export interface Asked {
  readonly request: TableRequest;
  /** The digest's state behind the request, from which the one of its answer goes on; undefined without key or number. */
  readonly state: Digest | undefined;
}

/** Finds the request of an answer in pasted messages: all requests first, repetitions, or parts of a log. */
export class Pairing {
  #waiting: Asked[] = [];
  #last: TableRequest | undefined;

  /** @param asked what is taken for the request of an answer before which there is none */
  constructor(asked: TableRequest | undefined) {
    this.#last = asked;
  }

  /** A request was met. */
  ask(asked: Asked): void {
    this.#waiting.push(asked);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#last = asked.request;
  }

  /**
   * The request of an answer, which no longer waits then. `several` when more than one can be meant; undefined when
   * there is none.
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

/** Whether the answer's digest belongs to the request that left the digest in this state. */
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

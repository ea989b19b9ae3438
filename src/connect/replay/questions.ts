/** What a trace asked for, and what came of it. Pure. */
import { toHex } from '../../bytes/hex.js';
import { findTable } from '../../tables/index.js';
import type { ScriptedExchange } from './script.js';

/** A request of a trace together with its repetitions in other sessions. */
export interface Question {
  readonly exchange: ScriptedExchange;
  /** Time of the request, or of the session that was opened for it. */
  readonly at: number;
  readonly read: { readonly table: number; readonly offset: number; readonly count: number };
  readonly asked: string;
  readonly outcome: string;
  readonly isPlayable: boolean;
  /** The connection was lost during the request. */
  readonly isLost: boolean;
}

/** Errors that the user caused. */
const INTERRUPTED: ReadonlySet<string> = new Set(['cancelled', 'connection-closed']);
const READ_HEADER_BYTES = 3;
const IDENTIFICATION = 0x20;
const WRITES: ReadonlySet<number> = new Set([0x40, 0x4f]);
/** The beginning of BT01, which every key may read. */
const SOME_READ = { table: 1, offset: 0, count: 1 };

/** Finds the questions in the exchanges of one connection, in their order. */
export class QuestionReader {
  #sessionAt: number | undefined;

  /**
   * The question that an exchange begins, if it begins one.
   * @returns it, and the index of the exchange behind it
   */
  next(exchanges: readonly ScriptedExchange[], at: number): { question: Question | undefined; after: number } {
    const first = exchanges[at];
    if (!first) return { question: undefined, after: at + 1 };
    // A session is opened when there is a request.
    if (first.message[0] === IDENTIFICATION) this.#sessionAt ??= first.at;
    const isWrite = first.isMasked && WRITES.has(first.message[0] ?? 0);
    if (!first.request && !isWrite && first.failed === undefined) return { question: undefined, after: at + 1 };
    const { last, after } = lastOf(exchanges, at, first);
    const question = questionOf(first, last, this.#sessionAt ?? first.at);
    this.#sessionAt = undefined;
    return { question, after };
  }
}

/** A request without an answer was repeated in the next session. */
function lastOf(
  exchanges: readonly ScriptedExchange[],
  at: number,
  first: ScriptedExchange,
): { last: ScriptedExchange; after: number } {
  let last = first;
  let after = at + 1;
  for (let next = at + 1; outcomeOf(last) === undefined && next < exchanges.length; next++) {
    const again = exchanges[next];
    if (!again?.request && again?.failed === undefined) continue;
    if (again.request && toHex(again.message) !== toHex(first.message)) break;
    last = again;
    after = next + 1;
  }
  return { last, after };
}

function questionOf(first: ScriptedExchange, last: ScriptedExchange, at: number): Question | undefined {
  const outcome = outcomeOf(last);
  if (outcome === undefined || INTERRUPTED.has(last.failed ?? '')) return undefined;
  const isRead = !first.isMasked && first.request?.service === 'partial-read';
  // If no session could be opened, the request is not known.
  const isSession = first.request === undefined && !WRITES.has(first.message[0] ?? 0);
  return {
    exchange: first,
    at,
    read: isRead ? readOf(first) : SOME_READ,
    asked: isSession ? 'begin a session' : textOf(first),
    outcome,
    isPlayable: !first.isUnplayable && !last.isUnplayable && ((isRead && last.answer?.isMasked !== true) || isSession),
    isLost: last.transmissions.some(({ lost }) => lost !== undefined),
  };
}

function readOf({ request }: ScriptedExchange): Question['read'] {
  return request?.service === 'partial-read' ? request : SOME_READ;
}

function textOf({ request, message }: ScriptedExchange): string {
  if (request?.service !== 'partial-read') return toHex(message);
  const name = findTable(request.table)?.name ?? `table ${request.table}`;
  return `read ${name}, offset ${request.offset}, ${request.count} bytes`;
}

/** The outcome of an exchange; undefined if the trace does not contain it. */
function outcomeOf({ failed, answer, isInconsistent, head }: ScriptedExchange): string | undefined {
  if (failed !== undefined) return `failed: ${failed}`;
  if (!answer || answer.bytes[0] !== 0 || isInconsistent) return undefined;
  const end = answer.bytes.length - (head?.protocol === 'optical' ? 1 : 0);
  return dataText(answer.bytes.subarray(READ_HEADER_BYTES, end));
}

/** The data of a read, as an outcome to compare. */
export const dataText = (data: Uint8Array): string => `${data.length} bytes: ${toHex(data)}`;

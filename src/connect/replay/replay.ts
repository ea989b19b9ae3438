/** Replays a trace with the present code: repeats its requests and compares the outcomes. */
import { toHex } from '../../bytes/hex.js';
import type { TableLink } from '../../c1218/table-link.js';
import { isMeterError } from '../../errors.js';
import { findTable } from '../../tables/index.js';
import { mepLink } from '../mep-link.js';
import { opticalLink } from '../optical-link.js';
import type { MeterSettings } from '../settings.js';
import type { LinkParts } from '../transport.js';
import type { TraceLine } from '../trace/line.js';
import { REPLAY_KEY, ReplayTransport } from './replay-transport.js';
import { type ScriptedConnection, type ScriptedExchange, ScriptReader } from './script.js';
import { VirtualClock } from './virtual-clock.js';

/** A request whose outcome differs from the recorded one. */
export interface ReplayDifference {
  /** The index of its line. */
  readonly line: number;
  readonly asked: string;
  readonly then: string;
  readonly now: string;
}

export interface ReplayResult {
  /** Requests that were played. */
  readonly played: number;
  /** Requests that could not be played: writes, whose data is masked, and requests with masked answers. */
  readonly skipped: number;
  readonly differences: readonly ReplayDifference[];
}

/** Errors that the user caused. */
const INTERRUPTED: ReadonlySet<string> = new Set(['cancelled', 'connection-closed']);
const READ_HEADER_BYTES = 3;
const IDENTIFICATION = 0x20;
const WRITES: ReadonlySet<number> = new Set([0x40, 0x4f]);
/** The beginning of BT01, which every key may read. */
const SOME_READ = { table: 1, offset: 0, count: 1 };
/** How an address and a port look in the line `opened`. */
const NETWORK_PLACE = /:\d+$/;

/** Replays the lines of a trace. An undefined line does not belong to a trace and is skipped. */
export async function replayTrace(lines: Iterable<TraceLine | undefined>): Promise<ReplayResult> {
  const reader = new ScriptReader();
  let index = 0;
  for (const line of lines) {
    if (line) reader.next(line, index);
    index++;
  }
  reader.end();
  const result = { played: 0, skipped: 0, differences: [] as ReplayDifference[] };
  for (const connection of reader.connections) await playConnection(connection, result);
  return result;
}

async function playConnection(
  connection: ScriptedConnection,
  result: { played: number; skipped: number; differences: ReplayDifference[] },
): Promise<void> {
  const asked = questionsOf(connection);
  if (asked.length === 0) return;
  const clock = new VirtualClock(connection.startedAt);
  const transport = new ReplayTransport(connection, clock);
  const link = linkOf(connection, { clock, makeTransport: () => transport });
  const noEvents = { alert: () => undefined, dimensionsMayHaveChanged: () => undefined, closed: () => undefined };
  await clock.run(link.open(noEvents));
  for (const question of asked) {
    if (!question.isPlayable) {
      result.skipped++;
      continue;
    }
    await clock.until(question.at - connection.startedAt);
    const now = await outcomeNow(link, question, clock);
    result.played++;
    if (now !== question.outcome) {
      const { exchange, asked: what, outcome } = question;
      result.differences.push({ line: exchange.line, asked: what, then: outcome, now });
    }
    if (question.isLost) await clock.run(link.open(noEvents)).catch(() => undefined);
  }
  await clock.run(link.close());
}

/** A request of the trace together with its repetitions in other sessions. */
interface Question {
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

function questionsOf({ exchanges }: ScriptedConnection): Question[] {
  const questions: Question[] = [];
  let sessionAt: number | undefined;
  for (let index = 0; index < exchanges.length; index++) {
    const first = exchanges[index];
    if (!first) continue;
    // A session is opened when there is a request.
    if (first.message[0] === IDENTIFICATION) sessionAt ??= first.at;
    const isWrite = first.isMasked && WRITES.has(first.message[0] ?? 0);
    if (!first.request && !isWrite && first.failed === undefined) continue;
    let last = first;
    // A request without an answer was repeated in the next session.
    for (let next = index + 1; outcomeOf(last) === undefined && next < exchanges.length; next++) {
      const again = exchanges[next];
      if (!again?.request && again?.failed === undefined) continue;
      if (again.request && toHex(again.message) !== toHex(first.message)) break;
      last = again;
      index = next;
    }
    const question = questionOf(first, last, sessionAt ?? first.at);
    sessionAt = undefined;
    if (question) questions.push(question);
  }
  return questions;
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
    isPlayable: (isRead && last.answer?.isMasked !== true) || isSession,
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

const dataText = (data: Uint8Array): string => `${data.length} bytes: ${toHex(data)}`;

async function outcomeNow(
  link: TableLink,
  { read: { table, offset, count } }: Question,
  clock: VirtualClock,
): Promise<string> {
  try {
    return dataText(await clock.run(link.read(table, offset, count)));
  } catch (error) {
    if (!isMeterError(error)) throw error;
    return `failed: ${error.code}`;
  }
}

/** A link with the settings that the trace shows. Encrypted traffic is replayed in plain. */
function linkOf({ head, place }: ScriptedConnection, parts: LinkParts): TableLink {
  const settings: MeterSettings = {
    protocol: head.protocol === 'optical' ? 'optical' : 'mep',
    transport: NETWORK_PLACE.test(place) ? 'tcp' : 'serial',
    host: 'replay',
    tcpPort: 1,
    port: 'replay',
    security: 'digest',
    key: new TextDecoder().decode(REPLAY_KEY),
    keyFormat: 'ascii',
    minIntervalMs: 0,
  };
  return settings.protocol === 'optical' ? opticalLink(settings, parts) : mepLink(settings, parts);
}

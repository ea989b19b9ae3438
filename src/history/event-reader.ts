import { type ByteRange, endOf } from '../bytes/byte-range.js';
import { DecodeError } from '../errors.js';
import { type EventLog, type MeterEvent, eventOf, recordBytes } from './events.js';
import { type HistoryRequest, ReadAhead, type Steps, tooShort } from './steps.js';

/** Events so far, and the next request. */
export interface EventStep {
  /** Ascending; all of them on the last step. */
  readonly events: readonly MeterEvent[];
  /** Numbers of events that may have been overwritten before they were read; null: none. */
  readonly lost: { readonly from: number; readonly to: number } | null;
  /** Number of the newest event in the log; undefined before its header was read. */
  readonly newest: number | undefined;
  /** undefined on the last step. */
  readonly request: HistoryRequest | undefined;
}

interface LogState {
  readonly valid: number;
  readonly element: number;
  readonly sequence: number;
}

const HEADER_BYTES = 11;
/**
 * Where any of this many oldest events are read, the header is read again after them: the meter may have overwritten
 * them meanwhile.
 */
const EVENTS_AT_RISK = 8;

/**
 * Reads the events of a log that are newer than `known`, each once and in order. Where two logs share one sequence
 * number, each of them has gaps. [MEP p.181]
 * @param known number of the last event that the caller already has; undefined: none. A larger number than that of the
 * log belongs to an earlier log.
 * @throws DecodeError `value-out-of-range` where the header contradicts the size of the log
 */
export function* readEvents(log: EventLog, known?: number): Steps<EventStep, void> {
  const nothing = { events: [], lost: null, newest: undefined };
  const state = stateOf(yield { ...nothing, request: headerRange(log) }, log);
  const after = known !== undefined && known <= state.sequence ? known : -1;
  const count = Math.min(state.valid, state.sequence - after);
  const events: MeterEvent[] = [];
  const ahead = new ReadAhead();
  for (let index = 0; index < count; index++) {
    const range = recordRange(index - count + 1, state, log);
    for (let offset = ahead.missing(range); offset !== undefined; offset = ahead.missing(range)) {
      const upTo = Math.max(endOf(range), runEnd(range, state, log));
      ahead.add(offset, yield { ...nothing, request: { table: log.table, offset, count: upTo - offset } });
    }
    events.push(eventOf(ahead.take(range), log, state.sequence));
  }
  const isAtRisk = count > log.entries - EVENTS_AT_RISK;
  const now = isAtRisk ? stateOf(yield { ...nothing, request: headerRange(log) }, log) : state;
  // Each new event may have overwritten the oldest one. The place in the log counts them: the sequence number is
  // shared.
  const added = (now.element - state.element + log.entries) % log.entries;
  const overwritten = Math.max(0, added - (log.entries - count));
  const kept = events.slice(overwritten);
  const fresh = kept.filter(({ sequence }) => sequence > after);
  const isFull = state.valid === log.entries && count === state.valid;
  const mayBeLost = after >= 0 && fresh.length === kept.length && (isFull || overwritten > 0);
  const oldest = fresh[0]?.sequence ?? state.sequence + 1;
  const lost = mayBeLost && oldest > after + 1 ? { from: after + 1, to: oldest - 1 } : null;
  yield { events: fresh, lost, newest: state.sequence, request: undefined };
}

function headerRange({ table }: EventLog): HistoryRequest {
  return { table, offset: 0, count: HEADER_BYTES };
}

function stateOf(bytes: Uint8Array, { table, entries }: EventLog): LogState {
  if (bytes.length < HEADER_BYTES) throw tooShort(table, HEADER_BYTES, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = { valid: view.getUint16(1, true), element: view.getUint16(3, true), sequence: view.getUint32(5, true) };
  if (state.valid <= entries && (state.valid === 0 || state.element < entries)) return state;
  throw new DecodeError('value-out-of-range', `${table} contradicts the size of the log`, {
    values: { table, field: 'lastEntryElement' },
    raw: bytes,
  });
}

/** @param back 0 of the newest record, -1 of the one before */
function recordRange(back: number, { element }: LogState, log: EventLog): ByteRange {
  const index = (element + back + log.entries) % log.entries;
  return { offset: HEADER_BYTES + index * recordBytes(log), count: recordBytes(log) };
}

/** End of the contiguous records from an offset: the newest record, or the end of the table. */
function runEnd({ offset }: ByteRange, { element }: LogState, log: EventLog): number {
  const newest = HEADER_BYTES + (element + 1) * recordBytes(log);
  return offset < newest ? newest : HEADER_BYTES + log.entries * recordBytes(log);
}

import { type ByteRange, endOf } from '../bytes/byte-range.js';
import { DecodeError } from '../errors.js';
import { decodeReading, type Payload, type Register } from '../readings/index.js';
import { decodeTime, type Dimensions, findTable, type TableDescription, tableSize } from '../tables/index.js';
import { isoTime } from './intervals.js';
import { type HistoryRequest, ReadAhead, type Steps, tooShort } from './steps.js';

/** A self-read: the energy registers at a time that the utility has configured. */
export interface BillingRead {
  readonly payload: Payload;
  readonly registers: readonly Register[];
  /** 16 bits; goes up by 1 with each self-read. */
  readonly sequence: number;
  /** By the meter's local clock, `2025-12-01T00:00`; null where the meter has none. */
  readonly local: string | null;
  /** ISO 8601, UTC; null where the local time is ambiguous or its zone is not known. */
  readonly at: string | null;
  /** Number of the season in the meter; null where it records none. */
  readonly season: number | null;
}

/** Self-reads so far, and the next request. */
export interface BillingStep {
  /** Ascending; all of them on the last step. */
  readonly reads: readonly BillingRead[];
  /** Self-reads that were overwritten before they were read. */
  readonly lost: number;
  /** Number of the newest self-read; undefined before the header was read. */
  readonly newest: number | undefined;
  /** undefined on the last step. */
  readonly request: HistoryRequest | undefined;
}

export interface BillingOptions {
  /** Number of the last self-read that the caller already has; undefined: none. */
  readonly known?: number | undefined;
  /** The moments, ms since 1970, at which the meter's local clock shows a time. */
  readonly momentsOf?: (local: string) => readonly number[];
}

/** How the entries of BT26 are laid out. [MEP p.212-214] */
interface Layout {
  readonly entries: number;
  readonly timeAt: number | null;
  readonly seasonAt: number | null;
  readonly registersAt: number;
  readonly entryBytes: number;
}

interface LogState {
  readonly valid: number;
  readonly element: number;
  readonly sequence: number;
}

const TABLE = 'BT26';
const HEADER_BYTES = 6;
const BILLING_DEFINITION_BYTES = 2;
const TIME_BYTES = 5;
const SEQUENCES = 0x1_0000;

/**
 * Reads the self-reads that are newer than `known`, each once and in order.
 * @param dims BT21, BT22 and what scales BT23
 * @throws DecodeError `dimensions-missing`; `value-out-of-range` where the header contradicts BT21
 */
export function* readBilling(dims: Dimensions, options: BillingOptions = {}): Steps<BillingStep, void> {
  const layout = layoutOf(dims);
  const nothing = { reads: [], lost: 0, newest: undefined };
  if (layout.entries === 0) {
    yield { ...nothing, request: undefined };
    return;
  }
  const header = { table: TABLE, offset: 0, count: HEADER_BYTES };
  const state = stateOf(yield { ...nothing, request: header }, layout);
  const { known } = options;
  // The sequence number wraps after 65535.
  const made = known === undefined ? state.valid : (state.sequence - known + SEQUENCES) % SEQUENCES;
  const count = Math.min(state.valid, made);
  const reads: BillingRead[] = [];
  const ahead = new ReadAhead();
  for (let index = 0; index < count; index++) {
    const range = entryRange(index - count + 1, state, layout);
    for (let offset = ahead.missing(range); offset !== undefined; offset = ahead.missing(range)) {
      const upTo = Math.max(endOf(range), runEnd(range, state, layout));
      ahead.add(offset, yield { ...nothing, request: { table: TABLE, offset, count: upTo - offset } });
    }
    const sequence = (state.sequence - count + 1 + index + SEQUENCES) % SEQUENCES;
    reads.push(readOf(ahead.take(range), sequence, layout, dims, options));
  }
  // The oldest entry is overwritten next, so the header is read again after it.
  const now = count === layout.entries ? stateOf(yield { ...nothing, request: header }, layout) : state;
  const overwritten = (now.sequence - state.sequence + SEQUENCES) % SEQUENCES;
  const lost = known === undefined ? 0 : made - count + Math.min(count, overwritten);
  yield { reads: reads.slice(overwritten), lost, newest: state.sequence, request: undefined };
}

function layoutOf(dims: Dimensions): Layout {
  const { BT21 } = dims;
  if (BT21 === undefined)
    throw new DecodeError('dimensions-missing', `${TABLE} needs BT21`, { values: { needs: 'BT21' } });
  const timeAt = BT21['numberOfDemands'] === 0 ? 0 : BILLING_DEFINITION_BYTES;
  const seasonAt = timeAt + (BT21['dateTimeField'] === true ? TIME_BYTES : 0);
  const registersAt = seasonAt + (BT21['seasonInformationField'] === true ? 1 : 0);
  return {
    entries: Number(BT21['numberOfSelfReads'] ?? 0),
    timeAt: BT21['dateTimeField'] === true ? timeAt : null,
    seasonAt: BT21['seasonInformationField'] === true ? seasonAt : null,
    registersAt,
    entryBytes: registersAt + tableSize(findTable('BT23') as TableDescription, dims),
  };
}

function stateOf(bytes: Uint8Array, { entries }: Layout): LogState {
  if (bytes.length < HEADER_BYTES) throw tooShort(TABLE, HEADER_BYTES, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const state = { valid: view.getUint8(1), element: view.getUint8(2), sequence: view.getUint16(3, true) };
  if (state.valid <= entries && (state.valid === 0 || state.element < entries)) return state;
  throw new DecodeError('value-out-of-range', `${TABLE} contradicts BT21`, {
    values: { table: TABLE, field: 'lastEntryElement' },
    raw: bytes,
  });
}

/** @param back 0 of the newest entry, -1 of the one before */
function entryRange(back: number, { element }: LogState, { entries, entryBytes }: Layout): ByteRange {
  const index = (element + back + entries) % entries;
  return { offset: HEADER_BYTES + index * entryBytes, count: entryBytes };
}

function runEnd({ offset }: ByteRange, { element }: LogState, { entries, entryBytes }: Layout): number {
  const newest = HEADER_BYTES + (element + 1) * entryBytes;
  return offset < newest ? newest : HEADER_BYTES + entries * entryBytes;
}

function readOf(
  bytes: Uint8Array,
  sequence: number,
  { timeAt, seasonAt, registersAt }: Layout,
  dims: Dimensions,
  { momentsOf = () => [] }: BillingOptions,
): BillingRead {
  const local = timeAt === null ? null : decodeTime('STIME_DATE', bytes.subarray(timeAt));
  const moments = local === null ? [] : momentsOf(local);
  const [moment] = moments;
  const reading = decodeReading('BT23', bytes.subarray(registersAt), { complete: true, dimensions: dims });
  return {
    ...reading,
    sequence,
    local,
    at: moments.length === 1 && moment !== undefined ? isoTime(moment) : null,
    season: seasonAt === null ? null : (bytes[seasonAt] ?? null),
  };
}

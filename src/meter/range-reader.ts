import { type ByteRange, contains, endOf } from '../bytes/byte-range.js';
import { concatBytes } from '../bytes/hex.js';
import type { TableLink } from '../c1218/table-link.js';
import { isRefusal } from '../error-kinds.js';
import { DecodeError, ProtocolError } from '../errors.js';
import {
  decodeTable,
  type Dimensions,
  type RegisterPair,
  rangeOfPair,
  type TableDescription,
} from '../tables/index.js';
import { isInside, nextPiece } from './read-plan.js';

/** No number in a table is longer: smaller answers would split numbers. */
const MIN_BYTES = 8;

/** A byte range to read, and its structure as far as it is known. */
export interface RangeRequest {
  readonly table: TableDescription;
  readonly wanted: ByteRange;
  /** Ranges that stay in one answer, ascending: blocks, and the fields within them; default: none. */
  readonly blocks?: readonly ByteRange[];
  readonly fields?: readonly ByteRange[];
  /** Registers that are subtracted from one another: both are read in one answer if they fit. */
  readonly pairs?: readonly RegisterPair[];
  /** Whether a shorter answer is the whole table; default: never. */
  readonly isAll?: (bytes: Uint8Array) => boolean;
  /** Called before each request but the first. */
  readonly onRequest?: () => void;
  /** As in `RequestOptions`, for all requests. */
  readonly onSending?: () => void;
  /** Called after each answer whose bytes are used. */
  readonly onAnswer?: () => void;
  readonly signal: AbortSignal;
}

/**
 * Reads a byte range of a table in as many answers as it takes. A meter may put fewer bytes into an answer than were
 * requested, as its count shows [MEP p.12]. The rest is then requested in pieces of that size, each of which ends with a
 * whole field: registers change between two answers.
 * @throws ProtocolError `inconsistent-answer` when the table ends before the range does; what the link throws
 */
export async function readRange(link: TableLink, request: RangeRequest): Promise<Uint8Array> {
  for (;;) {
    const { maxReadBytes } = link;
    try {
      return await readPieces(link, request);
    } catch (error) {
      // The link has reduced its limit: the ranges are planned again.
      if (link.maxReadBytes >= maxReadBytes) throw error;
      request.onRequest?.();
    }
  }
}

async function readPieces(link: TableLink, request: RangeRequest): Promise<Uint8Array> {
  const { table, wanted, blocks = [], fields = [], pairs = [], onSending, signal } = request;
  const end = endOf(wanted);
  const ranges = pairs.map(rangeOfPair);
  const cuts: number[] = [];
  let bytes: Uint8Array = new Uint8Array(0);
  let max = link.maxReadBytes;
  let isShort = false;
  for (let offset = wanted.offset; offset < end; offset = wanted.offset + bytes.length) {
    if (bytes.length > 0) request.onRequest?.();
    const rest = { offset, count: end - offset };
    const piece = nextPiece(rest, blocks, fields, max, ranges);
    const answer = await link
      .read(table.number, piece.offset, piece.count, { signal, onSending })
      .catch((error: unknown) => {
        throw isShort && isRefusal(error) ? cutShort(table, wanted.count, bytes, error) : error;
      });
    if (piece.count > link.maxReadBytes) {
      // The meter has granted less than was asked for, and the link has put several answers together.
      max = Math.min(max, link.maxReadBytes);
      continue;
    }
    request.onAnswer?.();
    if (bytes.length > 0) cuts.push(offset);
    bytes = concatBytes(bytes, answer);
    if (answer.length === piece.count) continue;
    if (request.isAll?.(bytes)) break;
    if (answer.length < MIN_BYTES) throw cutShort(table, wanted.count, bytes);
    isShort = true;
    max = answer.length;
    const whole = nextPiece(rest, [], fields, max, ranges);
    bytes = bytes.subarray(0, offset + whole.count - wanted.offset);
  }
  return withWholePairs(link, request, bytes, cuts, max);
}

/**
 * Pairs that overlap cannot always stay whole in consecutive pieces: split ones are read again, each in one answer, which
 * replaces the earlier bytes.
 */
async function withWholePairs(
  link: TableLink,
  { table, wanted, pairs = [], onRequest, onSending, onAnswer, signal }: RangeRequest,
  read: Uint8Array,
  cuts: readonly number[],
  max: number,
): Promise<Uint8Array> {
  const bytes = read.slice();
  const there = { offset: wanted.offset, count: read.length };
  for (const pair of pairs) {
    const range = rangeOfPair(pair);
    const isCut = cuts.some((cut) => isInside(cut, range));
    if (!isCut || !contains(there, range) || range.count > max) continue;
    onRequest?.();
    const answer = await link.read(table.number, range.offset, range.count, { signal, onSending });
    if (answer.length !== range.count) throw cutShort(table, range.count, answer);
    onAnswer?.();
    for (const { offset, bytes: count } of [pair.plus, pair.minus]) {
      bytes.set(answer.subarray(offset - range.offset, offset - range.offset + count), offset - wanted.offset);
    }
  }
  return bytes;
}

/** Whether the bytes are the whole table of a firmware that has fewer of the fields at its end. */
export function endsEarly(table: TableDescription, bytes: Uint8Array, dimensions: Dimensions): boolean {
  try {
    decodeTable(table, bytes, dimensions);
    return true;
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

/** The table ended before its structure does. */
function cutShort(table: TableDescription, needed: number, bytes: Uint8Array, cause?: unknown): ProtocolError {
  return new ProtocolError(
    'inconsistent-answer',
    `${table.name}: ${bytes.length} bytes came where its structure takes ${needed}`,
    { values: { table: table.name }, raw: bytes, ...(cause !== undefined && { cause }) },
  );
}

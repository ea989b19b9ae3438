import { concatBytes } from '../bytes/hex.js';
import type { TableLink } from '../c1218/table-link.js';
import { DecodeError, ProtocolError } from '../errors.js';
import { decodeTable, type Dimensions, type TableDescription } from '../tables/index.js';
import { nextPiece, type Stretch } from './read-plan.js';
import { isRefusal } from './refusal.js';

/** No number in a table is longer: a meter that gives less than this at a time would tear them apart. */
const LEAST_BYTES = 8;

/** What is to be read, and what is known of it. */
export interface StretchRequest {
  readonly table: TableDescription;
  readonly wanted: Stretch;
  /** What belongs together, ascending: blocks, and the fields within them; default: nothing is known of any. */
  readonly blocks?: readonly Stretch[];
  readonly fields?: readonly Stretch[];
  /** Whether fewer bytes are all there is to read; default: never. */
  readonly isAll?: (bytes: Uint8Array) => boolean;
  /** Told before each request but the first. */
  readonly onRequest?: () => void;
  readonly signal: AbortSignal;
}

/**
 * Reads a stretch of a table in as many answers as it takes. A meter may put fewer bytes into an answer than it was
 * asked for: the count tells how many [MEP p.12]. It is then asked for the rest, in answers of that size, each of which
 * ends with a whole field: registers move between two answers.
 * @throws ProtocolError `inconsistent-answer` when the table ends before the stretch does; what the link throws
 */
export async function readStretch(link: TableLink, request: StretchRequest): Promise<Uint8Array> {
  const { table, wanted, blocks = [], fields = [], signal } = request;
  const end = wanted.offset + wanted.length;
  let bytes: Uint8Array = new Uint8Array(0);
  let most = link.maxReadBytes;
  let isShort = false;
  for (let offset = wanted.offset; offset < end; offset = wanted.offset + bytes.length) {
    if (bytes.length > 0) request.onRequest?.();
    const piece = nextPiece({ offset, length: end - offset }, blocks, fields, most);
    const answer = await link.read(table.number, piece.offset, piece.length, { signal }).catch((error: unknown) => {
      throw isShort && isRefusal(error) ? cutShort(table, wanted.length, bytes, error) : error;
    });
    bytes = concatBytes(bytes, answer);
    if (answer.length === piece.length) continue;
    if (request.isAll?.(bytes)) return bytes;
    if (answer.length < LEAST_BYTES) throw cutShort(table, wanted.length, bytes);
    isShort = true;
    most = answer.length;
    const whole = nextPiece({ offset, length: end - offset }, [], fields, most);
    bytes = bytes.subarray(0, offset + whole.length - wanted.offset);
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

/**
 * Detects a bridge that removes XON and XOFF from requests where the very first request holds such a byte: then the meter
 * never answers, and a comparison of later requests is not possible.
 */
import { FLOW_CONTROL_BYTES } from '../c1218/shortfall.js';
import type { RequestOptions, TableLink } from '../c1218/table-link.js';
import { isMeterError } from '../errors.js';
import { isUnheard } from '../error-kinds.js';

/** A read, as a link takes it. */
export interface LinkRead {
  readonly table: number;
  readonly offset: number;
  readonly count: number;
}

const [XON = 0x11, XOFF = 0x13] = FLOW_CONTROL_BYTES;
/** Bytes that the requests with such a byte ask for. In between lies `SAFE_COUNT`, so that the table is not too short. */
const SUSPECT_COUNTS = [XON, XOFF, XON, XOFF, XON];
const SAFE_COUNT = XON + 1;
/** The number and the signature of a message may hold the byte by chance. */
const SAFE_ATTEMPTS = 2;

/** BT23 and BT28, whose values belong to one moment. */
const LIVE_TABLES: ReadonlySet<number> = new Set([23, 28]);

const isFlowControl = (byte: number): boolean => FLOW_CONTROL_BYTES.includes(byte);
const holdsByte = (value: number, bytes: number): boolean =>
  Array.from({ length: bytes }, (_, place) => (value >>> (8 * place)) & 0xff).some(isFlowControl);

/** Whether table, offset or count of a read hold XON or XOFF. */
export function readHoldsFlowControl({ table, offset, count }: LinkRead): boolean {
  return holdsByte(table, 2) || holdsByte(offset, 3) || holdsByte(count, 2);
}

/**
 * Whether only the count of a read holds XON or XOFF, as that of a first request, so that other counts can show whether a
 * bridge removes them.
 */
export function canBeChecked({ table, offset, count }: LinkRead): boolean {
  return count === XOFF && !readHoldsFlowControl({ table, offset, count: SAFE_COUNT });
}

/**
 * Two parts without XON and XOFF of a read that holds them. Undefined where it holds neither, where there are no such parts,
 * and where the parts would be values of two moments.
 */
export function withoutFlowControl(read: LinkRead): readonly [LinkRead, LinkRead] | undefined {
  const { table, offset, count } = read;
  if (!readHoldsFlowControl(read) || LIVE_TABLES.has(table)) return undefined;
  for (let first = count - 1; first > 0; first--) {
    const parts = [
      { table, offset, count: first },
      { table, offset: offset + first, count: count - first },
    ] as const;
    if (!parts.some(readHoldsFlowControl)) return parts;
  }
  return undefined;
}

/**
 * Reads the table of a read that was not answered, with counts that hold XON or XOFF and with one that does not, in turn.
 * @returns whether only the latter were answered, each time
 */
export async function removesFlowControl(link: TableLink, read: LinkRead, options: RequestOptions): Promise<boolean> {
  // A meter that is away gets a single message more.
  let attempts = 1;
  for (const count of SUSPECT_COUNTS) {
    if (!(await isSafeAnswered(link, read, attempts, options))) return false;
    attempts = SAFE_ATTEMPTS;
    if ((await outcomeOf(link, { ...read, count }, { ...options, retries: 1 })) !== 'unheard') return false;
  }
  return isSafeAnswered(link, read, attempts, options);
}

async function isSafeAnswered(
  link: TableLink,
  read: LinkRead,
  attempts: number,
  options: RequestOptions,
): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const outcome = await outcomeOf(link, { ...read, count: SAFE_COUNT }, { ...options, retries: 0 });
    if (outcome !== 'unheard') return outcome === 'answered';
  }
  return false;
}

/** @throws what ends the connection or cancels the request */
async function outcomeOf(
  link: TableLink,
  { table, offset, count }: LinkRead,
  options: RequestOptions,
): Promise<'answered' | 'unheard' | 'other'> {
  try {
    await link.read(table, offset, count, options);
    return 'answered';
  } catch (error) {
    if (options.signal?.aborted === true || !isMeterError(error)) throw error;
    return isUnheard(error) ? 'unheard' : 'other';
  }
}

import type { NodeMessage } from 'node-red';
import {
  badPayload,
  checkLive,
  DecodeError,
  type Dimensions,
  type Fields,
  isFields,
  UsageError,
} from '../../src/internal.js';

/** The bytes of a table as a message brings them, with the information that it has about them. */
export interface TableInput {
  readonly bytes: Buffer;
  /** Where in the table the bytes begin; undefined where the message does not say. */
  readonly offset: number | undefined;
  /** Whether it is the whole table; undefined where the message does not say. */
  readonly complete: boolean | undefined;
  /** Decoded dimension tables of the meter; undefined for bytes from elsewhere. */
  readonly dimensions: Dimensions | undefined;
}

/**
 * What there is to decode in a message of mep-read-table, or in a bare buffer from elsewhere.
 * @param table the table that the bytes must be of, where the message names one; any table where left out
 * @throws UsageError `bad-payload`; DecodeError `table-too-short`, `table-too-long` where `msg.table.length` is
 * another number of bytes: a file is read while it is being written; UsageError `stored-message`
 */
export function tableInput(msg: NodeMessage, table?: string): TableInput {
  checkLive(msg);
  const extent = recordOf(msg['table']);
  const id = extent?.['id'];
  if (table !== undefined && typeof id === 'string' && id !== table) {
    throw badPayload(`These are bytes of ${id.slice(0, 8)}, not of ${table}: use the node that decodes it`);
  }
  const offset = extent?.['offset'];
  const complete = extent?.['complete'];
  const bytes = bytesOf(msg.payload);
  checkLength(bytes, extent?.['length'], id ?? table);
  return {
    bytes,
    offset: typeof offset === 'number' ? offset : undefined,
    complete: typeof complete === 'boolean' ? complete : undefined,
    dimensions: recordOf(recordOf(msg['meter'])?.['dimensions']) as Dimensions | undefined,
  };
}

function checkLength(bytes: Buffer, given: unknown, table: unknown): void {
  if (typeof given !== 'number' || given === bytes.length) return;
  throw new DecodeError(
    bytes.length < given ? 'table-too-short' : 'table-too-long',
    `msg.table.length is ${given}, but ${bytes.length} bytes came`,
    { values: { table: typeof table === 'string' ? table : '', needed: given, available: bytes.length }, raw: bytes },
  );
}

/** The table that `msg.table` names, as `BT28` or as an object with that as `id`; undefined where it names none. */
export function tableNameIn(msg: NodeMessage): string | undefined {
  const { table } = msg as { table?: unknown };
  return nameIn(recordOf(table)?.['id'] ?? table);
}

/** The table that a message asks for; undefined where it names none, or where an earlier read has put `msg.table` there. */
export function wantedTableIn(msg: NodeMessage): string | undefined {
  const isOfReading = recordOf((msg as { table?: unknown }).table)?.['readAt'] !== undefined;
  return isOfReading ? undefined : tableNameIn(msg);
}

/**
 * The part of a table that `msg.table` requests with `offset` and `count`. What an earlier read has put there, with
 * `readAt`, is no request, and neither is the part of another table.
 * @param name of the table to read
 * @returns undefined where it requests none
 * @throws UsageError `bad-offset`, `bad-count` for what is no number
 */
export function rangeIn(msg: NodeMessage, name: string): { offset?: number; count?: number } | undefined {
  const table = recordOf((msg as { table?: unknown }).table);
  const id = nameIn(table?.['id']);
  const isOther = id !== undefined && id.toUpperCase() !== name.toUpperCase();
  if (table === undefined || table['readAt'] !== undefined || isOther) return undefined;
  const { offset, count } = table;
  if (offset === undefined && count === undefined) return undefined;
  if (offset !== undefined && typeof offset !== 'number') throw badRange('bad-offset', name, offset);
  if (count !== undefined && typeof count !== 'number') throw badRange('bad-count', name, count);
  return { ...(offset !== undefined && { offset }), ...(count !== undefined && { count }) };
}

function badRange(code: 'bad-offset' | 'bad-count', table: string, value: unknown): UsageError {
  const name = code === 'bad-offset' ? 'offset' : 'count';
  return new UsageError(code, `msg.table.${name} is ${kindOf(value)}`, { values: { table, [name]: '' } });
}

/** A table's name from a node's setting or a message; undefined where nothing was entered. */
export function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The error where neither the node nor the message names a table. */
export function noTableNamed(): UsageError {
  return new UsageError('unknown-table', 'Neither the node nor msg.table names a table', { values: { table: '' } });
}

/** A Buffer, any other bytes, or a Buffer that went through JSON, as it does on its way through MQTT. */
export function bytesOf(payload: unknown): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  if (payload instanceof Uint8Array) return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const serialised = recordOf(payload);
  const data = serialised?.['type'] === 'Buffer' ? serialised['data'] : undefined;
  if (Array.isArray(data) && data.every(isByte)) return Buffer.from(data);
  throw badPayload(`A Buffer is needed, not ${kindOf(payload)}`);
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function kindOf(payload: unknown): string {
  if (payload === undefined || payload === null) return 'an empty payload';
  if (typeof payload === 'string') return 'a text';
  return Array.isArray(payload) ? 'an array' : `a value of type ${typeof payload}`;
}

/** A part of a message that holds something under names; undefined where it is none, bytes among that. */
export function recordOf(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

import type { NodeMessage } from 'node-red';
import { decodeValues, DEFAULT_DIMENSIONS } from '../../src/internal.js';
import type { TableInput } from './table-input.js';

/**
 * Puts the values of any table into a message: `payload` the values, nested as the table is; `raw` the bytes;
 * `registers` where the table has registers, else none, not even those of an earlier table.
 * @param table a name of the catalogue, in any case
 * @throws DecodeError, UsageError: see `decodeValues`
 */
export function withDecodedValues(msg: NodeMessage, table: string, input: TableInput): NodeMessage {
  const { bytes, offset = 0, complete, dimensions = DEFAULT_DIMENSIONS } = input;
  const { values, registers } = decodeValues(table, bytes, {
    offset,
    dimensions,
    ...(complete !== undefined && { complete }),
  });
  delete (msg as { registers?: unknown }).registers;
  return Object.assign(msg, { payload: values, raw: bytes, ...(registers && { registers }) });
}

import type { NodeMessage } from 'node-red';
import {
  decodeValues,
  DEFAULT_DIMENSIONS,
  type Dimensions,
  findTable,
  withoutSecretBytes,
} from '../../src/internal.js';
import type { TableInput } from './table-input.js';

/**
 * Puts the values of any table into a message: `payload` the values, nested as the table is; `raw` the bytes without keys;
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
  return Object.assign(msg, {
    payload: values,
    raw: publicBytes(table, bytes, offset, dimensions),
    ...(registers && { registers }),
  });
}

/**
 * The bytes of a table as a message may carry them: a key that the table holds is overwritten with zeros. They are copied
 * only where there is one.
 * @param table a name of the catalogue
 * @param offset where in the table the bytes begin
 */
export function publicBytes(table: string, bytes: Buffer, offset: number, dimensions: Dimensions): Buffer {
  const description = findTable(table);
  const shown = description ? withoutSecretBytes(description, bytes, offset, dimensions) : bytes;
  return shown === bytes ? bytes : Buffer.from(shown);
}

import { DecodeError, UsageError } from '../errors.js';
import type { Dimensions } from '../tables/index.js';
import { DEFAULT_DIMENSIONS, findTable, layoutOf } from '../tables/index.js';
import { NET_POWERS } from './keys.js';
import { planOf } from './plan.js';
import type { Payload, Reading, ReadingTable, Register } from './reading.js';
import { eachRegister } from './registers.js';

/** Position of the bytes in their table, and the dimensions that are needed to decode them. */
export interface ReadingOptions {
  /** Offset of the first byte in the table; default 0. */
  readonly offset?: number;
  /**
   * true: the bytes are the whole table, anything else is an error. false: they are a part of it, and a register that
   * is cut off counts as not measured. Default: any number of whole registers.
   */
  readonly complete?: boolean;
  /** Decoded dimension tables; default `DEFAULT_DIMENSIONS`. */
  readonly dimensions?: Dimensions;
}

/**
 * The values of a BT23 or BT28 as the meter sent them: raw * multiplier / divisor, in the units of a payload.
 * @throws DecodeError `table-too-short` (no bytes, a register cut off, not the whole table), `table-too-long`,
 *   `dimensions-missing`, `value-out-of-range`; UsageError `bad-offset`, `unknown-table`.
 */
export function decodeReading(tableName: ReadingTable, bytes: Uint8Array, options: ReadingOptions = {}): Reading {
  const { offset = 0, complete, dimensions: dims = DEFAULT_DIMENSIONS } = options;
  const table = findTable(tableName);
  if (table === undefined) throw new UsageError('unknown-table', `There is no table ${tableName}`);
  const layout = layoutOf(table, dims);
  checkExtent(tableName, bytes, offset, complete, layout.size);
  const { steps, empty } = planOf(tableName, layout.registers, dims);

  const payload: Payload = { ...empty };
  const registers: Register[] = [];
  const from = { table: tableName, bytes, offset, refusesCuts: complete === undefined };
  eachRegister(from, steps, (register, { key, isInPayload }) => {
    if (isInPayload) payload[key] = register.value;
    registers.push(register);
  });
  if (tableName === 'BT28') addNetPowers(payload);
  return { payload, registers };
}

function addNetPowers(payload: Payload): void {
  for (const { key, plus, minus } of NET_POWERS) {
    const taken = payload[plus] ?? null;
    const returned = payload[minus] ?? null;
    if (taken !== null && returned !== null) payload[key] = taken - returned;
  }
}

function checkExtent(
  table: string,
  bytes: Uint8Array,
  offset: number,
  complete: boolean | undefined,
  size: number,
): void {
  if (!Number.isInteger(offset) || offset < 0) {
    throw new UsageError('bad-offset', `${table} has no offset ${offset}`, { values: { table, offset } });
  }
  const end = offset + bytes.length;
  const details = { values: { table, offset, needed: size, available: end }, raw: bytes };
  if (end > size) {
    throw new DecodeError('table-too-long', `${table} has ${size} bytes under its dimensions, not ${end}`, details);
  }
  if (bytes.length === 0 || (complete === true && (offset > 0 || end < size))) {
    throw new DecodeError(
      'table-too-short',
      `${table} has ${size} bytes under its dimensions, not ${bytes.length} from ${offset} on`,
      { ...details, values: { ...details.values, field: 'table' } },
    );
  }
}

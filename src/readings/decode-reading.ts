import { DecodeError, UsageError } from '../errors.js';
import type { Dimensions, RegisterPlace } from '../tables/index.js';
import { DEFAULT_DIMENSIONS, decodeTime, findTable, layoutOf } from '../tables/index.js';
import { NET_POWERS } from './keys.js';
import { planOf } from './plan.js';
import type { Payload, Reading, ReadingTable, Register } from './reading.js';

export interface ReadingOptions {
  /** Where in the table the bytes begin; 0. */
  readonly offset?: number;
  /**
   * true: the bytes are the whole table, anything else is an error. false: they are a part, and a register of which only
   * a part is there was not measured. Left out (bytes from elsewhere): any number of whole registers.
   */
  readonly complete?: boolean;
  /** Decoded dimension tables; DEFAULT_DIMENSIONS when left out. */
  readonly dimensions?: Dimensions;
}

/**
 * The values of a BT23 or BT28: exactly what the meter sent, as raw * multiplier / divisor, in people's units.
 * @throws DecodeError `table-too-short` (nothing at all, a register cut off, not the whole table), `table-too-long`,
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { place, name, key, unit, obis, multiplier, divisor, isPopulated, isInPayload } of steps) {
    const at = place.offset - offset;
    if (at < 0 || at + place.bytes > bytes.length) {
      if (complete === undefined) refuseCut(tableName, place, at, bytes.length);
      continue;
    }
    const raw = place.bytes === 1 ? view.getUint8(at) : view.getInt32(at, true);
    const value = isPopulated ? (raw * multiplier) / divisor : null;
    if (isInPayload) payload[key] = value;
    const register = { source: place.source, name, key, value, unit, raw, obis, tier: place.tier };
    registers.push(place.time === null ? register : { ...register, time: timeOf(place.time, bytes, offset) });
  }
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

function timeOf(time: NonNullable<RegisterPlace['time']>, bytes: Uint8Array, offset: number): string | null {
  return time.offset < offset ? null : decodeTime(time.type, bytes.subarray(time.offset - offset));
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

/** A register of which some bytes are there and some are not: cut off, not left out. */
function refuseCut(table: string, place: RegisterPlace, at: number, length: number): void {
  const there = Math.min(at + place.bytes, length) - Math.max(at, 0);
  if (there <= 0) return;
  throw new DecodeError(
    'table-too-short',
    `${table} ends within ${place.path}: ${place.bytes} bytes needed at offset ${place.offset}, ${there} there`,
    { values: { table, field: place.path, offset: place.offset, needed: place.bytes, available: there } },
  );
}

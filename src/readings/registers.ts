import { DecodeError } from '../errors.js';
import type { RegisterPlace } from '../tables/index.js';
import { decodeTime } from '../tables/index.js';
import type { Step } from './plan.js';
import type { Register } from './reading.js';

/** Bytes of a table that hold registers. */
export interface RegisterBytes {
  readonly table: string;
  readonly bytes: Uint8Array;
  /** Offset of the first byte in the table. */
  readonly offset: number;
  /** Whether a register that is cut off is an error; else it counts as not measured. */
  readonly refusesCuts: boolean;
}

/**
 * Calls `found` with every register in the bytes, in table order: value = raw * multiplier / divisor.
 * @throws DecodeError `table-too-short` for a register cut off, where `refusesCuts`.
 */
export function eachRegister(
  from: RegisterBytes,
  steps: readonly Step[],
  found: (register: Register, step: Step) => void,
): void {
  const { bytes, offset } = from;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const step of steps) {
    const { place, name, key, unit, obis, multiplier, divisor, isPopulated } = step;
    const at = place.offset - offset;
    if (at < 0 || at + place.bytes > bytes.length) {
      if (from.refusesCuts) refuseCut(from.table, place, at, bytes.length);
      continue;
    }
    const raw = place.bytes === 1 ? view.getUint8(at) : view.getInt32(at, true);
    const value = isPopulated ? (raw * multiplier) / divisor : null;
    const register = { source: place.source, name, key, value, unit, raw, obis, tier: place.tier };
    found(place.time === null ? register : { ...register, time: timeOf(place.time, bytes, offset) }, step);
  }
}

function timeOf(time: NonNullable<RegisterPlace['time']>, bytes: Uint8Array, offset: number): string | null {
  return time.offset < offset ? null : decodeTime(time.type, bytes.subarray(time.offset - offset));
}

/** Throws for a register that is only partly among the bytes. */
function refuseCut(table: string, place: RegisterPlace, at: number, length: number): void {
  const there = Math.min(at + place.bytes, length) - Math.max(at, 0);
  if (there <= 0) return;
  throw new DecodeError(
    'table-too-short',
    `${table} ends within ${place.path}: ${place.bytes} bytes needed at offset ${place.offset}, ${there} there`,
    { values: { table, field: place.path, offset: place.offset, needed: place.bytes, available: there } },
  );
}

import type { QuantityName } from './quantities.js';
import { QUANTITIES } from './quantities.js';

/** One row of the guide's list of source ids [MEP p.204-206], with our key, quantity and scaling. */
export interface Source {
  readonly id: number;
  /** The guide's name. */
  readonly name: string;
  /** Our name of the value; unique. */
  readonly key: string;
  readonly quantity: QuantityName;
  readonly unit: string | null;
  /** value = raw * multiplier / divisor */
  readonly multiplier: number;
  readonly divisor: number;
  /** IEC 62056-61 code, where one has exactly this meaning. */
  readonly obis: string | null;
  /** Additional information: first firmware, access, meaning. */
  readonly note?: string;
}

interface Extras {
  readonly obis?: string;
  readonly note?: string;
  readonly multiplier?: number;
}

export function source(id: number, name: string, key: string, quantity: QuantityName, extras: Extras = {}): Source {
  const { unit, divisor } = QUANTITIES[quantity];
  const { obis = null, note, multiplier = 1 } = extras;
  return { id, name, key, quantity, unit, multiplier, divisor, obis, ...(note === undefined ? {} : { note }) };
}

/** A source that the guide does not describe: its name contains its id, and its value is not scaled. */
export function unknownSource(id: number, name = `Source ${id}`, note?: string): Source {
  return source(id, name, `source${id}`, 'unknown', note === undefined ? {} : { note });
}

import type { QuantityName } from './quantities.js';
import { QUANTITIES } from './quantities.js';

/** One row of the guide's list of source ids [MEP p.204-206], and what it is to a reader. */
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
  /** IEC 62056-61, where there is a code that means just this. */
  readonly obis: string | null;
  /** First firmware, access or meaning that is not in the name. */
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

/** A source that the guide does not describe: its id stays visible, its value is the raw number. */
export function unknownSource(id: number, name = `Source ${id}`, note?: string): Source {
  return source(id, name, `source${id}`, 'unknown', note === undefined ? {} : { note });
}

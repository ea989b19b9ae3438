/**
 * The tables from which a reading can be made.
 * @inline
 */
export type ReadingTable = 'BT23' | 'BT28';

/** Whether a table of this name gives a reading. */
export function isReadingTable(name: string): name is ReadingTable {
  return name === 'BT23' || name === 'BT28';
}

/** One register the meter sent. */
export interface Register {
  /** Source id by BT22 or BT27; null where they have none. */
  readonly source: number | null;
  /** The guide's name. */
  readonly name: string;
  /** Our name, which is also the key where the register is in the payload. */
  readonly key: string;
  /** null where the meter does not fill the register. */
  readonly value: number | null;
  readonly unit: string | null;
  /** The integer on the wire. */
  readonly raw: number;
  readonly obis: string | null;
  /** Tariff, 1 to 8 as on the display; null for registers without a tariff. */
  readonly tier: number | null;
  /**
   * Demands only: time of the measurement (`2026-11-20T12:15`, the meter's local time), or time left in the interval.
   */
  readonly time?: string | null;
}

/** Engineering values under fixed keys; null: not measured. */
export type Payload = Record<string, number | null>;

/** The values of a BT23 or BT28. */
export interface Reading {
  readonly payload: Payload;
  /** All registers in the bytes, in table order. */
  readonly registers: Register[];
}

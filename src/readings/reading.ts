/**
 * The tables of which a reading can be made.
 * @inline
 */
export type ReadingTable = 'BT23' | 'BT28';

/** Whether a reading can be made of a table of this name. */
export function isReadingTable(name: string): name is ReadingTable {
  return name === 'BT23' || name === 'BT28';
}

/** One register the meter sent. */
export interface Register {
  /** Source id that BT22 or BT27 gives it; null when they name none. */
  readonly source: number | null;
  /** The guide's name. */
  readonly name: string;
  /** Our name; the payload's key where the payload has it. */
  readonly key: string;
  /** null where the meter sends a register that it does not fill. */
  readonly value: number | null;
  readonly unit: string | null;
  /** The integer on the wire. */
  readonly raw: number;
  readonly obis: string | null;
  /** 1 to 8 as the display counts; null for what no tariff is behind. */
  readonly tier: number | null;
  /** Demands only: when it was measured (`2026-11-20T12:15`, the meter's local time), or the time left in its interval. */
  readonly time?: string | null;
}

/** Engineering values under fixed keys; null: not measured. */
export type Payload = Record<string, number | null>;

/** The values of a BT23 or BT28. */
export interface Reading {
  readonly payload: Payload;
  /** What the bytes hold, in table order. */
  readonly registers: Register[];
}

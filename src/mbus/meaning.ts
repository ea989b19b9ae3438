/** The coding of a data record's bytes. */
export type Coding =
  /** A signed number, or text where the record's data field is text. */
  | 'number'
  /** An unsigned number: states and bit arrays. */
  | 'unsigned'
  /** Digits that identify something: leading zeros count. */
  | 'identifier'
  /** Three letters in 16 bits. */
  | 'manufacturer'
  /** Types F, G, I and J, by length. */
  | 'date'
  /** A password or key, whose value and bytes are left out. */
  | 'secret';

/** The meaning of a data record's value, from its VIF. */
export interface Meaning {
  /** In camel case, such as `volume`. */
  readonly quantity: string;
  /** Unit of the value after scaling; null for a plain number. */
  readonly unit: string | null;
  /** value = number * 10 ^ exponent */
  readonly exponent: number;
  readonly coding: Coding;
}

export type MeaningRow = readonly [code: number, meaning: Meaning];

const TIME_UNITS = ['s', 'min', 'h', 'd'] as const;

/** Consecutive codes from `first` on, each ten times the one before. */
export function scaled(
  first: number,
  count: number,
  quantity: string,
  unit: string | null,
  exponent: number,
): MeaningRow[] {
  return Array.from({ length: count }, (_, index) => [
    first + index,
    { quantity, unit, exponent: exponent + index, coding: 'number' },
  ]);
}

/** Consecutive codes of a duration in seconds, minutes, hours and days, or some of these units. */
export function durations(first: number, quantity: string, units: readonly string[] = TIME_UNITS): MeaningRow[] {
  return units.flatMap((unit, index) => scaled(first + index, 1, quantity, unit, 0));
}

/** A single code. */
export function single(code: number, quantity: string, coding: Coding, unit: string | null = null): MeaningRow {
  return [code, { quantity, unit, exponent: 0, coding }];
}

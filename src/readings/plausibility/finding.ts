/**
 * Why a reading is not accepted, the gravest first. Findings on registers compare with the last good reading, the
 * others concern a reading by itself.
 */
export const REASONS = [
  /** Not a finite number. */
  'not-a-number',
  /** Below zero, for a value that cannot be negative. */
  'negative',
  /**
   * The import is zero although it has counted before, or all energy registers are zero: a reader sends this before it
   * has read its meter.
   */
  'nothing-counted',
  /** An energy register is lower than it was. */
  'fell',
  /** It fell far below the sum of its tariffs in the same reading. */
  'below-tiers',
  /** It changed by a factor of ten, a hundred or a thousand, up or down. */
  'unit-changed',
  /** It returned to its value before a fall that was accepted. */
  'came-back',
  /** It is lower than before, by as much as a rollover explains. */
  'rolled-over',
  /** It rose by more than the capacity of the connection. */
  'rose-too-fast',
  /** The tariffs rose by more than their total. */
  'tiers-exceed-total',
  /**
   * It rose by more than a ninth of its value within a few readings: possible, but a correction would be booked as
   * energy.
   */
  'large-rise',
  /** There was no reading for so long that almost any rise is possible. */
  'long-gap',
  /** There is nothing to compare it with. */
  'first-reading',
  'out-of-range',
  /** Total power and that of the phases contradict each other. */
  'phases-disagree',
] as const;
export type Reason = (typeof REASONS)[number];

/** One implausible value of a reading. */
export interface Finding {
  readonly reason: Reason;
  /** Key of the payload. */
  readonly key: string;
  /**
   * The value in the reading; null where it is no number. For `tiers-exceed-total` the rise of all tariffs together.
   */
  readonly value: number | null;
  /** The last good value, for registers that have one. */
  readonly last: number | null;
  /**
   * The bound that was exceeded: the highest or lowest possible value. For `phases-disagree` the sum of the phases, for
   * `below-tiers` that of the tariffs, for `tiers-exceed-total` the largest possible rise.
   */
  readonly limit: number | null;
}

/** The gravest of several findings. */
export function gravest(findings: readonly Finding[]): Finding | undefined {
  const rank = (finding: Finding): number => REASONS.indexOf(finding.reason);
  return [...findings].sort((a, b) => rank(a) - rank(b))[0];
}

/**
 * Why a reading is not believed, the gravest first. Those on registers compare with the last good reading, the others
 * judge a reading by itself.
 */
export const REASONS = [
  /** Not a finite number. */
  'not-a-number',
  /** Below zero what counts or measures from zero up. */
  'negative',
  /** The import is at zero, though it has counted, or all energy registers are: what a reader sends that has not read yet. */
  'nothing-counted',
  /** An energy register is lower than it was. */
  'fell',
  /** It is ten, a hundred or a thousand times what it was, or such a part of it. */
  'unit-changed',
  /** It is again where it was before a fall that was believed. */
  'came-back',
  /** It is lower than it was, as after its last digit. */
  'rolled-over',
  /** It rose by more than the connection can have carried. */
  'rose-too-fast',
  /** The tariffs rose by more than their total. */
  'tiers-exceed-total',
  /** It rose by more than a ninth of itself within a few readings: possible, but to take it back would be costly. */
  'large-rise',
  /** There was no reading for long, so almost any rise would be possible. */
  'long-gap',
  /** There is nothing to compare it with. */
  'first-reading',
  'out-of-range',
  /** Total power and that of the phases contradict each other. */
  'phases-disagree',
] as const;
export type Reason = (typeof REASONS)[number];

/** One thing that is not believed. */
export interface Finding {
  readonly reason: Reason;
  /** Key of the payload. */
  readonly key: string;
  /** The value in the reading; null for what is no number. Of `tiers-exceed-total` the rise of all tariffs together. */
  readonly value: number | null;
  /** The last good value, for registers that have one. */
  readonly last: number | null;
  /**
   * The bound that was passed: the highest or lowest possible value. Of `phases-disagree` the sum of the phases, of
   * `tiers-exceed-total` how much they could rise.
   */
  readonly limit: number | null;
}

/** The most important of several findings. */
export function gravest(findings: readonly Finding[]): Finding | undefined {
  const rank = (finding: Finding): number => REASONS.indexOf(finding.reason);
  return [...findings].sort((a, b) => rank(a) - rank(b))[0];
}

/**
 * How values of a quantity change: `instantaneous` values are valid for a moment, `cumulative` values only count up,
 * `net` values count up and down.
 * @inline
 */
export type QuantityKind = 'instantaneous' | 'cumulative' | 'net';

export interface Quantity {
  /** Unit of the scaled values; null for a plain number. */
  readonly unit: string | null;
  readonly label: string;
  /** null where the kind is not known. */
  readonly kind: QuantityKind | null;
  /** Decimals of the meter's own number. */
  readonly decimals: number;
  /** Numbers on the wire in one unit: value = raw * multiplier / divisor. */
  readonly divisor: number;
}

/** The quantities that a meter measures. */
export const QUANTITIES = {
  activeEnergy: row('kWh', 'Active energy', 'cumulative', 3, 1000),
  /** Import minus export, at least 0; unlike other energies it can fall. [MEP p.209] */
  netEnergy: row('kWh', 'Net active energy', 'net', 3, 1000),
  reactiveEnergy: row('kvarh', 'Reactive energy', 'cumulative', 3, 1000),
  apparentEnergy: row('kVAh', 'Apparent energy', 'cumulative', 3, 1000),
  activePower: row('W', 'Active power', 'instantaneous', 0, 1),
  reactivePower: row('var', 'Reactive power', 'instantaneous', 0, 1),
  apparentPower: row('VA', 'Apparent power', 'instantaneous', 0, 1),
  voltage: row('V', 'Voltage', 'instantaneous', 3, 1000),
  current: row('A', 'Current', 'instantaneous', 3, 1000),
  frequency: row('Hz', 'Frequency', 'instantaneous', 3, 1000),
  powerFactor: row(null, 'Power factor', 'instantaneous', 3, 1000),
  sine: row(null, 'Sine of the phase angle', 'instantaneous', 3, 1000),
  angle: row('°', 'Angle', 'instantaneous', 2, 100),
  duration: row('s', 'Duration', 'cumulative', 0, 1),
  count: row(null, 'Count', 'cumulative', 0, 1),
  /** The measured quantity depends on the meter's configuration. */
  demand: row(null, 'Demand', 'instantaneous', 0, 1),
  unknown: row(null, 'Value', null, 0, 1),
} as const satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof QUANTITIES;

function row(
  unit: string | null,
  label: string,
  kind: QuantityKind | null,
  decimals: number,
  divisor: number,
): Quantity {
  return { unit, label, kind, decimals, divisor };
}

/** Quantities in units of the energy register unit (1, 10 or 100). The guide names only Wh and varh. [MEP p.158] */
export const IN_ENERGY_REGISTER_UNITS: readonly QuantityName[] = ['activeEnergy', 'netEnergy', 'reactiveEnergy'];

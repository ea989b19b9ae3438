/** Home Assistant's words for kinds of values. */
export type DeviceClass =
  | 'apparent_power'
  | 'current'
  | 'duration'
  | 'energy'
  | 'frequency'
  | 'power'
  | 'power_factor'
  | 'reactive_energy'
  | 'reactive_power'
  | 'voltage';
export type StateClass = 'measurement' | 'total' | 'total_increasing';

export interface Quantity {
  /** Unit of the values people use; null for a plain number. */
  readonly unit: string | null;
  readonly label: string;
  /** null where Home Assistant has no class, as for apparent energy. */
  readonly deviceClass: DeviceClass | null;
  readonly stateClass: StateClass | null;
  /** Decimals the meter's own number has. */
  readonly decimals: number;
  /** Numbers on the wire in one unit: value = raw * multiplier / divisor. */
  readonly divisor: number;
}

/** One row for each quantity a meter measures. Units and classes are exactly those Home Assistant accepts together. */
export const QUANTITIES = {
  activeEnergy: row('kWh', 'Active energy', 'energy', 'total_increasing', 3, 1000),
  /** Import minus export, held at 0 from below: it can fall. [MEP p.209] */
  netEnergy: row('kWh', 'Net active energy', 'energy', 'total', 3, 1000),
  reactiveEnergy: row('kvarh', 'Reactive energy', 'reactive_energy', 'total_increasing', 3, 1000),
  apparentEnergy: row('kVAh', 'Apparent energy', null, 'total_increasing', 3, 1000),
  activePower: row('W', 'Active power', 'power', 'measurement', 0, 1),
  reactivePower: row('var', 'Reactive power', 'reactive_power', 'measurement', 0, 1),
  apparentPower: row('VA', 'Apparent power', 'apparent_power', 'measurement', 0, 1),
  voltage: row('V', 'Voltage', 'voltage', 'measurement', 3, 1000),
  current: row('A', 'Current', 'current', 'measurement', 3, 1000),
  frequency: row('Hz', 'Frequency', 'frequency', 'measurement', 3, 1000),
  powerFactor: row(null, 'Power factor', 'power_factor', 'measurement', 3, 1000),
  sine: row(null, 'Sine of the phase angle', null, 'measurement', 3, 1000),
  angle: row('°', 'Angle', null, 'measurement', 2, 100),
  duration: row('s', 'Duration', 'duration', 'total_increasing', 0, 1),
  count: row(null, 'Count', null, 'total_increasing', 0, 1),
  /** What is measured depends on the meter's configuration. */
  demand: row(null, 'Demand', null, 'measurement', 0, 1),
  unknown: row(null, 'Value', null, null, 0, 1),
} as const satisfies Readonly<Record<string, Quantity>>;

export type QuantityName = keyof typeof QUANTITIES;

function row(
  unit: string | null,
  label: string,
  deviceClass: DeviceClass | null,
  stateClass: StateClass | null,
  decimals: number,
  divisor: number,
): Quantity {
  return { unit, label, deviceClass, stateClass, decimals, divisor };
}

/** Quantities that the energy register unit (1, 10 or 100) multiplies. The guide names Wh and varh only. [MEP p.158] */
export const IN_ENERGY_REGISTER_UNITS: readonly QuantityName[] = ['activeEnergy', 'netEnergy', 'reactiveEnergy'];

import { QUANTITIES, type QuantityKind, type QuantityName } from '../../tables/index.js';

/** Home Assistant's device classes of sensors that a meter has. */
export type DeviceClass =
  | 'apparent_power'
  | 'current'
  | 'duration'
  | 'energy'
  | 'frequency'
  | 'power'
  | 'power_factor'
  | 'reactive_power'
  | 'voltage';
/** Home Assistant's state classes: what its long-term statistics do with a sensor. */
export type StateClass = 'measurement' | 'total' | 'total_increasing';

/** The classes of a sensor; null where Home Assistant has none, as for apparent energy. */
export interface SensorClasses {
  readonly deviceClass: DeviceClass | null;
  readonly stateClass: StateClass | null;
}

/**
 * Home Assistant refuses an entity whose device class it does not know, or whose unit is none of the class: kVAh is none, and
 * `reactive_energy` came with 2025.5. Only classes that 2024.11 has, the first version with discovery of whole devices.
 */
const DEVICE_CLASSES: Readonly<Record<QuantityName, DeviceClass | null>> = {
  activeEnergy: 'energy',
  netEnergy: 'energy',
  reactiveEnergy: null,
  apparentEnergy: null,
  activePower: 'power',
  reactivePower: 'reactive_power',
  apparentPower: 'apparent_power',
  voltage: 'voltage',
  current: 'current',
  frequency: 'frequency',
  powerFactor: 'power_factor',
  sine: null,
  angle: null,
  duration: 'duration',
  count: null,
  demand: null,
  unknown: null,
};

const STATE_CLASSES: Readonly<Record<QuantityKind, StateClass>> = {
  instantaneous: 'measurement',
  cumulative: 'total_increasing',
  net: 'total',
};

/** Decimals that people use. Home Assistant records every digit that the meter has, and can show more. */
const DECIMALS: Readonly<Partial<Record<QuantityName, number>>> = {
  activeEnergy: 2,
  netEnergy: 2,
  reactiveEnergy: 2,
  apparentEnergy: 2,
  voltage: 1,
  current: 2,
  frequency: 2,
  powerFactor: 2,
};

/** How many decimals of a quantity Home Assistant shows at first. */
export function displayDecimals(quantity: QuantityName): number {
  const { decimals } = QUANTITIES[quantity];
  return Math.min(decimals, DECIMALS[quantity] ?? decimals);
}

/** The classes under which Home Assistant takes values of a quantity. */
export function classesOf(quantity: QuantityName): SensorClasses {
  const { kind } = QUANTITIES[quantity];
  return { deviceClass: DEVICE_CLASSES[quantity], stateClass: kind === null ? null : STATE_CLASSES[kind] };
}

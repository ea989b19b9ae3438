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
  | 'reactive_energy'
  | 'reactive_power'
  | 'voltage';
/** Home Assistant's state classes: what its long-term statistics do with a sensor. */
export type StateClass = 'measurement' | 'total' | 'total_increasing';

/** The classes of a sensor; null where Home Assistant has none, as for apparent energy. */
export interface SensorClasses {
  readonly deviceClass: DeviceClass | null;
  readonly stateClass: StateClass | null;
}

/** Home Assistant refuses a device class whose unit is not one of its own: kVAh is none. */
const DEVICE_CLASSES: Readonly<Record<QuantityName, DeviceClass | null>> = {
  activeEnergy: 'energy',
  netEnergy: 'energy',
  reactiveEnergy: 'reactive_energy',
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

/** The classes under which Home Assistant takes values of a quantity. */
export function classesOf(quantity: QuantityName): SensorClasses {
  const { kind } = QUANTITIES[quantity];
  return { deviceClass: DEVICE_CLASSES[quantity], stateClass: kind === null ? null : STATE_CLASSES[kind] };
}

import { primaryKeyOf, primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { currentOf, netPower, PHASES } from '../net-power.js';

/**
 * Total and phases are registers of their own, each rounded: their sums may differ by this many watts. A larger
 * difference comes from the meter and is kept.
 */
const ROUNDING_W = 5;

/** The values of a telegram, in the units of the wire; null = not measured. */
export interface Quantities {
  /** Totals in kWh and kvarh. */
  readonly activeEnergyImport: number;
  readonly activeEnergyExport: number | null;
  readonly reactiveEnergyImport: number | null;
  readonly reactiveEnergyExport: number | null;
  /** kvar. */
  readonly reactivePowerImport: number | null;
  readonly reactivePowerExport: number | null;
  /** kW, import minus export. */
  readonly power: number;
  /** kW, import minus export. */
  readonly phasePowers: readonly (number | null)[];
  /** V. */
  readonly voltages: readonly (number | null)[];
  /** A, without direction. */
  readonly currents: readonly (number | null)[];
}

const kilo = (value: number | null): number | null => (value === null ? null : value / 1000);

/**
 * What a telegram needs, of a meter.
 * @returns undefined until power and energy are both known, and when power is not known any more: programs look only at the
 *   first telegram to see what a meter measures, and a register that they miss there they never show
 */
export function quantitiesOf(meter: MeterSnapshot): Quantities | undefined {
  const value = (key: string): number | null => primaryValueOf(meter, key);
  const activeEnergyImport = value('activeEnergyImport');
  const total = netPower(meter);
  if (activeEnergyImport === null || total === null) return undefined;
  const [l1 = null, l2 = null, l3 = null] = PHASES.map((phase) => netPower(meter, phase));
  const isEveryPhase = l1 !== null && l2 !== null && l3 !== null;
  // Of a single-phase meter; two phases of three would be taken for the whole.
  const isOnlyFirst =
    l2 === null && l3 === null && !['voltageL2', 'voltageL3'].some((key) => meter.values.has(primaryKeyOf(meter, key)));
  const sum = isEveryPhase ? l1 + l2 + l3 : total;
  return {
    activeEnergyImport,
    activeEnergyExport: value('activeEnergyExport'),
    reactiveEnergyImport: value('reactiveEnergyImport'),
    reactiveEnergyExport: value('reactiveEnergyExport'),
    reactivePowerImport: kilo(value('reactivePowerImport')),
    reactivePowerExport: kilo(value('reactivePowerExport')),
    power: (Math.abs(sum - total) <= ROUNDING_W ? sum : total) / 1000,
    phasePowers: isEveryPhase || isOnlyFirst ? [l1, l2, l3].map(kilo) : [],
    voltages: PHASES.map((phase) => value(`voltage${phase}`)),
    currents: PHASES.map((phase) => currentOf(meter, phase)),
  };
}

import { primaryKeyOf, primaryValueOf, type MeterSnapshot } from '../meter-snapshot.js';
import { PHASES } from '../net-power.js';

/** Key and factor of each field of the module: integers in Wh, W, mV, mA, mHz and thousandths. */
const SOURCES: Readonly<Record<string, readonly [key: string, factor: number]>> = {
  Fwd_Act_Wh: ['activeEnergyImport', 1000],
  Rev_Act_Wh: ['activeEnergyExport', 1000],
  Fwd_W: ['activePowerImport', 1],
  Rev_W: ['activePowerExport', 1],
  Freq_mHz: ['frequency', 1000],
  Fwd_Avg_W: ['averageActivePowerImport', 1],
  Rev_Avg_W: ['averageActivePowerExport', 1],
  ExportReactive_VAr: ['reactivePowerExport', 1],
  ImportReactive_VAr: ['reactivePowerImport', 1],
  ...Object.fromEntries(
    ['L1', 'L2', 'L3'].flatMap((phase) => [
      [`${phase}_RMS_A`, [`current${phase}`, 1000]],
      [`${phase}_RMS_V`, [`voltage${phase}`, 1000]],
      [`${phase}_PF_Fac`, [`powerFactor${phase}`, 1000]],
      [`${phase}_Fwd_W`, [`activePowerImport${phase}`, 1]],
      [`${phase}_Rev_W`, [`activePowerExport${phase}`, 1]],
      [`${phase}_Fwd_Avg_W`, [`averageActivePowerImport${phase}`, 1]],
      [`${phase}_Rev_Avg_W`, [`averageActivePowerExport${phase}`, 1]],
    ]),
  ),
};

/** The keys of the first phase, for one of a phase that a single-phase meter does not have. */
const MISSING_PHASE = /L[23]/;

/** The module shows the phases that a meter does not have as zeros; a voltage that is only missing now is not one of them. */
function hasOnePhase(meter: MeterSnapshot): boolean {
  const [l1, l2, l3] = PHASES.map((phase) => meter.values.has(primaryKeyOf(meter, `voltage${phase}`)));
  return l1 === true && l2 !== true && l3 !== true;
}

/** Whether a reading of these keys has the value of a field. */
export function isFieldOf(name: string, values: Readonly<Record<string, number | null>>): boolean {
  const key = SOURCES[name]?.[0] ?? '';
  return (values[key] ?? values[`${key}PostRatio`] ?? null) !== null;
}

/**
 * A field as the module sends it.
 * @returns null where the value is not known
 */
export function fieldOf(meter: MeterSnapshot, name: string): number | null {
  const [key, factor] = SOURCES[name] ?? ['', 1];
  const value = primaryValueOf(meter, key);
  // The module's currents have no direction.
  if (value !== null) return Math.round((key.startsWith('current') ? Math.abs(value) : value) * factor);
  const ofFirstPhase = primaryValueOf(meter, key.replace(MISSING_PHASE, 'L1'));
  return MISSING_PHASE.test(key) && ofFirstPhase !== null && hasOnePhase(meter) ? 0 : null;
}

import { primaryKeyOf, primaryValueOf, type MeterSnapshot } from './meter-snapshot.js';

/** `''` is all phases together. */
export type Phase = '' | 'L1' | 'L2' | 'L3';
export const PHASES = ['L1', 'L2', 'L3'] as const;

/** A primary current in A, without its sign: some readers give it the sign of the power. */
export function currentOf(meter: MeterSnapshot, phase: Phase): number | null {
  const current = primaryValueOf(meter, `current${phase}`);
  return current === null ? null : Math.abs(current);
}

/**
 * A current with the direction of the phase's power, below zero where it gives power back. Where only one direction of the
 * power is known, or none, the direction is that of the reading.
 */
export function directedCurrent(meter: MeterSnapshot, phase: Phase): number | null {
  const amount = currentOf(meter, phase);
  const direction = primaryValueOf(meter, `activePower${phase}`) ?? primaryValueOf(meter, `current${phase}`);
  return amount !== null && amount > 0 && direction !== null && direction < 0 ? -amount : amount;
}

/**
 * The primary value of import minus export in W; of a meter that measures only the import, the import. What was measured once
 * and is missing now is not replaced. Both registers of a phase can be above zero at once.
 */
export function netPower(meter: MeterSnapshot, phase: Phase = ''): number | null {
  const isMeasured = (key: string): boolean => meter.values.has(primaryKeyOf(meter, `${key}${phase}`));
  if (isMeasured('activePower')) return primaryValueOf(meter, `activePower${phase}`);
  const imported = primaryValueOf(meter, `activePowerImport${phase}`);
  if (!isMeasured('activePowerExport')) return imported;
  const exported = primaryValueOf(meter, `activePowerExport${phase}`);
  return imported === null || exported === null ? null : imported - exported;
}

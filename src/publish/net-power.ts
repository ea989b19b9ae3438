import { houseValueOf, type MeterSnapshot } from './meter-snapshot.js';

/** `''` is all phases together. */
export type Phase = '' | 'L1' | 'L2' | 'L3';
export const PHASES = ['L1', 'L2', 'L3'] as const;

/**
 * Import minus export in W, of the house; what a meter that measures only import takes in. A meter has both registers for
 * each phase, and both can be above zero at once: whoever adds them up has to be given the difference.
 */
export function netPower(meter: MeterSnapshot, phase: Phase = ''): number | null {
  return houseValueOf(meter, `activePower${phase}`) ?? houseValueOf(meter, `activePowerImport${phase}`);
}

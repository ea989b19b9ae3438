import { primaryValueOf, type MeterSnapshot } from './meter-snapshot.js';

/** `''` is all phases together. */
export type Phase = '' | 'L1' | 'L2' | 'L3';
export const PHASES = ['L1', 'L2', 'L3'] as const;

/** A current of the house in A, without direction: some readers give it that of the power. */
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
 * Import minus export in W, of the house; what a meter that measures only import takes in. A meter has both registers for
 * each phase, and both can be above zero at once: whoever adds them up has to be given the difference.
 */
export function netPower(meter: MeterSnapshot, phase: Phase = ''): number | null {
  const net = primaryValueOf(meter, `activePower${phase}`);
  const taken = primaryValueOf(meter, `activePowerImport${phase}`);
  const returned = primaryValueOf(meter, `activePowerExport${phase}`);
  return net ?? (taken === null || returned === null ? taken : taken - returned);
}

/** The accumulating registers of the meter: the integrated power of the household. */
import type { HouseholdPower } from './household.js';

/** W s in a Wh. */
export const SECONDS_AN_HOUR = 3_600;

/** Quadrants of power: 0 = Q1 (active +, reactive +), then counter-clockwise. */
export type Quadrant = 0 | 1 | 2 | 3;

/** The quadrant given by the signs of active and reactive power. */
export function quadrantOf(active: number, reactive: number): Quadrant {
  if (reactive >= 0) return active >= 0 ? 0 : 1;
  return active >= 0 ? 3 : 2;
}

/** Energies in W s, var s and VA s: integers, so that years of small steps add no rounding error. */
export interface Energies {
  forward: number;
  reverse: number;
  /** By quadrant. Import is Q1 + Q2, export Q3 + Q4. */
  readonly reactive: [number, number, number, number];
  readonly apparent: [number, number, number, number];
}

/** A meter that has counted nothing yet. */
export function noEnergies(): Energies {
  return { forward: 0, reverse: 0, reactive: [0, 0, 0, 0], apparent: [0, 0, 0, 0] };
}

/** Adds the energies of `seconds` at this state. */
export function accumulate(energies: Energies, state: HouseholdPower, seconds: number): void {
  if (state.active >= 0) energies.forward += state.active * seconds;
  else energies.reverse -= state.active * seconds;
  const quadrant = quadrantOf(state.active, state.reactive);
  energies.reactive[quadrant] += Math.abs(state.reactive) * seconds;
  energies.apparent[quadrant] += state.apparent * seconds;
}

/** Takes energies away, down to 0 at most. */
export function withdraw(energies: Energies, { forward, reverse, reactive, apparent }: Energies): void {
  energies.forward = Math.max(0, energies.forward - forward);
  energies.reverse = Math.max(0, energies.reverse - reverse);
  for (const quadrant of [0, 1, 2, 3] as const) {
    energies.reactive[quadrant] = Math.max(0, energies.reactive[quadrant] - reactive[quadrant]);
    energies.apparent[quadrant] = Math.max(0, energies.apparent[quadrant] - apparent[quadrant]);
  }
}

/** The energy (W s ...) behind a summation source, or undefined when the source is no energy. [MEP p.204, p.208-210] */
function energyOf(source: number, energies: Energies): number | undefined {
  const { forward, reverse, reactive, apparent } = energies;
  switch (source) {
    case 0:
      return forward;
    case 1:
      return reverse;
    case 2:
      return reactive[0] + reactive[1];
    case 3:
      return reactive[2] + reactive[3];
    case 6:
      return forward + reverse;
    case 7:
      return Math.max(0, forward - reverse);
    default:
      return reactive[source - 108] ?? apparent[source - 216];
  }
}

/** True of a source that counts energy. */
export function isEnergySource(source: number): boolean {
  return energyOf(source, noEnergies()) !== undefined;
}

/** Everything that BT23 counts. */
export interface Registers {
  readonly totals: Energies;
  /** By tier, counted from 0 as the tables do. */
  readonly tiers: readonly Energies[];
  readonly powerOffSeconds: number;
  readonly powerOutages: number;
}

/** Sources that count something else than energy. [MEP p.204] */
const POWER_OFF_SECONDS = 4;
const POWER_OUTAGES = 5;

/**
 * A summation of BT23.
 * @param tier counted from 0 as the tables do; null for the total.
 * @param unit Wh in one step of an energy register.
 * @param ratio CT ratio times VT ratio, which BT23 always includes. [MEP p.207]
 * @returns 0 for a source that is not counted, or not in tiers.
 */
export function summationOf(
  registers: Registers,
  source: number,
  tier: number | null,
  unit: number,
  ratio: number,
): number {
  const energies = tier === null ? registers.totals : registers.tiers[tier];
  const energy = energies && energyOf(source, energies);
  if (energy !== undefined) return Math.floor((energy * ratio) / (SECONDS_AN_HOUR * unit));
  if (tier !== null) return 0;
  if (source === POWER_OFF_SECONDS) return registers.powerOffSeconds;
  return source === POWER_OUTAGES ? registers.powerOutages : 0;
}

/** The same energies in an object of their own. */
export function copyOf({ forward, reverse, reactive, apparent }: Energies): Energies {
  return { forward, reverse, reactive: [...reactive], apparent: [...apparent] };
}

/** Applies a function to each pair of energies: `combine((one, other) => one + other, a, b)` adds. */
export function combine(how: (one: number, other: number) => number, a: Energies, b: Energies): Energies {
  const four = (what: 'reactive' | 'apparent'): Energies['reactive'] => [
    how(a[what][0], b[what][0]),
    how(a[what][1], b[what][1]),
    how(a[what][2], b[what][2]),
    how(a[what][3], b[what][3]),
  ];
  return {
    forward: how(a.forward, b.forward),
    reverse: how(a.reverse, b.reverse),
    reactive: four('reactive'),
    apparent: four('apparent'),
  };
}

/** The sum of all tiers. */
export function sumOf(tiers: readonly Energies[]): Energies {
  return tiers.reduce((sum, tier) => combine((one, other) => one + other, sum, tier), noEnergies());
}

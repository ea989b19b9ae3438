/**
 * The household behind the simulated meter: loads, sun and grid at any moment, as integers in the meter's own units.
 * Pure: the same seed and time give the same values.
 */
import { type DayPlan, localDay, type Phase, PHASES, planDay } from './day-plan.js';
import { localClock } from './local-time.js';
import { noise, smoothNoise } from './random.js';

/** One phase. Power is positive when it is taken from the grid. */
export interface PhaseState {
  /** W */
  readonly active: number;
  /** var, positive when inductive */
  readonly reactive: number;
  /** VA */
  readonly apparent: number;
  /** mV */
  readonly voltage: number;
  /** mA */
  readonly current: number;
}

/** All that the meter can measure at one moment. Totals are the sums of the phases. */
export interface HouseholdState {
  readonly phases: readonly [PhaseState, PhaseState, PhaseState];
  /** W, var, VA over all phases */
  readonly active: number;
  readonly reactive: number;
  readonly apparent: number;
  /** mHz */
  readonly frequency: number;
}

/** Power of all phases together. */
export type HouseholdPower = Pick<HouseholdState, 'active' | 'reactive' | 'apparent'>;

/** Resistance of the cable to the transformer: the voltage sags under load and rises with solar power. */
const LINE_OHMS = 0.22;
const NOMINAL_VOLTS = 230.5;

/** A household, given by its seed. */
export class Household {
  readonly #seed: number;
  #plan: DayPlan | undefined;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The state at a moment (ms since 1970, UTC). */
  at(time: number): HouseholdState {
    const { plan, minute } = this.#planAt(time);
    const phases: HouseholdState['phases'] = [
      this.#phase(plan, 0, minute, time),
      this.#phase(plan, 1, minute, time),
      this.#phase(plan, 2, minute, time),
    ];
    const active = phases[0].active + phases[1].active + phases[2].active;
    const reactive = phases[0].reactive + phases[1].reactive + phases[2].reactive;
    const second = Math.floor(time / 1000);
    const frequency = 49_965 + 70 * smoothNoise(this.#seed, time / 47_000, 50) + 6 * noise(this.#seed, second, 51);
    return {
      phases,
      active,
      reactive,
      apparent: Math.round(Math.hypot(active, reactive)),
      frequency: Math.round(frequency),
    };
  }

  /** The power in `at(time)`; takes less time to compute. */
  powerAt(time: number): HouseholdPower {
    const { plan, minute } = this.#planAt(time);
    let [active, reactive] = [0, 0];
    for (const phase of PHASES) {
      const power = this.#powerOf(plan, phase, minute, time);
      active += power.active;
      reactive += power.reactive;
    }
    return { active, reactive, apparent: Math.round(Math.hypot(active, reactive)) };
  }

  #planAt(time: number): { plan: DayPlan; minute: number } {
    const { day, minute } = localDay(time);
    if (this.#plan?.day !== day) this.#plan = planDay(this.#seed, day);
    return { plan: this.#plan, minute };
  }

  #powerOf(
    plan: DayPlan,
    phase: Phase,
    minute: number,
    time: number,
  ): { flutter: number; active: number; reactive: number } {
    const flutter = noise(this.#seed, Math.floor(time / 1000), 40 + phase) - 0.5;
    const active = Math.round((plan.active[phase][minute] ?? 0) * (1 + 0.012 * flutter) + 3 * flutter);
    const reactive = Math.round((plan.reactive[phase][minute] ?? 0) * (1 + 0.03 * flutter));
    return { flutter, active, reactive };
  }

  #phase(plan: DayPlan, phase: Phase, minute: number, time: number): PhaseState {
    const seed = this.#seed;
    const { flutter, active, reactive } = this.#powerOf(plan, phase, minute, time);
    const grid = 4 * (smoothNoise(seed, time / 290_000, 60 + phase) - 0.5) + 0.3 * flutter;
    const volts = NOMINAL_VOLTS + grid - (LINE_OHMS * active) / NOMINAL_VOLTS;
    const apparent = Math.hypot(active, reactive);
    return {
      active,
      reactive,
      apparent: Math.round(apparent),
      voltage: Math.round(volts * 1000),
      current: Math.round((apparent / volts) * 1000),
    };
  }
}

/** The tariff tier at a moment, counted from 0 as in the tables: day, night, weekend, and the evening peak. */
export function tierAt(time: number, tiers: number): number {
  const { day, minute } = localClock(time);
  const hour = Math.floor(minute / 60);
  const weekday = (day + 4) % 7;
  if (weekday === 0 || weekday === 6) return Math.min(2, tiers - 1);
  if (hour < 6 || hour >= 22) return Math.min(1, tiers - 1);
  return hour >= 17 && hour < 20 ? Math.min(3, tiers - 1) : 0;
}

/** The measurements of the simulated meter: present values, averages, demands and energies. */
import { Demands } from './demands.js';
import {
  accumulate,
  type Energies,
  noEnergies,
  type Registers,
  SECONDS_AN_HOUR,
  summationOf,
  sumOf,
} from './energy-registers.js';
import { History } from './history.js';
import { Household, type HouseholdState, tierAt } from './household.js';
import { type Outage, pastOutages } from './outages.js';
import { type Averages, averagesOf, presentValue } from './present-values.js';
import { noiseBetween } from './random.js';

export const MAX_TIERS = 8;
/** Averaging interval. */
const AVERAGE_MS = 60_000;

export interface MeasurementOptions {
  readonly seed: number;
  /** ms since 1970 (UTC) at which the simulation starts. */
  readonly start: number;
  /** Measuring interval; the power is constant within it. Default 1000 ms. */
  readonly stepMs?: number;
  /** True (default): the registers start with the energy of some years; false: at 0. */
  readonly isUsed?: boolean;
}

/** Outages whose times are kept: more than any table holds. */
const MAX_OUTAGES = 20;

/** Measures a household. Time only goes forward: no register ever decreases. */
export class Measurements {
  readonly #household: Household;
  readonly #stepMs: number;
  #totals: Energies = noEnergies();
  readonly #tiers: readonly Energies[] = Array.from({ length: MAX_TIERS }, noEnergies);
  readonly demands = new Demands();
  /** The registers of the past. */
  readonly history: History;
  #time: number;
  #state: HouseholdState;
  #averages: Averages;
  #sums: Averages[] = [];
  #powerOffSeconds = 0;
  #powerOutages = 0;
  #outages: readonly Outage[] = [];

  constructor(options: MeasurementOptions) {
    this.#household = new Household(options.seed);
    this.#stepMs = options.stepMs ?? 1000;
    this.#time = Math.floor(options.start / this.#stepMs) * this.#stepMs;
    this.#state = this.#household.at(this.#time);
    this.#averages = averagesOf(this.#state);
    const isUsed = options.isUsed ?? true;
    if (isUsed) this.#countPast(options.seed);
    const { registers, outages } = this;
    this.history = new History({ seed: options.seed, start: this.#time, registers, outages, isUsed });
  }

  /** The moment of the last measurement, ms since 1970 (UTC). */
  get time(): number {
    return this.#time;
  }

  get state(): HouseholdState {
    return this.#state;
  }

  /** The registers; they are live, not a copy. */
  get registers(): Registers {
    return {
      totals: this.#totals,
      tiers: this.#tiers,
      powerOffSeconds: this.#powerOffSeconds,
      powerOutages: this.#powerOutages,
    };
  }

  /** The latest outages, oldest first. */
  get outages(): readonly Outage[] {
    return this.#outages;
  }

  /** Measures until `time`; an earlier time has no effect. */
  advance(time: number): void {
    while (this.#time + this.#stepMs <= time) this.#step();
  }

  /** The meter was without power until `time`: nothing is counted but the outage. */
  skip(time: number): void {
    const steps = Math.floor((time - this.#time) / this.#stepMs);
    if (steps <= 0) return;
    const outage = { from: this.#time, to: this.#time + steps * this.#stepMs };
    this.#goOnTo(outage.to);
    this.#powerOffSeconds += (outage.to - outage.from) / 1000;
    this.#powerOutages++;
    this.#outages = [...this.#outages, outage].slice(-MAX_OUTAGES);
    this.#measure();
  }

  /** A present value of BT28, in the meter's units; undefined when this meter does not have the source. */
  present(source: number, ratio: number): number | undefined {
    return presentValue(source, this.#state, this.#averages, ratio);
  }

  /** A summation of BT23 as it is now; see `summationOf`. */
  summation(source: number, tier: number | null, unit: number, ratio: number): number {
    return summationOf(this.registers, source, tier, unit, ratio);
  }

  #step(): void {
    const seconds = this.#stepMs / 1000;
    accumulate(this.#totals, this.#state, seconds);
    const tier = this.#tiers[tierAt(this.#time, MAX_TIERS)];
    if (tier) accumulate(tier, this.#state, seconds);
    this.#sums.push(averagesOf(this.#state));
    this.demands.count(this.#time, (source) => this.present(source, 1) ?? 0);
    this.#goOnTo(this.#time + this.#stepMs);
    if (this.#time % AVERAGE_MS === 0) {
      this.#averages = mean(this.#sums);
      this.#sums = [];
    }
    this.#measure();
  }

  #measure(): void {
    this.#state = this.#household.at(this.#time);
  }

  /** Records the registers at each moment of the history up to `time`. */
  #goOnTo(time: number): void {
    for (let at = this.history.nextRecord(this.#time); at <= time; at = this.history.nextRecord(at)) {
      this.history.record(at, this.registers, this.demands);
    }
    this.#time = time;
  }

  /** Energy of the years before the simulation, a third of it in the night tier. */
  #countPast(seed: number): void {
    const parts = [0.45, 0.33, 0.15, 0.07];
    for (const [tier, part] of parts.entries()) {
      const energies = this.#tiers[tier];
      if (energies) addPast(energies, seed, part);
    }
    this.#totals = sumOf(this.#tiers);
    this.#powerOutages = Math.round(noiseBetween(2, 9, seed, 70));
    this.#powerOffSeconds = Math.round(noiseBetween(400, 9_000, seed, 71));
    this.#outages = pastOutages(seed, this.#time, this.#powerOutages, this.#powerOffSeconds);
  }
}

function addPast(energies: Energies, seed: number, part: number): void {
  const past = (place: number, lowWh: number, highWh: number): number =>
    Math.round(noiseBetween(lowWh, highWh, seed, 80 + place) * part) * SECONDS_AN_HOUR;
  energies.forward += past(0, 12e6, 60e6);
  energies.reverse += past(1, 1e6, 11e6);
  for (const quadrant of [0, 1, 2, 3] as const) {
    energies.reactive[quadrant] += past(2 + quadrant, 1e5, 3e6);
    energies.apparent[quadrant] += past(6 + quadrant, 4e6, 2e7);
  }
}

function mean(states: readonly Averages[]): Averages {
  const of = (what: keyof Averages, phase: 0 | 1 | 2): number =>
    Math.round(states.reduce((sum, state) => sum + state[what][phase], 0) / states.length);
  return {
    active: [of('active', 0), of('active', 1), of('active', 2)],
    voltage: [of('voltage', 0), of('voltage', 1), of('voltage', 2)],
    current: [of('current', 0), of('current', 1), of('current', 2)],
  };
}

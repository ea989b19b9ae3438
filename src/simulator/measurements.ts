/** What the simulated meter has measured so far: the moment, the averages, the demands and the energies. */
import { Demands } from './demands.js';
import { accumulate, energyOf, type Energies, noEnergies, SECONDS_AN_HOUR } from './energy-registers.js';
import { House, type HouseState, tierAt } from './house.js';
import { type Averages, averagesOf, presentValue } from './present-values.js';
import { noiseBetween } from './random.js';

export const MOST_TIERS = 8;
/** How often the averages are renewed. */
const AVERAGE_MS = 60_000;

export interface MeasurementOptions {
  readonly seed: number;
  /** ms since 1970 (UTC) at which the meter begins to count. */
  readonly start: number;
  /** How often the meter measures; power holds from one measurement to the next. Default 1000 ms. */
  readonly stepMs?: number;
  /** Whether the meter begins with the registers of some years (default) or of a new meter. */
  readonly isUsed?: boolean;
}

/** Sources that count something else than energy. [MEP p.204] */
const POWER_OFF_SECONDS = 4;
const POWER_OUTAGES = 5;

/** A house that is being measured. Time only goes forward: no register ever falls. */
export class Measurements {
  readonly #house: House;
  readonly #stepMs: number;
  readonly #totals: Energies;
  readonly #tiers: readonly Energies[];
  readonly demands = new Demands();
  #time: number;
  #state: HouseState;
  #averages: Averages;
  #sums: Averages[] = [];
  #powerOffSeconds = 0;
  #powerOutages = 0;

  constructor(options: MeasurementOptions) {
    this.#house = new House(options.seed);
    this.#stepMs = options.stepMs ?? 1000;
    this.#time = Math.floor(options.start / this.#stepMs) * this.#stepMs;
    this.#state = this.#house.at(this.#time);
    this.#averages = averagesOf(this.#state);
    this.#tiers = Array.from({ length: MOST_TIERS }, noEnergies);
    this.#totals = noEnergies();
    if (options.isUsed ?? true) this.#countPast(options.seed);
  }

  /** The moment of the last measurement, ms since 1970 (UTC). */
  get time(): number {
    return this.#time;
  }

  get state(): HouseState {
    return this.#state;
  }

  /** Measures on until `time`; an earlier time changes nothing. */
  advance(time: number): void {
    while (this.#time + this.#stepMs <= time) this.#step();
  }

  /** The meter was without power until `time`: nothing is counted but the outage. */
  skip(time: number): void {
    const steps = Math.floor((time - this.#time) / this.#stepMs);
    if (steps <= 0) return;
    this.#time += steps * this.#stepMs;
    this.#powerOffSeconds += (steps * this.#stepMs) / 1000;
    this.#powerOutages++;
    this.#measure();
  }

  /** A present value of BT28, in the meter's units; undefined when this meter does not have the source. */
  present(source: number, ratio: number): number | undefined {
    return presentValue(source, this.#state, this.#averages, ratio);
  }

  /**
   * A summation of BT23.
   * @param tier counted from 0 as the tables do; null for the total.
   * @param unit Wh in one step of an energy register.
   * @param ratio CT ratio times VT ratio, which BT23 always includes. [MEP p.207]
   * @returns 0 for a source that is not counted, or not in tiers.
   */
  summation(source: number, tier: number | null, unit: number, ratio: number): number {
    const energies = tier === null ? this.#totals : this.#tiers[tier];
    const energy = energies && energyOf(source, energies);
    if (energy !== undefined) return Math.floor((energy * ratio) / (SECONDS_AN_HOUR * unit));
    if (tier !== null) return 0;
    if (source === POWER_OFF_SECONDS) return this.#powerOffSeconds;
    return source === POWER_OUTAGES ? this.#powerOutages : 0;
  }

  #step(): void {
    const seconds = this.#stepMs / 1000;
    accumulate(this.#totals, this.#state, seconds);
    const tier = this.#tiers[tierAt(this.#time, MOST_TIERS)];
    if (tier) accumulate(tier, this.#state, seconds);
    this.#sums.push(averagesOf(this.#state));
    this.demands.count(this.#time, (source) => this.present(source, 1) ?? 0);
    this.#time += this.#stepMs;
    if (this.#time % AVERAGE_MS === 0) {
      this.#averages = mean(this.#sums);
      this.#sums = [];
    }
    this.#measure();
  }

  #measure(): void {
    this.#state = this.#house.at(this.#time);
  }

  /** The years before the simulation began, mostly by day, a third by night. */
  #countPast(seed: number): void {
    const parts = [0.52, 0.33, 0.15];
    for (const [tier, part] of parts.entries()) {
      const energies = this.#tiers[tier];
      if (energies) addPast(energies, seed, part);
      if (energies) addTo(this.#totals, energies);
    }
    this.#powerOutages = Math.round(noiseBetween(2, 9, seed, 70));
    this.#powerOffSeconds = Math.round(noiseBetween(400, 9_000, seed, 71));
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

function addTo(totals: Energies, part: Energies): void {
  totals.forward += part.forward;
  totals.reverse += part.reverse;
  for (const quadrant of [0, 1, 2, 3] as const) {
    totals.reactive[quadrant] += part.reactive[quadrant];
    totals.apparent[quadrant] += part.apparent[quadrant];
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

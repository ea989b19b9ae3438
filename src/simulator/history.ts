/**
 * What the registers were: at every quarter of an hour of the last days, at every midnight, and when the season last
 * changed. What the simulation lived through was recorded on the way; the days before it are counted back from its start
 * when somebody asks.
 */
import { DAY_MS, LOCAL_OFFSET_MS, localDay, MINUTE_MS } from './day-plan.js';
import type { Demands, PeakDemand } from './demands.js';
import { accumulate, combine, copyOf, type Energies, noEnergies, type Registers, sumOf } from './energy-registers.js';
import { Household, tierAt } from './household.js';
import type { Outage } from './outages.js';
import { isFirstDayOfSeason, seasonAt } from './seasons.js';

export const QUARTER_MS = 900_000;
/** As far back as the load profile and the self-reads go. */
const KEPT_DAYS = 15;
const KEPT_QUARTERS = (KEPT_DAYS * DAY_MS) / QUARTER_MS;
/** A meter that is used already began to count so many days before its history. */
const AGE_DAYS = 1_500;

/** The registers as they were at a moment. */
export interface Snapshot extends Registers {
  /** The highest demands up to then, by source. */
  readonly peaks: ReadonlyMap<number, PeakDemand>;
}

/** Energies (W s) taken from the grid and given to it. */
export interface Flow {
  readonly forward: number;
  readonly reverse: number;
}

export interface HistoryOptions {
  readonly seed: number;
  /** ms since 1970 (UTC) at which the simulation begins. */
  readonly start: number;
  /** What the registers are then. */
  readonly registers: Registers;
  /** The outages before. */
  readonly outages: readonly Outage[];
  /** Whether there was anything before. */
  readonly isUsed: boolean;
}

/** The past of a meter; its memory is bounded. */
export class History {
  readonly #options: HistoryOptions;
  readonly #atStart: readonly Energies[];
  /** By number of quarters since 1970. */
  readonly #quarters = new Map<number, Flow>();
  /** By local day. */
  readonly #midnights = new Map<number, Snapshot>();
  #seasonChange: Snapshot | undefined;
  #isPastCounted: boolean;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#atStart = options.registers.tiers.map(copyOf);
    this.#isPastCounted = !options.isUsed;
  }

  /** Notes what the registers are at `time`, the end of a quarter of an hour. */
  record(time: number, registers: Registers, demands: Demands): void {
    const quarter = time / QUARTER_MS;
    const { forward, reverse } = registers.totals;
    this.#quarters.set(quarter, { forward, reverse });
    this.#quarters.delete(quarter - KEPT_QUARTERS);
    const { day } = localDay(time);
    if (time !== midnightOf(day)) return;
    const snapshot = {
      ...registers,
      totals: copyOf(registers.totals),
      tiers: registers.tiers.map(copyOf),
      peaks: demands.peaks,
    };
    this.#midnights.set(day, snapshot);
    this.#midnights.delete(day - KEPT_DAYS);
    if (isFirstDayOfSeason(day)) this.#seasonChange = snapshot;
  }

  /** How much is remembered. */
  get kept(): { quarters: number; midnights: number } {
    return { quarters: this.#quarters.size, midnights: this.#midnights.size };
  }

  /** The flow up to the end of a quarter of an hour (counted from 1970); undefined where it is not known any more, or the meter was not there yet. */
  atQuarter(quarter: number): Flow | undefined {
    if (!this.#quarters.has(quarter)) this.#countPast();
    return this.#quarters.get(quarter);
  }

  /** The registers at the beginning of a local day (counted from 1970). */
  atMidnight(day: number): Snapshot | undefined {
    if (!this.#midnights.has(day)) this.#countPast();
    return this.#midnights.get(day);
  }

  /** The registers when the season that holds at `time` began; undefined when the meter was not there yet. */
  atSeasonChange(time: number): Snapshot | undefined {
    if (this.#seasonChange || !this.#options.isUsed) return this.#seasonChange;
    const { since } = seasonAt(time);
    return this.atMidnight(since) ?? this.#longAgo(since);
  }

  /** Counts back from the start, minute by minute, as the house was. */
  #countPast(): void {
    if (this.#isPastCounted) return;
    this.#isPastCounted = true;
    const { seed, start } = this.#options;
    const house = new Household(seed);
    const tiers = this.#atStart.map(copyOf);
    const end = start - KEPT_DAYS * DAY_MS;
    for (let time = start; time > end;) {
      if (time % QUARTER_MS === 0) this.#notePast(time, tiers);
      const from = Math.ceil(time / MINUTE_MS - 1) * MINUTE_MS;
      const flow = noEnergies();
      accumulate(flow, house.at(from), (time - from) / 1000);
      const tier = tierAt(from, tiers.length);
      // What a tier had counted by then was little: it was not less than nothing.
      tiers[tier] = combine((left, right) => Math.max(0, left - right), tiers[tier] ?? noEnergies(), flow);
      time = from;
    }
  }

  #notePast(time: number, tiers: readonly Energies[]): void {
    const quarter = time / QUARTER_MS;
    const totals = sumOf(tiers);
    if (!this.#quarters.has(quarter)) this.#quarters.set(quarter, { forward: totals.forward, reverse: totals.reverse });
    const { day } = localDay(time);
    if (time === midnightOf(day)) this.#midnights.set(day, this.#snapshot(time, tiers));
  }

  /** Before the history begins: as if the meter had counted evenly. */
  #longAgo(day: number): Snapshot {
    this.#countPast();
    const { start } = this.#options;
    const known = [...this.#midnights.keys()].filter((known) => midnightOf(known) <= start);
    const oldest = Math.min(...known);
    const part = Math.max(0, 1 - (oldest - day) / AGE_DAYS);
    const tiers = this.#midnights.get(oldest)?.tiers ?? this.#atStart;
    const scaled = tiers.map((tier) => combine((energy) => Math.floor(energy * part), tier, tier));
    return this.#snapshot(midnightOf(day), scaled);
  }

  #snapshot(time: number, tiers: readonly Energies[]): Snapshot {
    const { outages, registers } = this.#options;
    const later = outages.filter(({ to }) => to > time);
    const laterSeconds = later.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
    return {
      totals: sumOf(tiers),
      tiers: tiers.map(copyOf),
      powerOffSeconds: registers.powerOffSeconds - laterSeconds,
      powerOutages: registers.powerOutages - later.length,
      peaks: new Map(),
    };
  }
}

/** ms since 1970 (UTC) at which a local day begins. */
export function midnightOf(day: number): number {
  return day * DAY_MS - LOCAL_OFFSET_MS;
}

/**
 * The registers of the past: at every quarter of an hour of the last days, at every midnight, and at the last season
 * change. Values since the start of the simulation are recorded; those before it are computed back from the start
 * on the first request.
 */
import { DAY_MS, LOCAL_OFFSET_MS, localDay, MINUTE_MS } from './day-plan.js';
import type { Demands, PeakDemand } from './demands.js';
import { accumulate, combine, copyOf, type Energies, noEnergies, type Registers, sumOf } from './energy-registers.js';
import { Household, tierAt } from './household.js';
import type { Outage } from './outages.js';
import { isFirstDayOfSeason, seasonAt } from './seasons.js';

export const QUARTER_MS = 900_000;
/** Length of the load profile and of the self-reads. */
const KEPT_DAYS = 15;
const KEPT_QUARTERS = (KEPT_DAYS * DAY_MS) / QUARTER_MS;
/** Age in days of a used meter at the beginning of its history. */
const AGE_DAYS = 1_500;

/** A snapshot of the registers. */
export interface Snapshot extends Registers {
  /** The peak demands up to then, by source. */
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
  /** The registers at the start. */
  readonly registers: Registers;
  /** Outages before the start. */
  readonly outages: readonly Outage[];
  /** False for a new meter: it has no history. */
  readonly isUsed: boolean;
}

/** The history of a meter; bounded in size. */
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

  /** Records the registers at `time`, the end of a quarter of an hour. */
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

  /** Number of snapshots kept. */
  get kept(): { quarters: number; midnights: number } {
    return { quarters: this.#quarters.size, midnights: this.#midnights.size };
  }

  /** The energies up to the end of a quarter of an hour (counted from 1970); undefined outside the history. */
  atQuarter(quarter: number): Flow | undefined {
    if (!this.#quarters.has(quarter)) this.#countPast();
    return this.#quarters.get(quarter);
  }

  /** The registers at the beginning of a local day (counted from 1970). */
  atMidnight(day: number): Snapshot | undefined {
    if (!this.#midnights.has(day)) this.#countPast();
    return this.#midnights.get(day);
  }

  /** The registers at the begin of the season of `time`; undefined before the history. */
  atSeasonChange(time: number): Snapshot | undefined {
    if (this.#seasonChange || !this.#options.isUsed) return this.#seasonChange;
    const { since } = seasonAt(time);
    return this.atMidnight(since) ?? this.#longAgo(since);
  }

  /** Computes the values before the start backwards, minute by minute, from the household. */
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
      // Counting back must not make the register of a tier negative.
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

  /** Before the history begins: interpolated linearly. */
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

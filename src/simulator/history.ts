/**
 * The registers of the past: at every interval end of the load profile, at every local midnight, and at the last season
 * change. Values since the start of the simulation are recorded; those before it are computed back from the start, on
 * request and as far as requested.
 */
import { DAY_MS, MINUTE_MS } from './day-plan.js';
import type { Demands, PeakDemand } from './demands.js';
import {
  accumulate,
  combine,
  copyOf,
  type Energies,
  noEnergies,
  type Registers,
  sumOf,
  withdraw,
} from './energy-registers.js';
import { Household, tierAt } from './household.js';
import { localClock, midnightOf } from './local-time.js';
import type { Outage } from './outages.js';
import { isFirstDayOfSeason, seasonAt } from './seasons.js';

export const QUARTER_MS = 900_000;
/** Midnights that are kept: those of the self-reads. */
const KEPT_DAYS = 15;
/** How far the past of a used meter is computed back. */
export const PAST_MS = 34 * DAY_MS;
/** Age in days of a used meter at the beginning of its history. */
const AGE_DAYS = 1_500;

/** A snapshot of the registers. */
export interface Snapshot extends Registers {
  /** The peak demands up to then, by source. */
  readonly peaks: ReadonlyMap<number, PeakDemand>;
}

/** Which totals are kept. */
export interface HistoryGrid {
  /** ms between two of them by the meter's clock; divides a quarter of an hour. */
  readonly stepMs: number;
  /** How long they are kept, ms. */
  readonly keptMs: number;
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
  /** Which totals are kept; may be changed at any time, and holds from then on. */
  grid: HistoryGrid = { stepMs: QUARTER_MS, keptMs: PAST_MS };
  /** Meter's clock minus true time, ms: the totals are kept at full steps of the meter's clock. */
  clockOffset = 0;
  /** By true time, ascending. */
  readonly #recorded = new Map<number, Energies>();
  /** Before the start, by true time, descending. */
  readonly #past = new Map<number, Energies>();
  /** By local day. */
  readonly #midnights = new Map<number, Snapshot>();
  #seasonChange: Snapshot | undefined;
  /** How far the past was computed back, with the registers of that moment. */
  #reached: { time: number; readonly house: Household; readonly tiers: readonly Energies[] } | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#atStart = options.registers.tiers.map(copyOf);
  }

  /** The first moment after `time` at which registers are to be recorded. */
  nextRecord(time: number): number {
    const { stepMs } = this.grid;
    return (Math.floor((time + this.clockOffset) / stepMs) + 1) * stepMs - this.clockOffset;
  }

  /** Records the registers at `time`. */
  record(time: number, registers: Registers, demands: Demands): void {
    const totals = copyOf(registers.totals);
    this.#recorded.set(time, totals);
    this.#forget(time - this.grid.keptMs);
    const shown = time + this.clockOffset;
    const { day } = localClock(shown);
    if (shown !== midnightOf(day)) return;
    const snapshot = { ...registers, totals, tiers: registers.tiers.map(copyOf), peaks: demands.peaks };
    this.#midnights.set(day, snapshot);
    this.#midnights.delete(day - KEPT_DAYS);
    if (isFirstDayOfSeason(day)) this.#seasonChange = snapshot;
  }

  /** Number of snapshots kept. */
  get kept(): { quarters: number; midnights: number } {
    return { quarters: this.#recorded.size + this.#past.size, midnights: this.#midnights.size };
  }

  /** The energies up to a moment that was recorded; undefined outside the history. */
  totalsAt(time: number): Energies | undefined {
    const recorded = this.#recorded.get(time);
    if (recorded || time > this.#options.start) return recorded;
    this.#countBackTo(time);
    return this.#past.get(time);
  }

  /** The registers at the beginning of a local day (counted from 1970). */
  atMidnight(day: number): Snapshot | undefined {
    if (!this.#midnights.has(day)) this.#countBackTo(Math.max(midnightOf(day), this.#pastBegin));
    return this.#midnights.get(day);
  }

  /** The registers at the begin of the season of `time`; undefined before the history. */
  atSeasonChange(time: number): Snapshot | undefined {
    if (this.#seasonChange || !this.#options.isUsed) return this.#seasonChange;
    const { since } = seasonAt(time);
    return this.atMidnight(since) ?? this.#longAgo(since);
  }

  get #pastBegin(): number {
    return this.#options.start - KEPT_DAYS * DAY_MS;
  }

  #forget(before: number): void {
    for (const time of this.#recorded.keys()) {
      if (time > before) break;
      this.#recorded.delete(time);
    }
    if (this.#options.start <= before) this.#past.clear();
  }

  /** Computes the values before the start backwards, minute by minute, from the household. */
  #countBackTo(target: number): void {
    const { seed, start, isUsed } = this.#options;
    if (!isUsed) return;
    if (!this.#reached) {
      this.#reached = { time: start, house: new Household(seed), tiers: this.#atStart.map(copyOf) };
      this.#notePast(start, this.#reached.tiers);
    }
    const { house, tiers } = this.#reached;
    const end = Math.max(target, start - PAST_MS);
    for (let time = this.#reached.time; time > end; time = this.#reached.time) {
      const from = Math.ceil(time / MINUTE_MS - 1) * MINUTE_MS;
      const flow = noEnergies();
      accumulate(flow, house.powerAt(from), (time - from) / 1000);
      const tier = tiers[tierAt(from, tiers.length)];
      // Counting back must not make the register of a tier negative.
      if (tier) withdraw(tier, flow);
      this.#reached.time = from;
      this.#notePast(from, tiers);
    }
  }

  #notePast(time: number, tiers: readonly Energies[]): void {
    if (time % this.grid.stepMs !== 0) return;
    this.#past.set(time, sumOf(tiers));
    const { day } = localClock(time);
    const isMidnight = time === midnightOf(day) && time >= this.#pastBegin;
    if (isMidnight && !this.#midnights.has(day)) this.#midnights.set(day, this.#snapshot(time, tiers));
  }

  /** Before the history begins: interpolated linearly. */
  #longAgo(day: number): Snapshot {
    this.#countBackTo(this.#pastBegin);
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

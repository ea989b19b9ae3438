/** Demand: the mean power of each quarter of an hour, and the highest one so far. [MEP p.202, p.210, p.215] */

export const DEMAND_INTERVAL_MS = 900_000;

/** The highest demand of one source, and what coincided with it. */
export interface PeakDemand {
  readonly value: number;
  /** ms since 1970 (UTC) of the end of its interval. */
  readonly time: number;
  /** Other sources' means in the same interval. */
  readonly coincidents: ReadonlyMap<number, number>;
}

/** Demand registers for any sources; they begin to count when the sources are chosen. */
export class Demands {
  #sources: readonly number[] = [];
  #sums = new Map<number, number>();
  #count = 0;
  readonly #peaks = new Map<number, PeakDemand>();

  /** Chooses what is counted: demand sources and those that coincide with them. */
  choose(sources: readonly number[]): void {
    this.#sources = [...new Set(sources)];
    this.#sums.clear();
    this.#count = 0;
  }

  /** Takes in what was measured at `time`, one measurement after the other. */
  count(time: number, valueOf: (source: number) => number): void {
    if (this.#sources.length === 0) return;
    if (time % DEMAND_INTERVAL_MS === 0) this.#endInterval(time);
    for (const source of this.#sources) this.#sums.set(source, (this.#sums.get(source) ?? 0) + valueOf(source));
    this.#count++;
  }

  /** The mean of the interval under way. */
  present(source: number): number {
    return this.#count === 0 ? 0 : Math.round((this.#sums.get(source) ?? 0) / this.#count);
  }

  /** The highest demand so far; undefined before the end of the first interval. */
  peak(source: number): PeakDemand | undefined {
    return this.#peaks.get(source);
  }

  /** The highest demands so far, by source. */
  get peaks(): ReadonlyMap<number, PeakDemand> {
    return new Map(this.#peaks);
  }

  #endInterval(time: number): void {
    const means = new Map(this.#sources.map((source) => [source, this.present(source)]));
    for (const [source, value] of means) {
      if (this.#count > 0 && value >= (this.#peaks.get(source)?.value ?? 0)) {
        this.#peaks.set(source, { value, time, coincidents: means });
      }
    }
    this.#sums.clear();
    this.#count = 0;
  }
}

/** Demand: the mean power of each quarter of an hour, and the peak so far. [MEP p.202, p.210, p.215] */

export const DEMAND_INTERVAL_MS = 900_000;

/** The peak demand of one source, with its coincident values. */
export interface PeakDemand {
  readonly value: number;
  /** ms since 1970 (UTC) of the end of its interval. */
  readonly time: number;
  /** Other sources' means in the same interval. */
  readonly coincidents: ReadonlyMap<number, number>;
}

/** Demand registers of selectable sources; they start when the sources are selected. */
export class Demands {
  #sources: readonly number[] = [];
  #sums = new Map<number, number>();
  #count = 0;
  readonly #peaks = new Map<number, PeakDemand>();

  /** Selects the demand sources and their coincident sources. */
  choose(sources: readonly number[]): void {
    this.#sources = [...new Set(sources)];
    this.#sums.clear();
    this.#count = 0;
  }

  /** Adds the measurement at `time`; calls are in the order of time. */
  count(time: number, valueOf: (source: number) => number): void {
    if (this.#sources.length === 0) return;
    if (time % DEMAND_INTERVAL_MS === 0) this.#endInterval(time);
    for (const source of this.#sources) this.#sums.set(source, (this.#sums.get(source) ?? 0) + valueOf(source));
    this.#count++;
  }

  /** The mean of the present interval. */
  present(source: number): number {
    return this.#count === 0 ? 0 : Math.round((this.#sums.get(source) ?? 0) / this.#count);
  }

  /** The peak demand so far; undefined before the end of the first interval. */
  peak(source: number): PeakDemand | undefined {
    return this.#peaks.get(source);
  }

  /** The peak demands so far, by source. */
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

/** The clock of a simulated meter, which can be set; without that it shows true time. */

/** A change of the clock. Offsets are meter's clock minus true time, ms. */
export interface ClockChange {
  /** True time, ms since 1970. */
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

export class MeterClock {
  readonly #changes: ClockChange[] = [];

  get changes(): readonly ClockChange[] {
    return this.#changes;
  }

  /** Meter's clock minus true time. */
  get offset(): number {
    return this.#changes.at(-1)?.after ?? 0;
  }

  /** Sets the clock forward by `ms`, or back. */
  setBy(ms: number, at: number): void {
    const before = this.offset;
    this.#changes.push({ at, before, after: before + ms });
  }

  /** The time that the meter's clock shows, or showed, at a true time. */
  shown(trueTime: number): number {
    const last = this.#changes.filter(({ at }) => at <= trueTime).at(-1);
    return trueTime + (last?.after ?? 0);
  }
}

/** Times from the last byte of a request to its verified answer, in ms; null = no answer yet. */
export interface RoundTrip {
  readonly last: number | null;
  readonly mean: number | null;
  readonly max: number | null;
}

/** Collects the times of answers. */
export class RoundTripMeasurement {
  #count = 0;
  #sum = 0;
  #last: number | null = null;
  #max: number | null = null;

  /** @param milliseconds what the newest answer took */
  add(milliseconds: number): void {
    this.#count++;
    this.#sum += milliseconds;
    this.#last = milliseconds;
    this.#max = Math.max(this.#max ?? 0, milliseconds);
  }

  get times(): RoundTrip {
    return { last: this.#last, mean: this.#count === 0 ? null : this.#sum / this.#count, max: this.#max };
  }
}

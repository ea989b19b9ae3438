/**
 * Home Assistant's recorder for a sensor with state_class total_increasing: the sum that the energy dashboard shows.
 */
export class HomeAssistantStatistics {
  /** kWh booked so far, counted from the first value of the sensor. */
  sum = 0;
  #last: number | undefined;

  receive(value: number): void {
    if (value < 0) return;
    // A decrease by less than a tenth is subtracted; a larger one is a reset, after which the whole value is added.
    const isReset = this.#last !== undefined && value < 0.9 * this.#last;
    this.sum += value - (isReset ? 0 : (this.#last ?? value));
    this.#last = value;
  }
}

/**
 * What Home Assistant's recorder makes of the states of a sensor with state_class total_increasing: the sum that the
 * energy dashboard shows.
 */
export class HomeAssistantStatistics {
  /** kWh booked so far; the first value of a sensor is what counting begins from. */
  sum = 0;
  #last: number | undefined;

  receive(value: number): void {
    if (value < 0) return;
    // A fall by less than a tenth is taken back; a larger one is a new meter, of which everything is booked.
    const isReset = this.#last !== undefined && value < 0.9 * this.#last;
    this.sum += value - (isReset ? 0 : (this.#last ?? value));
    this.#last = value;
  }
}

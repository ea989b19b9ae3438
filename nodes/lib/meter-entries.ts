import type { NewestReadings } from '../../src/internal.js';

/** A meter and when and how it was read last. */
export interface MeterEntry<Meter> {
  readonly meter: Meter;
  /** When its last reading arrived, in ms of a monotonic clock. */
  readonly readAt: number;
  /** Of the connection through which it is read, where that is known. */
  readonly token: string | undefined;
  /** Whether its readings are simulated; undefined where no reading has shown it. */
  readonly isSimulated: boolean | undefined;
  /** The newest readings by the clock of their source: a reading that is not newer than these is not a new one. */
  readonly newest: NewestReadings;
}

/**
 * Meters by id in the order of their last readings, the oldest first. Sums over all of them and the meter of a connection are
 * kept up to date, so that neither costs more with more meters.
 */
export class MeterEntries<Meter, Sum extends string> {
  readonly #tally: (meter: Meter) => Readonly<Record<Sum, number>>;
  readonly #entries = new Map<string, MeterEntry<Meter>>();
  /** Id of the meter that is read through a connection, by token. */
  readonly #connected = new Map<string, string>();
  readonly #sums = new Map<Sum, number>();

  /** @param tally what each meter adds to the sums */
  constructor(tally: (meter: Meter) => Readonly<Record<Sum, number>>) {
    this.#tally = tally;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: string): MeterEntry<Meter> | undefined {
    return this.#entries.get(id);
  }

  entries(): IterableIterator<[string, MeterEntry<Meter>]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<MeterEntry<Meter>> {
    return this.#entries.values();
  }

  /** Id of the meter that is read through a connection. */
  connectedAt(token: string): string | undefined {
    return this.#connected.get(token);
  }

  sum(name: Sum): number {
    return this.#sums.get(name) ?? 0;
  }

  /** Adds an entry, or replaces one in its place of the order. */
  set(id: string, entry: MeterEntry<Meter>): void {
    this.#detach(id);
    this.#entries.set(id, entry);
    this.#add(entry.meter, 1);
    if (entry.token !== undefined) this.#connected.set(entry.token, id);
  }

  delete(id: string): void {
    this.#detach(id);
    this.#entries.delete(id);
  }

  #detach(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#add(entry.meter, -1);
    if (entry.token !== undefined && this.#connected.get(entry.token) === id) this.#connected.delete(entry.token);
  }

  #add(meter: Meter, factor: 1 | -1): void {
    for (const [name, value] of Object.entries(this.#tally(meter)) as [Sum, number][]) {
      this.#sums.set(name, this.sum(name) + factor * value);
    }
  }
}

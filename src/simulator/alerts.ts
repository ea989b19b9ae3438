/** Alerts of a meter to its first MEP client, and which of them the client has enabled. [MEP p.17-18, p.34-36, p.125-126] */
import { sampleDeltas, watchesAny } from './delta-watch.js';
import type { MeterMemory } from './memory.js';
import type { AlertCause, MepClient } from './mep-client.js';

export const ET50 = 2098;
export const ET71 = 2119;
/** The byte of ET50 with the flags of the first MEP client. */
const FLAGS_AT = 30;
const REGISTERED = 0x01;
const ET59_RESPONSE = 0x02;
const M_BUS_ALERTS = 0x04;
const DELTA_DATA_ALERTS = 0x08;

/** What the alerts need of a meter. */
export interface AlertStage {
  readonly client: MepClient;
  readonly memory: MeterMemory;
  isPowered(): boolean;
  /** A table as it is now; undefined where the meter does not have it. */
  imageOf(table: number): Uint8Array | undefined;
  /** A present value by source id; undefined for a source that the meter does not have. */
  present(source: number): number | undefined;
}

export class Alerts {
  readonly #stage: AlertStage;
  readonly #listeners = new Set<() => void>();

  constructor(stage: AlertStage) {
    this.#stage = stage;
  }

  /** Whether the port sends alerts now. */
  get isRaised(): boolean {
    if (this.isWatching) this.sample();
    return this.#stage.client.isAlerted({
      isRegistered: this.isRegistered,
      mBus: this.#has(M_BUS_ALERTS),
      deltaData: this.#has(DELTA_DATA_ALERTS),
    });
  }

  /** Whether sources are watched whose change raises the alert. [MEP p.34] */
  get isWatching(): boolean {
    if (!this.#stage.isPowered() || !this.#has(DELTA_DATA_ALERTS)) return false;
    const watched = this.#stage.imageOf(ET71);
    return watched !== undefined && watchesAny(watched);
  }

  get isRegistered(): boolean {
    return this.#has(REGISTERED);
  }

  /** Whether the client's procedures are answered in ET59. [MEP p.51] */
  get isAnsweredInET59(): boolean {
    return this.#has(ET59_RESPONSE);
  }

  setRegistered(isRegistered: boolean): void {
    const flags = isRegistered ? this.#flags | REGISTERED : this.#flags & ~REGISTERED;
    this.#stage.memory.keep(ET50, FLAGS_AT, Uint8Array.of(flags));
  }

  /** Raises or clears a cause. Raising one registers the client, since only registered clients are alerted. */
  set(cause: AlertCause, isRaised: boolean): void {
    if (isRaised) {
      if (!this.isRegistered) this.setRegistered(true);
      this.#stage.client.raise(cause);
    } else {
      this.#stage.client.clear(cause);
    }
    this.changed();
  }

  /** Notifies the listeners that `isRaised` may have changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Samples the watched sources and stores the new reference values. */
  sample(): void {
    const { memory, client } = this.#stage;
    const image = this.#stage.imageOf(ET71);
    if (!image) return;
    const hasMoved = sampleDeltas(image, (source) => this.#stage.present(source));
    memory.keep(ET71, 0, image);
    if (hasMoved) client.raise('delta-data');
  }

  get #flags(): number {
    return this.#stage.imageOf(ET50)?.[FLAGS_AT] ?? 0;
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}

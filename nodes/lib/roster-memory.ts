import { type Clock, fieldsOf, recallReadings, rememberReadings } from '../../src/internal.js';
import { backgroundClock } from './background-clock.js';
import { connectionId, tokenOf } from './connection-tokens.js';
import { NodeMemory } from './memory.js';
import type { MeterEntry } from './meter-entries.js';
import type { NodeContext } from './node-context.js';

/** Changes within this time are written together; a crash costs no more than that. */
const KEEP_DELAY_MS = 1_000;

export interface RosterMemoryOptions<Meter> {
  /** Of the node; of its properties `contextStore` is used, and `maxMeters` by the roster. */
  readonly context: NodeContext;
  readonly clock: Clock;
  /** Where in the node's context the meters are kept. */
  readonly contextKey: string;
  /** A meter from what was kept; undefined for anything else. */
  readonly recall: (kept: unknown) => Meter | undefined;
  /** What is worth keeping of a meter over a restart, JSON-safe. */
  readonly remember: (meter: Meter) => object;
  /** A meter as it goes over a deploy; default: as it is. */
  readonly handOver?: (meter: Meter) => Meter;
}

/** Keeps the meters of a node over deploys and restarts, each with the connection through which it is read. */
export class RosterMemory<Meter> {
  readonly #options: RosterMemoryOptions<Meter>;
  readonly #entries: () => Iterable<MeterEntry<Meter>>;
  readonly #memory: NodeMemory<readonly MeterEntry<Meter>[]>;
  #cancelKeeping: (() => void) | undefined;
  #hasNewReadings = false;
  #isClosed = false;

  /** @param entries the present ones, whenever they are kept */
  constructor(options: RosterMemoryOptions<Meter>, entries: () => Iterable<MeterEntry<Meter>>) {
    this.#options = options;
    this.#entries = entries;
    this.#memory = new NodeMemory(options.context, options.contextKey);
  }

  /**
   * The meters of the node before this one, or those that were kept.
   * @throws Error of the context store
   */
  load(): Promise<readonly MeterEntry<Meter>[]> {
    return this.#memory.load((kept) => this.#recallAll(kept));
  }

  /** Writes the meters to the context within a second. */
  keepSoon(): void {
    if (this.#isClosed) return;
    this.#cancelKeeping ??= backgroundClock.after(KEEP_DELAY_MS, () => void this.#keep());
  }

  /** The times of readings have changed: they are written with whatever else is, or at the end. */
  keepAtEnd(): void {
    this.#hasNewReadings = true;
  }

  /**
   * Hands the meters over to the next node, and writes what was not written yet.
   * @param isRemoved whether the node was deleted: then nothing is handed over, and its context is gone
   * @returns when everything is kept
   */
  async close(isRemoved: boolean): Promise<void> {
    this.#isClosed = true;
    const isToKeep = this.#cancelKeeping !== undefined || this.#hasNewReadings;
    this.#cancelKeeping?.();
    if (isRemoved) return;
    const { handOver = (meter: Meter) => meter } = this.#options;
    this.#memory.handOver([...this.#entries()].map((entry) => ({ ...entry, meter: handOver(entry.meter) })));
    if (isToKeep) await this.#keep();
  }

  #recallAll(kept: unknown): readonly MeterEntry<Meter>[] {
    const readAt = this.#options.clock.now();
    const entries: MeterEntry<Meter>[] = [];
    for (const remembered of Array.isArray(kept) ? (kept as unknown[]) : []) {
      const meter = this.#options.recall(remembered);
      if (meter === undefined) continue;
      const { connection, simulated, newest } = fieldsOf(remembered);
      const isConnected = typeof connection === 'string';
      entries.push({
        ...{ meter, readAt, token: isConnected ? tokenOf(connection) : undefined },
        isSimulated: simulated === true || (isConnected ? false : undefined),
        newest: recallReadings(newest),
      });
    }
    return entries;
  }

  #keep(): Promise<void> {
    this.#cancelKeeping = undefined;
    this.#hasNewReadings = false;
    return this.#memory.keep([...this.#entries()].map((entry) => this.#kept(entry)));
  }

  #kept({ meter, token, isSimulated, newest }: MeterEntry<Meter>): object {
    const connection = connectionId(token);
    const readings = rememberReadings(newest);
    return {
      ...this.#options.remember(meter),
      ...(connection !== undefined && { connection }),
      ...(isSimulated === true && { simulated: true }),
      ...(readings !== undefined && { newest: readings }),
    };
  }
}

import type { Node, NodeAPI } from 'node-red';
import { type Clock, fieldsOf, METER_LIMITS, UsageError } from '../../src/internal.js';
import { backgroundClock } from './background-clock.js';
import { connectionId, onConnectionEnd, tokenIn, tokenOf } from './connection-tokens.js';
import { NodeMemory } from './memory.js';
import { type ConfigProperties, limitedNumber } from './settings.js';

/** Without a time of its own after which a node calls a meter silent: one that is read once a day is not. */
const SILENT_AFTER_MS = 26 * 3_600_000;
/** Changes within this time are kept together; a crash costs no more than that. */
const KEEP_DELAY_MS = 1_000;

/**
 * What the end of a connection leads to is sent after this time, or before the next message: while a deploy goes on the nodes
 * behind are not there yet.
 */
const LATE_SENDING_MS = 1_000;

/** Why a timer of a meter runs. */
export type TimerReason = 'expiry' | 'silence' | 'repeat';

interface Entry<Meter> {
  readonly meter: Meter;
  /** When a reading of the meter came last, in ms of a clock that only grows. */
  readonly heardAt: number;
  /** Of the connection that the meter is read through, where that is known. */
  readonly token: string | undefined;
}

export interface RosterOptions<Meter, Out, Sum extends string> {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly properties: ConfigProperties;
  readonly clock: Clock;
  /** Where in the node's context the meters are kept. */
  readonly contextKey: string;
  readonly idOf: (meter: Meter) => string;
  /** A meter from what was kept; undefined for anything else. */
  readonly recall: (kept: unknown) => Meter | undefined;
  /** What is worth keeping of a meter over a restart, JSON-safe. */
  readonly remember: (meter: Meter) => object;
  /** False where `remember` would give the same for both; default: the meter is another object. */
  readonly isWorthKeeping?: (before: Meter | undefined, after: Meter) => boolean;
  /** A meter as it goes over a deploy; default: as it is. */
  readonly handOver?: (meter: Meter) => Meter;
  /** What each meter adds to `sums`. */
  readonly tally: (meter: Meter) => Readonly<Record<Sum, number>>;
  /** Whether the node calls the meter silent already. */
  readonly isSilent?: (meter: Meter) => boolean;
  /** Seconds without a reading after which a meter is silent; 0 = only after more than a day. */
  readonly silentAfter?: number;
  /**
   * A silent meter was dropped to make room, and is in the roster no more.
   * @returns what withdraws what was published about it
   */
  readonly onDropped?: (meter: Meter) => readonly Out[];
  /**
   * Another meter, or none, is at the connection of this one from now on.
   * @returns what ends what was told of it
   */
  readonly onReplaced?: (meter: Meter) => readonly Out[];
  readonly send?: (messages: readonly Out[]) => void;
}

/**
 * The meters that a node knows, over deploys and restarts: at most `maxMeters`, each with its timers. Costs do not grow with
 * the number of meters: sums are kept up to date, and what changed is written to the context at most once a second.
 */
export class MeterRoster<Meter, Out, Sum extends string = never> {
  readonly #options: RosterOptions<Meter, Out, Sum>;
  readonly #memory: NodeMemory<readonly Entry<Meter>[]>;
  readonly #maxMeters: number;
  /** Those that were not heard of for longest come first. */
  readonly #entries = new Map<string, Entry<Meter>>();
  /** Id of the meter that is read through a connection, by token. */
  readonly #connected = new Map<string, string>();
  readonly #timers = new Map<string, Map<TimerReason, () => void>>();
  readonly #sums = new Map<Sum, number>();
  readonly #stopListening: () => void;
  #cancelKeeping: (() => void) | undefined;
  readonly #late: Out[] = [];
  #cancelSending: (() => void) | undefined;
  #hasRefused = false;
  #isClosed = false;

  /** @throws UsageError `bad-setting` (maxMeters) */
  constructor(options: RosterOptions<Meter, Out, Sum>) {
    const { RED, node, contextKey, properties } = options;
    this.#options = options;
    this.#maxMeters = limitedNumber(properties, 'maxMeters', METER_LIMITS);
    this.#memory = new NodeMemory(RED, node, contextKey, properties);
    this.#stopListening = onConnectionEnd((token) => {
      this.#endAt(token);
      this.#sendLater();
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** In the order in which they were heard of. */
  *values(): Iterable<Meter> {
    for (const { meter } of this.#entries.values()) yield meter;
  }

  /** How long ago the last reading of a meter came, ms; Infinity where there is no such meter. */
  ageOf(id: string): number {
    return this.#options.clock.now() - (this.#entries.get(id)?.heardAt ?? -Infinity);
  }

  get(id: string): Meter | undefined {
    return this.#entries.get(id)?.meter;
  }

  /** The sum of what all meters add. */
  sum(name: Sum): number {
    return this.#sums.get(name) ?? 0;
  }

  /**
   * Takes over what the node before this one knew, or what was kept. Meters whose connection leads elsewhere by now end here.
   * @throws Error of the context store
   */
  async load(): Promise<void> {
    const entries = await this.#memory.load((kept) => this.#recallAll(kept));
    if (this.#isClosed) return;
    for (const entry of entries) this.#put(this.#options.idOf(entry.meter), entry);
    for (const { token } of entries) {
      if (token !== undefined && connectionId(token) === undefined) this.#endAt(token);
    }
    while (this.#entries.size > this.#maxMeters) this.#drop(this.#oldestSilent() ?? [...this.#entries.keys()].at(-1));
    this.#sendLater();
  }

  /**
   * Whether a message of a meter can be taken in: there is room for it, or room is made by dropping the meter that has been
   * silent for longest. Another meter that was read through the same connection is replaced.
   * @param from `msg.meter`
   * @throws UsageError `too-many-meters`; once, until there is room again
   */
  admit(id: string, from: unknown): boolean {
    if (this.#isClosed) return false;
    this.#endFormer(id, from);
    const hasRoom = this.#entries.has(id) || this.#entries.size < this.#maxMeters || this.#dropSilent();
    this.#sendNow();
    if (hasRoom) return true;
    if (this.#hasRefused) return false;
    this.#hasRefused = true;
    throw new UsageError('too-many-meters', `This node keeps ${this.#maxMeters} meters, and none of them is silent`, {
      values: { most: this.#maxMeters },
    });
  }

  /**
   * Takes in what a reading adds to what is known of a meter.
   * @param from `msg.meter`
   * @param isWorthKeeping whether it changes what `remember` gives; left out: as the options say
   */
  hear(meter: Meter, from: unknown, isWorthKeeping?: boolean): void {
    const token = tokenIn(from);
    this.#set(meter, { heardAt: this.#options.clock.now(), ...(token !== undefined && { token }) }, isWorthKeeping);
  }

  /** Replaces what is known of a meter where no reading led to it. */
  set(meter: Meter): void {
    this.#set(meter, {});
  }

  /** Forgets a meter and ends its timers. */
  delete(id: string): void {
    this.cancelAll(id);
    if (!this.#entries.has(id)) return;
    this.#remove(id);
    this.#hasRefused = false;
    this.#keepSoon();
  }

  /** Calls `work` once, unless that is planned for the same reason already. */
  after(id: string, reason: TimerReason, delayMs: number, work: () => void): void {
    const timers = this.#timers.get(id) ?? new Map<TimerReason, () => void>();
    if (this.#isClosed || timers.has(reason)) return;
    this.#timers.set(id, timers);
    timers.set(
      reason,
      this.#options.clock.after(delayMs, () => {
        this.cancel(id, reason);
        work();
      }),
    );
  }

  cancel(id: string, reason: TimerReason): void {
    const timers = this.#timers.get(id);
    timers?.get(reason)?.();
    timers?.delete(reason);
    if (timers?.size === 0) this.#timers.delete(id);
  }

  cancelAll(id: string): void {
    for (const cancel of this.#timers.get(id)?.values() ?? []) cancel();
    this.#timers.delete(id);
  }

  /** A reading came: the meter is silent when none comes for `seconds`; 0 = never. */
  expectReading(id: string, seconds: number, onSilent: () => void): void {
    this.cancel(id, 'silence');
    this.cancel(id, 'expiry');
    if (seconds > 0) this.after(id, 'expiry', seconds * 1_000, onSilent);
  }

  /**
   * Ends all that is timed; nothing is taken in from now on.
   * @param isRemoved whether the node was deleted: then nothing is handed over, and its context is gone
   * @returns when what is known is kept
   */
  async close(isRemoved: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#sendNow();
    this.#isClosed = true;
    this.#stopListening();
    for (const id of [...this.#timers.keys()]) this.cancelAll(id);
    const isToKeep = this.#cancelKeeping !== undefined;
    this.#cancelKeeping?.();
    if (isRemoved) return;
    const { handOver = (meter: Meter) => meter } = this.#options;
    this.#memory.handOver([...this.#entries.values()].map((entry) => ({ ...entry, meter: handOver(entry.meter) })));
    if (isToKeep) await this.#keep();
  }

  #recallAll(kept: unknown): readonly Entry<Meter>[] {
    const heardAt = this.#options.clock.now();
    const entries: Entry<Meter>[] = [];
    for (const remembered of Array.isArray(kept) ? (kept as unknown[]) : []) {
      const meter = this.#options.recall(remembered);
      if (meter === undefined) continue;
      const { connection } = fieldsOf(remembered);
      entries.push({ meter, heardAt, token: typeof connection === 'string' ? tokenOf(connection) : undefined });
    }
    return entries;
  }

  #set(meter: Meter, news: Partial<Pick<Entry<Meter>, 'heardAt' | 'token'>>, isToKeep?: boolean): void {
    if (this.#isClosed) return;
    const id = this.#options.idOf(meter);
    const before = this.#entries.get(id);
    const known = before ?? { heardAt: this.#options.clock.now(), token: undefined };
    const entry = { ...known, ...news, meter };
    // The order of the entries is that in which they were heard of.
    if (news.heardAt !== undefined) this.#remove(id);
    this.#put(id, entry);
    const isChanged = isToKeep ?? this.#options.isWorthKeeping?.(before?.meter, meter) ?? before?.meter !== meter;
    if (isChanged || before?.token !== entry.token) this.#keepSoon();
  }

  #put(id: string, entry: Entry<Meter>): void {
    this.#detach(id);
    this.#entries.set(id, entry);
    this.#add(entry.meter, 1);
    if (entry.token !== undefined) this.#connected.set(entry.token, id);
  }

  #remove(id: string): void {
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
    for (const [name, value] of Object.entries(this.#options.tally(meter)) as [Sum, number][]) {
      this.#sums.set(name, this.sum(name) + factor * value);
    }
  }

  /** The meter that was read through this connection is there no more. */
  #endAt(token: string): void {
    const id = this.#connected.get(token);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined || this.#isClosed) return;
    this.#put(id, { ...entry, token: undefined });
    this.#keepSoon();
    this.#late.push(...(this.#options.onReplaced?.(entry.meter) ?? []));
  }

  #endFormer(id: string, from: unknown): void {
    const token = tokenIn(from);
    const former = token === undefined ? undefined : this.#connected.get(token);
    // A meter that does not tell its serial number, or not yet, may be the one that is known.
    if (token !== undefined && former !== undefined && former !== '' && id !== '' && former !== id) this.#endAt(token);
  }

  #oldestSilent(): string | undefined {
    const { clock, isSilent, silentAfter = 0 } = this.#options;
    const silentSince = clock.now() - (silentAfter > 0 ? silentAfter * 1_000 : SILENT_AFTER_MS);
    for (const [id, { meter, heardAt }] of this.#entries) {
      if (heardAt <= silentSince || isSilent?.(meter) === true) return id;
    }
    return undefined;
  }

  #dropSilent(): boolean {
    const silent = this.#oldestSilent();
    this.#drop(silent);
    return silent !== undefined;
  }

  #drop(id: string | undefined): void {
    const meter = id === undefined ? undefined : this.get(id);
    if (id === undefined || meter === undefined) return;
    this.delete(id);
    this.#late.push(...(this.#options.onDropped?.(meter) ?? []));
  }

  #sendLater(): void {
    if (this.#late.length === 0 || this.#isClosed) return;
    this.#cancelSending ??= backgroundClock.after(LATE_SENDING_MS, () => {
      this.#sendNow();
    });
  }

  #sendNow(): void {
    this.#cancelSending?.();
    this.#cancelSending = undefined;
    if (this.#late.length > 0) this.#options.send?.(this.#late.splice(0));
  }

  #keepSoon(): void {
    if (this.#isClosed) return;
    this.#cancelKeeping ??= backgroundClock.after(KEEP_DELAY_MS, () => void this.#keep());
  }

  #keep(): Promise<void> {
    this.#cancelKeeping = undefined;
    const { remember } = this.#options;
    return this.#memory.keep(
      [...this.#entries.values()].map(({ meter, token }) => {
        const connection = connectionId(token);
        return { ...remember(meter), ...(connection !== undefined && { connection }) };
      }),
    );
  }
}

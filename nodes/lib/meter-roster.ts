import {
  datedReading,
  isFields,
  isSimulatedMeter,
  checkReading,
  METER_LIMITS,
  type NewestReadings,
  UsageError,
} from '../../src/internal.js';
import { backgroundClock } from './background-clock.js';
import { connectionId, onConnectionEnd, tokenIn } from './connection-tokens.js';
import { MeterEntries, type MeterEntry } from './meter-entries.js';
import { MeterTimers } from './meter-timers.js';
import { RosterMemory, type RosterMemoryOptions } from './roster-memory.js';
import { limitedNumber } from './settings.js';

/** Without a time of its own after which a node calls a meter silent: one that is read once a day is not. */
const SILENT_AFTER_MS = 26 * 3_600_000;
/**
 * What the end of a connection leads to is sent after this time, or before the next message: during a deploy the nodes that
 * follow do not exist yet.
 */
const LATE_SENDING_MS = 1_000;

/** What ends a meter: another one at its connection, or another one with its serial number. */
export type Replacement = 'connection' | 'meter';

export interface RosterOptions<Meter, Out, Sum extends string> extends RosterMemoryOptions<Meter> {
  readonly idOf: (meter: Meter) => string;
  /** False where `remember` would give the same for both; default: the meter is another object. */
  readonly isWorthKeeping?: (before: Meter | undefined, after: Meter) => boolean;
  /** What each meter adds to the sums. */
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
   * Another meter, or none, is at the connection of this one from now on; or it was simulated and a real one has its serial
   * number, or the reverse.
   * @returns what ends the publication of its values
   */
  readonly onReplaced?: (meter: Meter, by: Replacement) => readonly Out[];
  readonly send?: (messages: readonly Out[]) => void;
}

/**
 * The meters that a node knows, over deploys and restarts: at most `maxMeters`, each with its timers. What changed is written
 * to the context at most once a second.
 */
export class MeterRoster<Meter, Out, Sum extends string = never> {
  readonly timers: MeterTimers;
  readonly #options: RosterOptions<Meter, Out, Sum>;
  readonly #memory: RosterMemory<Meter>;
  readonly #maxMeters: number;
  readonly #entries: MeterEntries<Meter, Sum>;
  readonly #stopListening: () => void;
  readonly #late: Out[] = [];
  #cancelSending: (() => void) | undefined;
  #hasRefused = false;
  /** The newest readings of a meter with the one that is being taken in. */
  #checked: { readonly id: string; readonly newest: NewestReadings } | undefined;
  #isClosed = false;

  /** @throws UsageError `bad-setting` (maxMeters) */
  constructor(options: RosterOptions<Meter, Out, Sum>) {
    const { context, clock, tally } = options;
    this.#options = options;
    this.timers = new MeterTimers(clock);
    this.#entries = new MeterEntries(tally);
    this.#maxMeters = limitedNumber(context.properties, 'maxMeters', METER_LIMITS);
    this.#memory = new RosterMemory(options, () => this.#entries.values());
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

  /** The one with the oldest reading first. */
  *values(): Iterable<Meter> {
    for (const { meter } of this.#entries.values()) yield meter;
  }

  get(id: string): Meter | undefined {
    return this.#entries.get(id)?.meter;
  }

  /** Time since the last reading of a meter arrived, ms; Infinity where there is no such meter. */
  ageOf(id: string): number {
    return this.#options.clock.now() - (this.#entries.get(id)?.readAt ?? -Infinity);
  }

  /** The sum of what all meters add. */
  sum(name: Sum): number {
    return this.#entries.sum(name);
  }

  /**
   * Takes over the meters of the node before this one, or those that were kept. A meter whose connection has another meter by
   * now is replaced.
   * @throws Error of the context store
   */
  async load(): Promise<void> {
    const entries = await this.#memory.load();
    if (this.#isClosed) return;
    for (const entry of entries) this.#entries.set(this.#options.idOf(entry.meter), entry);
    for (const { token } of entries) {
      if (token !== undefined && connectionId(token) === undefined) this.#endAt(token);
    }
    while (this.#entries.size > this.#maxMeters) this.#drop(this.#oldestSilent() ?? this.#newest());
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
    const hasRoom = this.#entries.get(id) !== undefined || this.#entries.size < this.#maxMeters || this.#dropSilent();
    this.#sendNow();
    if (hasRoom) return true;
    if (this.#hasRefused) return false;
    this.#hasRefused = true;
    throw new UsageError('too-many-meters', `This node keeps ${this.#maxMeters} meters, and none of them is silent`, {
      values: { max: this.#maxMeters },
    });
  }

  /**
   * Whether a message of an admitted meter is a new reading. One that repeats a reading, or is older than the newest of its
   * table, is not: it renews nothing.
   * @throws UsageError `bad-payload`
   */
  isNew(id: string, msg: Readonly<{ payload?: unknown; table?: unknown }>): boolean {
    const { clock } = this.#options;
    const entry = this.#entries.get(id);
    const arrival = { date: clock.date().getTime(), now: clock.now() };
    const { isNew, known } = checkReading(entry?.newest ?? {}, datedReading(msg), arrival);
    if (isNew) this.#checked = { id, newest: known };
    else if (entry !== undefined) this.#entries.set(id, { ...entry, newest: known });
    return isNew;
  }

  /**
   * The age of a reading in ms, where this process has read it; else 0, since the clock of its source may be wrong.
   * @param from `msg.meter`
   * @param readAt ms since 1970
   */
  readingAgeMs(from: unknown, readAt: number): number {
    return tokenIn(from) === undefined ? 0 : Math.max(0, this.#options.clock.date().getTime() - readAt);
  }

  /** Whether a reading is too old to show that its meter is present. */
  isLate(ageMs: number): boolean {
    const { silentAfter = 0 } = this.#options;
    return silentAfter > 0 && ageMs >= silentAfter * 1_000;
  }

  /** A new reading came too late to change what is known of its meter; its repetitions are still not new. */
  setLate(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined && this.#checked?.id === id)
      this.#entries.set(id, { ...entry, newest: this.#checked.newest });
    this.#checked = undefined;
  }

  /**
   * Replaces what is known of a meter after a reading.
   * @param from `msg.meter`
   * @param isWorthKeeping whether it changes what `remember` gives; left out: as the options say
   */
  setRead(meter: Meter, from: unknown, isWorthKeeping?: boolean): void {
    if (this.#isClosed) return;
    const id = this.#options.idOf(meter);
    const before = this.#entries.get(id);
    // The entry moves to the end of the order.
    this.#entries.delete(id);
    const token = tokenIn(from) ?? before?.token;
    const checked = this.#checked?.id === id ? this.#checked : undefined;
    this.#checked = undefined;
    if (checked !== undefined) this.#memory.keepAtEnd();
    const newest = checked?.newest ?? before?.newest ?? {};
    const isSimulated = isFields(from) ? isSimulatedMeter(from) : before?.isSimulated;
    this.#replace(before, { meter, token, isSimulated, newest, readAt: this.#options.clock.now() }, isWorthKeeping);
  }

  /** Replaces what is known of a meter without a reading. */
  set(meter: Meter): void {
    if (this.#isClosed) return;
    const before = this.#entries.get(this.#options.idOf(meter));
    const unread = { token: undefined, isSimulated: undefined, newest: {} };
    const entry = before ?? { ...unread, readAt: this.#options.clock.now() };
    this.#replace(before, { ...entry, meter });
  }

  /** Forgets a meter and ends its timers. */
  delete(id: string): void {
    this.timers.cancelAll(id);
    if (this.#entries.get(id) === undefined) return;
    this.#entries.delete(id);
    this.#hasRefused = false;
    this.#memory.keepSoon();
  }

  /**
   * Ends all timers; no meter is taken in from now on.
   * @param isRemoved whether the node was deleted: then nothing is handed over, and its context is gone
   * @returns when everything is kept
   */
  async close(isRemoved: boolean): Promise<void> {
    if (this.#isClosed) return;
    this.#sendNow();
    this.#isClosed = true;
    this.#stopListening();
    this.timers.close();
    await this.#memory.close(isRemoved);
  }

  #replace(before: MeterEntry<Meter> | undefined, after: MeterEntry<Meter>, isToKeep?: boolean): void {
    const { idOf, isWorthKeeping } = this.#options;
    this.#entries.set(idOf(after.meter), after);
    const isChanged = isToKeep ?? isWorthKeeping?.(before?.meter, after.meter) ?? before?.meter !== after.meter;
    const isElsewhere = before?.token !== after.token || before?.isSimulated !== after.isSimulated;
    if (isChanged || isElsewhere) this.#memory.keepSoon();
  }

  /** The meter that was read through this connection is not there any more. */
  #endAt(token: string): void {
    const id = this.#entries.connectedAt(token);
    if (id !== undefined) this.#end(id, 'connection');
  }

  #end(id: string, by: Replacement): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || this.#isClosed) return;
    const isSimulated = by === 'meter' ? undefined : entry.isSimulated;
    this.#entries.set(id, { ...entry, token: undefined, isSimulated, newest: {} });
    this.#memory.keepSoon();
    this.#late.push(...(this.#options.onReplaced?.(entry.meter, by) ?? []));
  }

  #endFormer(id: string, from: unknown): void {
    const wasSimulated = this.#entries.get(id)?.isSimulated;
    if (isFields(from) && wasSimulated !== undefined && wasSimulated !== isSimulatedMeter(from)) this.#end(id, 'meter');
    const token = tokenIn(from);
    const former = token === undefined ? undefined : this.#entries.connectedAt(token);
    // A message without a serial number may be of the meter that is known.
    if (token !== undefined && former !== undefined && former !== '' && id !== '' && former !== id) this.#endAt(token);
  }

  #oldestSilent(): string | undefined {
    const { clock, isSilent, silentAfter = 0 } = this.#options;
    const silentSince = clock.now() - (silentAfter > 0 ? silentAfter * 1_000 : SILENT_AFTER_MS);
    for (const [id, { meter, readAt }] of this.#entries.entries()) {
      if (readAt <= silentSince || isSilent?.(meter) === true) return id;
    }
    return undefined;
  }

  #newest(): string | undefined {
    return [...this.#entries.entries()].at(-1)?.[0];
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
}

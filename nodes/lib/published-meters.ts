import type { NodeMessageInFlow } from 'node-red';
import {
  type Clock,
  type FormatMessage,
  type LinkReport,
  type MeterReading,
  type MeterSnapshot,
  offlineAfterMs,
  type Publication,
  type Published,
  publishSilence,
  removalOf,
  retainedOf,
  validForMs,
} from '../../src/internal.js';
import { MeterRoster } from './meter-roster.js';
import type { TimerReason } from './meter-timers.js';
import type { NodeContext } from './node-context.js';
import { areValuesDue, RetainedTopics } from './retained-topics.js';

/** Id of what a format sends once for all meters; no meter has it. */
const SHARED = '';

export interface PublishedMetersOptions<Known extends MeterSnapshot, Message extends FormatMessage> {
  readonly context: NodeContext;
  readonly clock: Clock;
  /** Where in the node's context the meters are kept; default `meters`. */
  readonly contextKey?: string;
  /** Sends what is due without a message: a silent meter, retained topics, what is repeated. */
  readonly onDue: (messages: readonly Message[]) => void;
  /** Nothing is published of the meter any more. */
  readonly onRemoved?: (meter: Known) => void;
}

/** The meters that a node publishes, and what is due by time: silence, retained topics, repetitions. */
export class PublishedMeters<Known extends MeterSnapshot, Message extends FormatMessage> {
  readonly #options: PublishedMetersOptions<Known, Message>;
  readonly #publication: Publication<Known, Message>;
  readonly #roster: MeterRoster<Known, Message, 'total' | 'online'>;
  readonly #retained: RetainedTopics<Message>;
  /** Meters of which a reading was published since the start. */
  readonly #read = new Set<string>();

  /** @throws UsageError `bad-setting` */
  constructor(options: PublishedMetersOptions<Known, Message>, publication: Publication<Known, Message>) {
    this.#options = options;
    this.#publication = publication;
    this.#roster = this.#makeRoster();
    this.#retained = new RetainedTopics({
      ids: () => [...(publication.format.announceShared ? [SHARED] : []), ...[...this.values()].map(({ id }) => id)],
      messagesOf: (id) => this.#retainedOf(id),
      send: options.onDue,
    });
  }

  /** A meter that was online when Node-RED stopped has the same time for its next reading as any other. */
  async load(): Promise<void> {
    await this.#roster.load();
    if (this.#publication.format.announceAll !== undefined && !this.#roster.isClosed) this.#retained.start();
    for (const { id, online } of this.values()) if (online) this.#expectReading(id, 0);
  }

  values(): Iterable<Known> {
    return this.#roster.values();
  }

  get(id: string): Known | undefined {
    return this.#roster.get(id);
  }

  /** Whether a reading of the meter was published since the start. */
  wasRead(id: string): boolean {
    return this.#read.has(id);
  }

  sum(name: 'total' | 'online'): number {
    return this.#roster.sum(name);
  }

  /** See `MeterRoster.admit`. */
  admit(id: string, from: unknown): boolean {
    return this.#roster.admit(id, from);
  }

  /** See `MeterRoster.isNew`. */
  isNew(id: string, msg: NodeMessageInFlow): boolean {
    return this.#roster.isNew(id, msg);
  }

  /**
   * Whether a new reading is too old to be the present state of its meter. It then counts as received.
   * @param from `msg.meter` of the reading
   */
  isLate({ id, readAt }: MeterReading, from: unknown): boolean {
    const isLate = this.#roster.isLate(this.#roster.readingAgeMs(from, readAt));
    if (isLate) this.#roster.setLate(id);
    return isLate;
  }

  /** @param from `msg.meter` of the reading */
  setRead(meter: Known, { readAt }: MeterReading, from: unknown): void {
    this.#read.add(meter.id);
    this.#roster.setRead(meter, from);
    this.#expectReading(meter.id, this.#roster.readingAgeMs(from, readAt));
    this.#repeatLater(meter.id);
  }

  setReported(meter: Known, { state }: LinkReport): void {
    const { id, readAt, online } = meter;
    const delayMs = offlineAfterMs(state);
    if (delayMs === undefined) this.#roster.timers.cancel(id, 'silence');
    // A second report of the same silence does not extend the time.
    else if (delayMs > 0) this.#later('silence', id, delayMs, (known) => this.silence(known));
    const isBack = online && this.#roster.get(id)?.online === false;
    this.#set(meter);
    if (!isBack) return;
    const validMs = validForMs(readAt, this.#publication.expireAfter, this.#options.clock.date());
    this.#later('expiry', id, validMs, (known) => this.silence(known));
    this.#repeatLater(id);
  }

  /** Publishes that a meter is silent. */
  silence(meter: Known): readonly Message[] {
    const silent = publishSilence(this.#publication, meter);
    this.#set(silent.meter);
    return silent.messages;
  }

  forget({ id }: Known): void {
    this.#read.delete(id);
    this.#roster.delete(id);
  }

  /** @returns what takes away everything that is retained of a meter */
  withdraw(meter: Known): readonly Message[] {
    this.#options.onRemoved?.(meter);
    return removalOf(this.#publication, meter);
  }

  /**
   * Ends all timers.
   * @param isRemoved whether the node was deleted: then all its meters become silent now
   */
  async close(isRemoved: boolean): Promise<void> {
    this.#retained.stop();
    if (isRemoved) this.#options.onDue([...this.values()].flatMap((meter) => this.silence(meter)));
    await this.#roster.close(isRemoved);
  }

  #makeRoster(): MeterRoster<Known, Message, 'total' | 'online'> {
    const { context, clock, contextKey = 'meters', onDue } = this.#options;
    const { model, expireAfter } = this.#publication;
    return new MeterRoster({
      ...{ context, clock, contextKey },
      idOf: ({ id }) => id,
      recall: (kept) => model.recall(kept, expireAfter),
      remember: model.remember,
      isWorthKeeping: model.isWorthRemembering,
      handOver: model.handedOver,
      tally: (meter) => {
        const isPublished = model.isPublished(meter);
        return { total: isPublished ? 1 : 0, online: isPublished && meter.online ? 1 : 0 };
      },
      isSilent: ({ online }) => !online,
      silentAfter: expireAfter,
      onDropped: (meter) => {
        this.#read.delete(meter.id);
        return this.withdraw(meter);
      },
      onReplaced: (meter) => this.#replace(meter),
      send: onDue,
    });
  }

  #set(meter: Known): void {
    if (!meter.online) this.#roster.timers.cancelAll(meter.id);
    if (meter !== this.#roster.get(meter.id)) this.#roster.set(meter);
  }

  #replace(meter: Known): readonly Message[] {
    const silent: Published<Known, Message> = publishSilence(this.#publication, meter);
    if (meter.device.isSimulated) {
      this.forget(meter);
      return [...silent.messages, ...this.withdraw(meter)];
    }
    const rest = this.#publication.model.replaced(silent.meter);
    if (rest === undefined) this.forget(meter);
    else this.#set(rest);
    return silent.messages;
  }

  #retainedOf(id: string): readonly Message[] {
    if (id === SHARED) return this.#publication.format.announceShared?.(this.values()) ?? [];
    const meter = this.#roster.get(id);
    return meter === undefined ? [] : retainedOf(this.#publication, meter, areValuesDue(this.#roster.ageOf(id)));
  }

  #expectReading(id: string, ageMs: number): void {
    this.#roster.timers.expectReading(id, this.#publication.expireAfter, ageMs, () => {
      const meter = this.#roster.get(id);
      if (meter !== undefined) this.#options.onDue(this.silence(meter));
    });
  }

  #repeatLater(id: string): void {
    const { repeat } = this.#publication.format;
    if (repeat === undefined) return;
    this.#later('repeat', id, repeat.everyMs, (meter) => {
      this.#repeatLater(id);
      return repeat.messages(meter, this.#options.clock.date());
    });
  }

  /** Does something later with what is known of a meter then, unless that is planned already. */
  #later(reason: TimerReason, id: string, delayMs: number, then: (meter: Known) => readonly Message[]): void {
    this.#roster.timers.after(id, reason, delayMs, () => {
      const meter = this.#roster.get(id);
      if (meter !== undefined) this.#options.onDue(then(meter));
    });
  }
}

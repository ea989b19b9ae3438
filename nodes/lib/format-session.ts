import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';
import {
  badPayload,
  type Clock,
  expirySetting,
  type Format,
  type FormatAnswer,
  type FormatMessage,
  type FormatRequest,
  isLinkReport,
  isWorthRemembering,
  linkReportOf,
  type MeterSnapshot,
  patienceWith,
  readingOf,
  recallSnapshot,
  rememberSnapshot,
  withReading,
  worthTellingForMs,
} from '../../src/internal.js';
import { MeterRoster, type TimerReason } from './meter-roster.js';
import { areValuesDue, RetainedTopics } from './retained-topics.js';
import { type ConfigProperties, textOf } from './settings.js';

export interface FormatSessionOptions {
  readonly RED: NodeAPI;
  readonly node: Node;
  /**
   * Of the node: `expireAfter`, seconds without a reading after which a meter is silent; `serial`, for messages that bring
   * none; and those of a roster.
   */
  readonly properties: ConfigProperties;
  readonly format: Format;
  readonly clock: Clock;
  /** Sends what is due by itself: that a meter fell silent, or what is repeated. */
  readonly onDue: (messages: readonly FormatMessage[]) => void;
}

/** The meters whose readings a node puts into a format, and when each of them counts as silent. */
export class FormatSession {
  readonly #format: Format;
  readonly #clock: Clock;
  readonly #onDue: (messages: readonly FormatMessage[]) => void;
  readonly #expireAfter: number;
  readonly #serial: string;
  readonly #roster: MeterRoster<MeterSnapshot, FormatMessage, 'total' | 'online'>;
  readonly #retained: RetainedTopics<FormatMessage>;
  /** Meters of which a reading was put into the format since the start. */
  readonly #told = new Set<string>();

  /** @throws UsageError `bad-setting` */
  constructor({ RED, node, properties, format, clock, onDue }: FormatSessionOptions) {
    this.#format = format;
    this.#clock = clock;
    this.#onDue = onDue;
    this.#expireAfter = expirySetting(properties['expireAfter']);
    this.#serial = textOf(properties, 'serial');
    this.#roster = new MeterRoster({
      ...{ RED, node, properties, clock },
      contextKey: 'meters',
      idOf: ({ id }) => id,
      recall: (kept) => recallSnapshot(kept, this.#expireAfter),
      remember: rememberSnapshot,
      isWorthKeeping: isWorthRemembering,
      tally: ({ online }) => ({ total: 1, online: online ? 1 : 0 }),
      isSilent: ({ online }) => !online,
      silentAfter: this.#expireAfter,
      onDropped: (meter) => {
        this.#told.delete(meter.id);
        return this.#withdrawal(meter);
      },
      onReplaced: (meter) => {
        const messages = this.#goSilent(meter);
        this.#forget(meter);
        return messages;
      },
      send: onDue,
    });
    this.#retained = new RetainedTopics({
      ids: () => [...this.#roster.values()].map(({ id }) => id),
      messagesOf: (id) => this.#retainedOf(id),
      send: onDue,
    });
  }

  /** A meter that was there when Node-RED went has as long to answer as any other. */
  async load(): Promise<void> {
    await this.#roster.load();
    if (this.#format.announceAll !== undefined && !this.#roster.isClosed) this.#retained.start();
    for (const meter of this.#roster.values()) if (meter.online) this.#expectReading(meter);
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`, `serial-too-long`, `too-many-meters`
   */
  receive(msg: NodeMessageInFlow): readonly FormatMessage[] {
    return isLinkReport(msg) ? this.#receiveLinkReport(msg) : this.#receiveReading(msg);
  }

  /**
   * Answers an HTTP request from what is known.
   * @throws UsageError `bad-payload` where the format answers no requests
   */
  answer(request: FormatRequest): FormatAnswer {
    if (this.#format.answer === undefined) throw badPayload('this format does not answer HTTP requests');
    return this.#format.answer(this.firstMeter, request, this.#clock.date());
  }

  /** The first meter that was read since the start; formats that answer requests have no other. */
  get firstMeter(): MeterSnapshot | undefined {
    for (const meter of this.#roster.values()) if (meter.readAt !== undefined) return meter;
    return undefined;
  }

  count(): { total: number; online: number } {
    return { total: this.#roster.sum('total'), online: this.#roster.sum('online') };
  }

  /**
   * Ends all that is timed.
   * @param isRemoved whether the node was deleted: then what says that its meters are gone is due now
   */
  async close(isRemoved: boolean): Promise<void> {
    this.#retained.stop();
    if (isRemoved) this.#onDue([...this.#roster.values()].flatMap((meter) => this.#goSilent(meter)));
    await this.#roster.close(isRemoved);
  }

  #receiveReading(msg: NodeMessageInFlow): readonly FormatMessage[] {
    const from = msg['meter'];
    const reading = readingOf(
      { payload: msg.payload, meter: from, table: msg['table'] },
      { serial: this.#serial },
      this.#clock.date(),
    );
    if (!this.#roster.admit(reading.id, from)) return [];
    const before = this.#roster.get(reading.id);
    if (this.#format.isForOneMeter === true && before === undefined) this.#dropSilentMeters();
    const meter = withReading(before, reading, this.#expireAfter);
    if (!meter.online) return [];
    const isFirst = !this.#told.has(meter.id) || before?.online !== true;
    this.#told.add(meter.id);
    this.#roster.hear(meter, from);
    this.#expectReading(meter);
    this.#repeatLater(meter.id);
    return this.#format.onReading?.(meter, { reading, before, isFirst }) ?? [];
  }

  /** Whether a meter is there is not known before its first reading since the start. */
  #retainedOf(id: string): readonly FormatMessage[] {
    const meter = this.#roster.get(id);
    if (meter === undefined || (meter.online && meter.readAt === undefined)) return [];
    return this.#format.announceAll?.(meter, areValuesDue(this.#roster.ageOf(id))) ?? [];
  }

  /** Topics that are the same for every meter stay. */
  #withdrawal(meter: MeterSnapshot): readonly FormatMessage[] {
    if (this.#format.isForOneMeter === true) return [];
    const all = this.#format.announceAll?.({ ...meter, online: true }, true) ?? [];
    return all.map((message) => ({ ...message, payload: '' }));
  }

  /** Of one meter at a time: another one may take the place of one that is gone, as when a meter is exchanged. */
  #dropSilentMeters(): void {
    if (this.#roster.sum('online') > 0) {
      throw badPayload('this format can tell of one meter only; give each meter a node of its own');
    }
    for (const meter of [...this.#roster.values()]) this.#forget(meter);
  }

  #forget({ id }: MeterSnapshot): void {
    this.#told.delete(id);
    this.#roster.delete(id);
  }

  #receiveLinkReport(msg: NodeMessageInFlow): readonly FormatMessage[] {
    const report = linkReportOf({ payload: msg.payload, meter: msg['meter'] }, { serial: this.#serial });
    const meter = this.#roster.get(report?.id ?? '');
    if (report === undefined || meter === undefined) return [];
    const patience = patienceWith(report.state);
    if (patience === 0) return this.#goSilent(meter);
    if (report.state === 'online' && !meter.online) return this.#comeBack(meter);
    if (patience === undefined) this.#roster.cancel(meter.id, 'silence');
    // A second report of the same silence does not begin it anew.
    else this.#later('silence', meter.id, patience, (known) => this.#goSilent(known));
    return [];
  }

  /** The link works again: the last reading is told on for as long as it is worth that. */
  #comeBack(meter: MeterSnapshot): readonly FormatMessage[] {
    const leftMs = worthTellingForMs(meter.readAt, this.#expireAfter, this.#clock.date());
    if (leftMs === 0) return [];
    const back = { ...meter, online: true };
    this.#roster.set(back);
    this.#later('expiry', meter.id, leftMs, (known) => this.#goSilent(known));
    this.#repeatLater(meter.id);
    return this.#format.onReturn?.(back) ?? [];
  }

  #goSilent(meter: MeterSnapshot): readonly FormatMessage[] {
    if (!meter.online) return [];
    this.#roster.cancelAll(meter.id);
    const silent = { ...meter, online: false };
    this.#roster.set(silent);
    return this.#format.onSilence?.(silent) ?? [];
  }

  #expectReading({ id }: MeterSnapshot): void {
    this.#roster.expectReading(id, this.#expireAfter, () => {
      const meter = this.#roster.get(id);
      if (meter !== undefined) this.#onDue(this.#goSilent(meter));
    });
  }

  #repeatLater(id: string): void {
    const { repeat } = this.#format;
    if (repeat === undefined) return;
    this.#later('repeat', id, repeat.everyMs, (meter) => {
      this.#repeatLater(id);
      return repeat.messages(meter, this.#clock.date());
    });
  }

  /** Does something later with what is known of a meter then, unless that is planned already. */
  #later(
    reason: TimerReason,
    id: string,
    delayMs: number,
    then: (meter: MeterSnapshot) => readonly FormatMessage[],
  ): void {
    this.#roster.after(id, reason, delayMs, () => {
      const meter = this.#roster.get(id);
      if (meter !== undefined) this.#onDue(then(meter));
    });
  }
}

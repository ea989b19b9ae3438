import type { NodeMessageInFlow } from 'node-red';
import {
  badPayload,
  checkLive,
  expirySetting,
  type Format,
  type FormatAnswer,
  type FormatMessage,
  type FormatRequest,
  isLinkReport,
  isSimulatedMeter,
  linkReportOf,
  type MeterModel,
  type MeterReading,
  type MeterSnapshot,
  type Publication,
  publishLateReading,
  publishLinkReport,
  publishReading,
  readingOf,
} from '../../src/internal.js';
import { PublishedMeters, type PublishedMetersOptions } from './published-meters.js';
import { textOf } from './settings.js';
import { simulatedMeter } from './simulated.js';

/**
 * Of the node's properties a session uses `expireAfter`, seconds without a reading after which a meter is silent, and `serial`,
 * for messages that have none.
 */
export interface FormatSessionOptions<
  Known extends MeterSnapshot,
  Message extends FormatMessage,
> extends PublishedMetersOptions<Known, Message> {
  readonly format: Format<Known, Message>;
  readonly model: MeterModel<Known>;
  /** Readings of a simulated meter are refused. */
  readonly refusesSimulated?: boolean;
}

/** What a message leads to. */
export interface Received<Message> {
  readonly messages: readonly Message[];
  /** What was published, where the message was a reading. */
  readonly reading?: MeterReading;
}

/** What a node that publishes in a format does with the messages that it gets. */
export class FormatSession<Known extends MeterSnapshot, Message extends FormatMessage> {
  readonly #options: FormatSessionOptions<Known, Message>;
  readonly #publication: Publication<Known, Message>;
  readonly #serial: string;
  readonly #meters: PublishedMeters<Known, Message>;

  /** @throws UsageError `bad-setting` */
  constructor(options: FormatSessionOptions<Known, Message>) {
    const { context, format, model } = options;
    const { properties } = context;
    this.#options = options;
    this.#publication = { format, model, expireAfter: expirySetting(properties['expireAfter']) };
    this.#serial = textOf(properties, 'serial');
    this.#meters = new PublishedMeters(options, this.#publication);
  }

  load(): Promise<void> {
    return this.#meters.load();
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`, `serial-too-long`, `too-many-meters`, `history-not-live`, `simulated-meter`
   */
  receive(msg: NodeMessageInFlow): Received<Message> {
    const isReport = isLinkReport(msg);
    if (this.#options.refusesSimulated === true && isSimulatedMeter(msg['meter'])) {
      // A simulated meter that is not published has no link either.
      if (isReport) return { messages: [] };
      throw simulatedMeter();
    }
    return isReport ? this.#receiveLinkReport(msg) : this.#receiveReading(msg);
  }

  /**
   * Answers an HTTP request from what is known.
   * @throws UsageError `bad-payload` where the format answers no requests
   */
  answer(request: FormatRequest): FormatAnswer {
    const { format, clock } = this.#options;
    if (format.answer === undefined) throw badPayload('this format does not answer HTTP requests');
    return format.answer(this.firstMeter, request, clock.date());
  }

  get meters(): Iterable<Known> {
    return this.#meters.values();
  }

  /** The first meter that was read since the start; formats that answer requests have no other. */
  get firstMeter(): Known | undefined {
    for (const meter of this.meters) if (meter.readAt !== undefined) return meter;
    return undefined;
  }

  count(): { total: number; online: number } {
    return { total: this.#meters.sum('total'), online: this.#meters.sum('online') };
  }

  /**
   * Forgets meters.
   * @param serial of the meter; empty for all
   * @returns what takes away everything that is retained of them
   */
  forget(serial: string): readonly Message[] {
    const gone = [...this.meters].filter(({ device }) => serial === '' || device.serial === serial);
    for (const meter of gone) this.#meters.forget(meter);
    return gone.flatMap((meter) => this.#meters.withdraw(meter));
  }

  /** @param isRemoved whether the node was deleted: then all its meters become silent now */
  close(isRemoved: boolean): Promise<void> {
    return this.#meters.close(isRemoved);
  }

  #receiveReading(msg: NodeMessageInFlow): Received<Message> {
    checkLive(msg);
    const { onReading, answer, history } = this.#options.format;
    if (onReading === undefined && answer === undefined && history !== undefined) {
      throw badPayload('this format takes history only: connect mep-history');
    }
    const from = msg['meter'];
    const reading = readingOf(
      { payload: msg.payload, meter: from, table: msg['table'] },
      { serial: this.#serial },
      this.#options.clock.date(),
    );
    const { id } = reading;
    if (!this.#meters.admit(id, from)) return { messages: [] };
    const before = this.#meters.get(id);
    if (this.#options.format.isForOneMeter === true && before === undefined) this.#dropSilentMeters();
    if (!this.#meters.isNew(id, msg)) return { messages: [] };
    if (this.#meters.isLate(reading, from)) {
      const messages = publishLateReading(this.#publication, before, reading);
      return messages.length === 0 ? { messages } : { messages, reading };
    }
    const published = publishReading(this.#publication, before, reading, !this.#meters.wasRead(id));
    if (published === undefined) return { messages: [] };
    this.#meters.setRead(published.meter, reading, from);
    return { messages: published.messages, reading };
  }

  #receiveLinkReport(msg: NodeMessageInFlow): Received<Message> {
    const { format, clock } = this.#options;
    const report = linkReportOf({ payload: msg.payload, meter: msg['meter'] }, { serial: this.#serial });
    if (report === undefined) return { messages: [] };
    if (format.onLinkReport !== undefined && !this.#meters.admit(report.id, msg['meter'])) return { messages: [] };
    const before = this.#meters.get(report.id);
    const published = publishLinkReport(this.#publication, before, report, clock.date());
    if (published === undefined) return { messages: [] };
    this.#meters.setReported(published.meter, report);
    return { messages: published.messages };
  }

  /** Of one meter at a time: when a meter is exchanged, the next one takes the place of the silent one. */
  #dropSilentMeters(): void {
    if (this.#meters.sum('online') > 0) {
      throw badPayload('this format publishes one meter only; use a node for each meter');
    }
    for (const meter of [...this.meters]) this.#meters.forget(meter);
  }
}

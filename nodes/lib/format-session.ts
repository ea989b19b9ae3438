import type { Node, NodeMessageInFlow } from 'node-red';
import {
  badPayload,
  type Clock,
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
import { NodeMemory } from './memory.js';

export interface FormatSessionOptions {
  readonly node: Node;
  readonly format: Format;
  /** Seconds without a reading after which a meter is silent; 0 = never. */
  readonly expireAfter: number;
  /** Serial number for messages that bring none; empty = such messages are refused. */
  readonly serial: string;
  readonly clock: Clock;
  /** Sends what is due by itself: that a meter fell silent, or what is repeated. */
  readonly onDue: (messages: readonly FormatMessage[]) => void;
}

/** Why a meter will be silent: no reading came for too long, or mep-status says that it does not answer. */
type Reason = 'expiry' | 'silence';

/** The meters whose readings a node puts into a format, and when each of them counts as silent. */
export class FormatSession {
  readonly #options: FormatSessionOptions;
  readonly #memory: NodeMemory<readonly MeterSnapshot[]>;
  readonly #meters = new Map<string, MeterSnapshot>();
  /** Meters of which a reading was put into the format since the start. */
  readonly #told = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  #isClosed = false;

  constructor(options: FormatSessionOptions) {
    this.#options = options;
    this.#memory = new NodeMemory(options.node, 'meters');
  }

  /** A meter that was there when Node-RED went has as long to answer as any other. */
  async load(): Promise<void> {
    const { expireAfter } = this.#options;
    const known = await this.#memory.load((kept) => {
      const remembered: unknown[] = Array.isArray(kept) ? kept : [];
      return remembered.map((meter) => recallSnapshot(meter, expireAfter)).filter((meter) => meter !== undefined);
    });
    for (const meter of known) {
      this.#meters.set(meter.id, meter);
      if (meter.online) this.#expectReading(meter);
    }
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`
   */
  receive(msg: NodeMessageInFlow): readonly FormatMessage[] {
    return isLinkReport(msg) ? this.#receiveLinkReport(msg) : this.#receiveReading(msg);
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

  /** The first meter that was read since the start; formats that answer requests have no other. */
  get firstMeter(): MeterSnapshot | undefined {
    return [...this.#meters.values()].find((meter) => meter.readAt !== undefined);
  }

  count(): { total: number; online: number } {
    const meters = [...this.#meters.values()];
    return { total: meters.length, online: meters.filter((meter) => meter.online).length };
  }

  /**
   * Ends all that is timed.
   * @param isRemoved whether the node was deleted: then what says that its meters are gone is due now
   */
  close(isRemoved: boolean): void {
    this.#isClosed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    if (isRemoved) this.#options.onDue([...this.#meters.values()].flatMap((meter) => this.#goSilent(meter)));
    else this.#memory.handOver([...this.#meters.values()]);
  }

  #receiveReading(msg: NodeMessageInFlow): readonly FormatMessage[] {
    const { format, clock, expireAfter } = this.#options;
    const reading = readingOf(
      { payload: msg.payload, meter: msg['meter'], table: msg['table'] },
      this.#options,
      clock.date(),
    );
    const before = this.#meters.get(reading.id);
    if (format.isForOneMeter === true && before === undefined) this.#dropSilentMeters();
    const meter = withReading(before, reading, expireAfter);
    if (!meter.online) return [];
    const isFirst = !this.#told.has(meter.id) || before?.online !== true;
    this.#told.add(meter.id);
    this.#keep(meter);
    this.#expectReading(meter);
    this.#repeatLater(meter.id);
    return format.onReading?.(meter, { reading, before, isFirst }) ?? [];
  }

  /** Of one meter at a time: another one may take the place of one that is gone, as when a meter is exchanged. */
  #dropSilentMeters(): void {
    if ([...this.#meters.values()].some((meter) => meter.online)) {
      throw badPayload('this format can tell of one meter only; give each meter a node of its own');
    }
    this.#meters.clear();
  }

  #receiveLinkReport(msg: NodeMessageInFlow): readonly FormatMessage[] {
    const report = linkReportOf({ payload: msg.payload, meter: msg['meter'] }, this.#options);
    const meter = this.#meters.get(report?.id ?? '');
    if (report === undefined || meter === undefined) return [];
    const patience = patienceWith(report.state);
    if (patience === 0) return this.#goSilent(meter);
    if (report.state === 'online' && !meter.online) return this.#comeBack(meter);
    if (patience === undefined) this.#cancel('silence', meter.id);
    else this.#silentIn('silence', meter.id, patience);
    return [];
  }

  /** The link works again: the last reading is told on for as long as it is worth that. */
  #comeBack(meter: MeterSnapshot): readonly FormatMessage[] {
    const { format, clock, expireAfter } = this.#options;
    const leftMs = worthTellingForMs(meter.readAt, expireAfter, clock.date());
    if (leftMs === 0) return [];
    const back = { ...meter, online: true };
    this.#keep(back);
    this.#silentIn('expiry', meter.id, leftMs);
    this.#repeatLater(meter.id);
    return format.onReturn?.(back) ?? [];
  }

  #goSilent(meter: MeterSnapshot): readonly FormatMessage[] {
    if (!meter.online) return [];
    this.#cancel('expiry', meter.id);
    this.#cancel('silence', meter.id);
    this.#cancel('repeat', meter.id);
    const silent = { ...meter, online: false };
    this.#keep(silent);
    return this.#options.format.onSilence?.(silent) ?? [];
  }

  #expectReading({ id }: MeterSnapshot): void {
    this.#cancel('silence', id);
    this.#cancel('expiry', id);
    if (this.#options.expireAfter > 0) this.#silentIn('expiry', id, this.#options.expireAfter * 1000);
  }

  /** A second report of the same silence does not begin it anew. */
  #silentIn(reason: Reason, id: string, delayMs: number): void {
    this.#after(reason, id, delayMs, (meter) => this.#goSilent(meter));
  }

  #repeatLater(id: string): void {
    const { format, clock } = this.#options;
    const { repeat } = format;
    if (repeat === undefined) return;
    this.#after('repeat', id, repeat.everyMs, (meter) => {
      this.#repeatLater(id);
      return repeat.messages(meter, clock.date());
    });
  }

  /** Does something later with what is known of a meter then, unless that is planned already. */
  #after(
    what: Reason | 'repeat',
    id: string,
    delayMs: number,
    then: (meter: MeterSnapshot) => readonly FormatMessage[],
  ): void {
    const name = `${what} ${id}`;
    if (this.#isClosed || this.#timers.has(name)) return;
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(name);
      const meter = this.#meters.get(id);
      if (meter !== undefined) this.#options.onDue(then(meter));
    });
    this.#timers.set(name, cancel);
  }

  #cancel(what: Reason | 'repeat', id: string): void {
    const name = `${what} ${id}`;
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #keep(meter: MeterSnapshot): void {
    const before = this.#meters.get(meter.id);
    this.#meters.set(meter.id, meter);
    // Node-RED has removed the context of a node that was deleted: what is kept now would stay for ever.
    if (this.#isClosed || !isWorthRemembering(before, meter)) return;
    void this.#memory.keep([...this.#meters.values()].map(rememberSnapshot));
  }
}

import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { alarms, type Clock, isLinkReport, linkReportOf, offlineAfterMs, systemClock } from '../src/internal.js';
import { onClose, onInput, showStatus, startOrTell, textFrom, toNodeError } from './lib/index.js';
import { MeterRoster } from './lib/meter-roster.js';
import type { ConfigProperties } from './lib/settings.js';

/** Where in the node's context is kept which alarms stand, and which of them people were told. */
const CONTEXT_KEY = 'alarms';
const MS_PER_MINUTE = 60_000;
/** Of a limit or a value, and how many decimals of it people want to read. */
const UNITS: Readonly<Record<alarms.AlarmKind, { readonly unit: string; readonly decimals: number }>> = {
  power: { unit: 'W', decimals: 0 },
  overload: { unit: 'A', decimals: 1 },
  'voltage-low': { unit: 'V', decimals: 1 },
  'voltage-high': { unit: 'V', decimals: 1 },
  silence: { unit: 's', decimals: 0 },
};

/** The meters that are watched, and when each of them counts as silent. */
class Watch {
  readonly #settings: alarms.AlarmSettings;
  readonly #clock: Clock;
  readonly #onNews: (news: readonly alarms.AlarmNews[]) => void;
  readonly #roster: MeterRoster<alarms.WatchedMeter, alarms.AlarmNews, 'standing' | 'untold'>;
  #cancelQuietHours: (() => void) | undefined;

  /**
   * @param onNews gets what time alone brings: a meter that fell silent, the end of the quiet hours
   * @throws UsageError `bad-setting`
   */
  constructor(
    RED: NodeAPI,
    node: Node,
    properties: ConfigProperties,
    clock: Clock,
    onNews: (news: readonly alarms.AlarmNews[]) => void,
  ) {
    this.#settings = alarms.alarmSettings(properties);
    this.#clock = clock;
    this.#onNews = onNews;
    this.#roster = new MeterRoster({
      ...{ RED, node, properties, clock },
      contextKey: CONTEXT_KEY,
      idOf: ({ serial }) => serial,
      recall: (kept) => alarms.recallWatchedMeter(kept, this.#settings),
      remember: (meter) => meter,
      tally: (meter) => alarms.countAlarms([meter]),
      silentAfter: this.#settings.silentAfter,
      onDropped: alarms.endAlarms,
      onReplaced: (meter) => {
        this.#roster.delete(meter.serial);
        if (this.#roster.size === 0) this.#expectReading('');
        return alarms.endAlarms(meter);
      },
      send: onNews,
    });
  }

  /** A meter that was watched when Node-RED went has as long to answer as any other; without one, any has. */
  async load(): Promise<void> {
    await this.#roster.load();
    const known = [...this.#roster.values()].map(({ serial }) => serial);
    for (const serial of known.length === 0 ? [''] : known) this.#expectReading(serial);
    this.#lookAfterQuietHours();
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`, `serial-too-long`, `too-many-meters`
   */
  receive(msg: NodeMessageInFlow): readonly alarms.AlarmNews[] {
    const given = { payload: msg.payload, meter: msg['meter'], table: msg['table'] };
    if (isLinkReport(given)) return this.#receiveLinkReport(given);
    const sample = alarms.alarmSampleOf(given, this.#clock.date());
    const { serial } = sample;
    const unnamed = serial === '' ? undefined : this.#unnamed();
    if (!this.#roster.admit(serial, given.meter) || !this.#roster.isNew(serial, given)) return [];
    const known = this.#roster.get(serial) ?? (unnamed && { ...unnamed, serial });
    this.#expectReading(serial);
    return this.#take(alarms.receiveAlarmSample(known, sample, this.#settings), given.meter ?? null);
  }

  counts(): ReturnType<typeof alarms.countAlarms> & { readonly meters: number } {
    const roster = this.#roster;
    return { standing: roster.sum('standing'), untold: roster.sum('untold'), meters: roster.size };
  }

  close(isRemoved: boolean): Promise<void> {
    this.#cancelQuietHours?.();
    return this.#roster.close(isRemoved);
  }

  /** A meter that tells its serial number ends the wait for any, and takes over that none was there. */
  #unnamed(): alarms.WatchedMeter | undefined {
    const unnamed = this.#roster.get('');
    if (unnamed === undefined || unnamed.phases.length === 0) this.#roster.delete('');
    return unnamed;
  }

  #receiveLinkReport(msg: Readonly<{ payload?: unknown; meter?: unknown }>): readonly alarms.AlarmNews[] {
    const report = linkReportOf(msg, { serial: '' });
    const known = report && this.#roster.get(report.device.serial);
    const isGone = report && offlineAfterMs(report.state) === 0 && this.#settings.silentAfter > 0;
    if (known === undefined || isGone !== true) return [];
    return this.#take(alarms.meterIsSilent(known, this.#clock.date().getTime(), this.#settings));
  }

  /** @param from `msg.meter` of the reading that led to it; undefined where none did */
  #take(meter: alarms.WatchedMeter, from?: unknown): readonly alarms.AlarmNews[] {
    const told = alarms.tellAlarms(meter, this.#quietMinutes() > 0, this.#settings);
    const before = this.#roster.get(meter.serial);
    const isChanged = JSON.stringify(before) !== JSON.stringify(told.meter);
    const after = before === undefined || isChanged ? told.meter : before;
    if (from === undefined) this.#roster.set(after);
    else this.#roster.setRead(after, from);
    this.#lookAfterQuietHours();
    return told.news;
  }

  #expectReading(serial: string): void {
    this.#roster.timers.expectReading(serial, this.#settings.silentAfter, () => {
      const silent = alarms.meterIsSilent(this.#roster.get(serial), this.#clock.date().getTime(), this.#settings);
      this.#onNews(this.#take(silent));
    });
  }

  #quietMinutes(): number {
    const now = this.#clock.date();
    return alarms.quietFor(this.#settings.quietHours, now.getHours() * 60 + now.getMinutes());
  }

  #lookAfterQuietHours(): void {
    const minutes = this.#quietMinutes();
    if (minutes === 0 || this.#cancelQuietHours !== undefined || this.#roster.isClosed) return;
    this.#cancelQuietHours = this.#clock.after(minutes * MS_PER_MINUTE, () => {
      this.#cancelQuietHours = undefined;
      this.#onNews([...this.#roster.values()].flatMap((meter) => this.#take(meter)));
    });
  }
}

/** A message that a mail or a notification can be made of as it is: `topic` is its subject, `payload` its text. */
function messageOf(RED: NodeAPI, news: alarms.AlarmNews): NodeMessage & { alarm: object } {
  const { unit, decimals } = UNITS[news.kind];
  const plain = (value: number | null): string | number => (value === null ? '–' : Number(value.toFixed(decimals)));
  const group = news.isActive ? 'on' : 'off';
  const [title, text] =
    news.reason === undefined
      ? [`mep-alarm.title.${group}.${news.kind}`, `mep-alarm.${group}.${news.kind}`]
      : ['mep-alarm.meter-changed.title', 'mep-alarm.meter-changed.text'];
  const params = {
    serial: news.serial,
    phase: news.phase ?? '',
    value: plain(news.value),
    limit: plain(news.limit),
    minutes: Math.round(news.limit / 60),
  };
  const topic = textFrom(RED, news.serial === '' ? 'mep-alarm.anyMeter' : 'mep-alarm.meter', {
    ...params,
    title: textFrom(RED, title, params),
  });
  return { topic, payload: textFrom(RED, text, params), alarm: { ...news, unit } };
}

function show(RED: NodeAPI, node: Node, { standing, untold, meters }: ReturnType<Watch['counts']>): void {
  if (untold > 0) showStatus(RED, node, 'yellow', 'ring', 'mep-alarm.status.quiet', { count: untold });
  else if (standing > 0) showStatus(RED, node, 'red', 'dot', 'mep-alarm.status.alarms', { count: standing });
  else if (meters > 0) showStatus(RED, node, 'green', 'dot', 'mep-alarm.status.fine');
  else showStatus(RED, node, 'grey', 'ring', 'mep-alarm.status.waiting');
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const messages = (news: readonly alarms.AlarmNews[]): NodeMessage[] => news.map((each) => messageOf(RED, each));
  const watch = new Watch(RED, node, properties, systemClock, (news) => {
    node.send([messages(news)]);
    show(RED, node, watch.counts());
  });
  const loaded = watch.load().catch((error: unknown) => {
    node.warn(toNodeError(RED, error));
  });
  show(RED, node, watch.counts());

  onInput(RED, node, async (msg, send) => {
    await loaded;
    send([messages(watch.receive(msg)).map((message) => ({ ...message, _msgid: msg._msgid }))]);
    show(RED, node, watch.counts());
  });
  onClose(RED, node, (isRemoved) => watch.close(isRemoved));
}

/** Tells when power, current or voltage pass a limit, or a meter falls silent, and when that is over. */
export default function (RED: NodeAPI): void {
  function MepAlarm(this: Node, properties: NodeDef & ConfigProperties): void {
    RED.nodes.createNode(this, properties);
    startOrTell(RED, this, () => {
      start(RED, this, properties);
    });
  }
  RED.nodes.registerType('mep-alarm', MepAlarm);
}

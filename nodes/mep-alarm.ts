import type { Node, NodeAPI, NodeDef, NodeMessage, NodeMessageInFlow } from 'node-red';
import { alarms, type Clock, isLinkReport, linkReportOf, patienceWith, systemClock } from '../src/internal.js';
import { onClose, onInput, showStatus, startOrTell, textFrom, toNodeError } from './lib/index.js';
import { NodeMemory } from './lib/memory.js';
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
  readonly #memory: NodeMemory<unknown>;
  readonly #onNews: (news: readonly alarms.AlarmNews[]) => void;
  readonly #meters = new Map<string, alarms.WatchedMeter>();
  readonly #timers = new Map<string, () => void>();
  #isClosed = false;

  /** @param onNews gets what time alone brings: a meter that fell silent, the end of the quiet hours */
  constructor(
    node: Node,
    settings: alarms.AlarmSettings,
    clock: Clock,
    onNews: (news: readonly alarms.AlarmNews[]) => void,
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#memory = new NodeMemory(node, CONTEXT_KEY);
    this.#onNews = onNews;
  }

  /** A meter that was watched when Node-RED went has as long to answer as any other; without one, any has. */
  async load(): Promise<void> {
    const kept = await this.#memory.load((known) => known);
    for (const known of Array.isArray(kept) ? kept : []) {
      const meter = alarms.recallWatchedMeter(known, this.#settings);
      if (meter !== undefined) this.#meters.set(meter.serial, meter);
    }
    for (const serial of this.#meters.size === 0 ? [''] : this.#meters.keys()) this.#expectReading(serial);
    this.#lookAfterQuietHours();
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`
   */
  receive(msg: NodeMessageInFlow): readonly alarms.AlarmNews[] {
    const given = { payload: msg.payload, meter: msg['meter'], table: msg['table'] };
    if (isLinkReport(given)) return this.#receiveLinkReport(given);
    const sample = alarms.alarmSampleOf(given, this.#clock.date());
    const known = this.#known(sample.serial);
    this.#expectReading(sample.serial);
    return this.#take(alarms.receiveAlarmSample(known, sample, this.#settings));
  }

  counts(): ReturnType<typeof alarms.countAlarms> & { readonly meters: number } {
    return { ...alarms.countAlarms(this.#meters.values()), meters: this.#meters.size };
  }

  close(isRemoved: boolean): void {
    this.#isClosed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    if (!isRemoved) this.#memory.handOver([...this.#meters.values()]);
  }

  /** What is known of a meter. Any that tells its name ends the wait for one, and takes over that none was there. */
  #known(serial: string): alarms.WatchedMeter | undefined {
    const unnamed = this.#meters.get('');
    if (serial === '') return unnamed;
    if (unnamed === undefined || unnamed.phases.length === 0) this.#cancel('');
    const known = this.#meters.get(serial);
    if (known !== undefined || unnamed === undefined) return known;
    this.#meters.delete('');
    return { ...unnamed, serial };
  }

  #receiveLinkReport(msg: Readonly<{ payload?: unknown; meter?: unknown }>): readonly alarms.AlarmNews[] {
    const report = linkReportOf(msg, { serial: '' });
    const known = report && this.#meters.get(report.device.serial);
    const isGone = report && patienceWith(report.state) === 0 && this.#settings.silentAfter > 0;
    if (known === undefined || isGone !== true) return [];
    return this.#take(alarms.meterIsSilent(known, this.#clock.date().getTime(), this.#settings));
  }

  #take(meter: alarms.WatchedMeter): readonly alarms.AlarmNews[] {
    const told = alarms.tellAlarms(meter, this.#quietMinutes() > 0, this.#settings);
    const before = this.#meters.get(meter.serial);
    this.#meters.set(meter.serial, told.meter);
    if (JSON.stringify(before) !== JSON.stringify(told.meter)) void this.#memory.keep([...this.#meters.values()]);
    this.#lookAfterQuietHours();
    return told.news;
  }

  #expectReading(serial: string): void {
    this.#cancel(serial);
    const { silentAfter } = this.#settings;
    if (silentAfter === 0) return;
    this.#after(serial, silentAfter * 1000, () => {
      const silent = alarms.meterIsSilent(this.#meters.get(serial), this.#clock.date().getTime(), this.#settings);
      this.#onNews(this.#take(silent));
    });
  }

  #quietMinutes(): number {
    const now = this.#clock.date();
    return alarms.quietFor(this.#settings.quietHours, now.getHours() * 60 + now.getMinutes());
  }

  #lookAfterQuietHours(): void {
    const minutes = this.#quietMinutes();
    const name = 'end of the quiet hours';
    if (minutes === 0 || this.#timers.has(name)) return;
    this.#after(name, minutes * MS_PER_MINUTE, () => {
      this.#onNews([...this.#meters.values()].flatMap((meter) => this.#take(meter)));
    });
  }

  #after(name: string, delayMs: number, then: () => void): void {
    if (this.#isClosed) return;
    const cancel = this.#clock.after(delayMs, () => {
      this.#timers.delete(name);
      then();
    });
    this.#timers.set(name, cancel);
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }
}

/** A message that a mail or a notification can be made of as it is: `topic` is its subject, `payload` its text. */
function messageOf(RED: NodeAPI, news: alarms.AlarmNews): NodeMessage & { alarm: object } {
  const { unit, decimals } = UNITS[news.kind];
  const plain = (value: number | null): string | number => (value === null ? '–' : Number(value.toFixed(decimals)));
  const group = news.isActive ? 'on' : 'off';
  const params = {
    serial: news.serial,
    phase: news.phase ?? '',
    value: plain(news.value),
    limit: plain(news.limit),
    minutes: Math.round(news.limit / 60),
  };
  const topic = textFrom(RED, news.serial === '' ? 'mep-alarm.anyMeter' : 'mep-alarm.meter', {
    ...params,
    title: textFrom(RED, `mep-alarm.title.${group}.${news.kind}`, params),
  });
  return { topic, payload: textFrom(RED, `mep-alarm.${group}.${news.kind}`, params), alarm: { ...news, unit } };
}

function show(RED: NodeAPI, node: Node, { standing, untold, meters }: ReturnType<Watch['counts']>): void {
  if (untold > 0) showStatus(RED, node, 'yellow', 'ring', 'mep-alarm.status.quiet', { count: untold });
  else if (standing > 0) showStatus(RED, node, 'red', 'dot', 'mep-alarm.status.alarms', { count: standing });
  else if (meters > 0) showStatus(RED, node, 'green', 'dot', 'mep-alarm.status.fine');
  else showStatus(RED, node, 'grey', 'ring', 'mep-alarm.status.waiting');
}

function start(RED: NodeAPI, node: Node, properties: ConfigProperties): void {
  const messages = (news: readonly alarms.AlarmNews[]): NodeMessage[] => news.map((each) => messageOf(RED, each));
  const watch = new Watch(node, alarms.alarmSettings(properties), systemClock, (news) => {
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
  onClose(RED, node, (isRemoved) => {
    watch.close(isRemoved);
  });
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

import type { NodeMessageInFlow } from 'node-red';
import { alarms, checkLive, type Clock, isLinkReport, linkReportOf, offlineAfterMs } from '../../src/internal.js';
import { MeterRoster } from './meter-roster.js';
import type { NodeContext } from './node-context.js';

/** Where in the node's context the watched meters are kept. */
const CONTEXT_KEY = 'alarms';
const MS_PER_MINUTE = 60_000;

/** The meters that a node watches, with the timers of their silence and of the quiet hours. */
export class AlarmWatch {
  readonly #settings: alarms.AlarmSettings;
  readonly #clock: Clock;
  readonly #onChange: (changes: readonly alarms.AlarmChange[]) => void;
  readonly #roster: MeterRoster<alarms.WatchedMeter, alarms.AlarmChange, 'active' | 'unreported'>;
  #cancelQuietHours: (() => void) | undefined;

  /**
   * @param onChange gets the alarms that change without a message: a silent meter, the end of the quiet hours
   * @throws UsageError `bad-setting`
   */
  constructor(context: NodeContext, clock: Clock, onChange: (changes: readonly alarms.AlarmChange[]) => void) {
    this.#settings = alarms.alarmSettings(context.properties);
    this.#clock = clock;
    this.#onChange = onChange;
    this.#roster = new MeterRoster({
      ...{ context, clock },
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
      send: onChange,
    });
  }

  /** A known meter has the same time for its next reading as any other; without a known one, the time is for any meter. */
  async load(): Promise<void> {
    await this.#roster.load();
    const known = [...this.#roster.values()].map(({ serial }) => serial);
    for (const serial of known.length === 0 ? [''] : known) this.#expectReading(serial);
    this.#lookAfterQuietHours();
  }

  /**
   * Takes in a message of a decode node or of mep-status.
   * @throws UsageError `bad-payload`, `serial-too-long`, `too-many-meters`, `stored-message`, `history-not-live`
   */
  receive(msg: NodeMessageInFlow): readonly alarms.AlarmChange[] {
    checkLive(msg);
    const given = { payload: msg.payload, meter: msg['meter'], table: msg['table'] };
    if (isLinkReport(given)) return this.#receiveLinkReport(given);
    const sample = alarms.alarmSampleOf(given, this.#clock.date());
    const { serial } = sample;
    const unnamed = serial === '' ? undefined : this.#unnamed();
    if (!this.#roster.admit(serial, given.meter) || !this.#roster.isNew(serial, given)) return [];
    const ageMs = this.#roster.readingAgeMs(given.meter, sample.at);
    if (this.#roster.isLate(ageMs)) {
      this.#roster.setLate(serial);
      return [];
    }
    const known = this.#roster.get(serial) ?? (unnamed && { ...unnamed, serial });
    this.#expectReading(serial, ageMs);
    return this.#take(alarms.receiveAlarmSample(known, sample, this.#settings), given.meter ?? null);
  }

  counts(): ReturnType<typeof alarms.countAlarms> & { readonly meters: number } {
    const roster = this.#roster;
    return { active: roster.sum('active'), unreported: roster.sum('unreported'), meters: roster.size };
  }

  close(isRemoved: boolean): Promise<void> {
    this.#cancelQuietHours?.();
    return this.#roster.close(isRemoved);
  }

  /** The first meter with a serial number ends the wait for any meter, and takes over its alarm. */
  #unnamed(): alarms.WatchedMeter | undefined {
    const unnamed = this.#roster.get('');
    if (unnamed === undefined || unnamed.phases.length === 0) this.#roster.delete('');
    return unnamed;
  }

  #receiveLinkReport(msg: Readonly<{ payload?: unknown; meter?: unknown }>): readonly alarms.AlarmChange[] {
    const report = linkReportOf(msg, { serial: '' });
    const known = report && this.#roster.get(report.device.serial);
    const isGone = report && offlineAfterMs(report.state) === 0 && this.#settings.silentAfter > 0;
    if (known === undefined || isGone !== true) return [];
    return this.#take(alarms.meterIsSilent(known, this.#clock.date().getTime(), this.#settings));
  }

  /** @param from `msg.meter` of the reading that led to it; undefined where none did */
  #take(meter: alarms.WatchedMeter, from?: unknown): readonly alarms.AlarmChange[] {
    const reported = alarms.reportAlarms(meter, this.#quietMinutes() > 0, this.#settings);
    const before = this.#roster.get(meter.serial);
    const isChanged = JSON.stringify(before) !== JSON.stringify(reported.meter);
    const after = before === undefined || isChanged ? reported.meter : before;
    if (from === undefined) this.#roster.set(after);
    else this.#roster.setRead(after, from);
    this.#lookAfterQuietHours();
    return reported.changes;
  }

  #expectReading(serial: string, ageMs = 0): void {
    this.#roster.timers.expectReading(serial, this.#settings.silentAfter, ageMs, () => {
      const silent = alarms.meterIsSilent(this.#roster.get(serial), this.#clock.date().getTime(), this.#settings);
      this.#onChange(this.#take(silent));
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
      this.#onChange([...this.#roster.values()].flatMap((meter) => this.#take(meter)));
    });
  }
}

/**
 * What a simulated meter remembers, and what can happen to it: `meter.history` of a `SimulatedMeter`. All of it may be
 * used at any time; times are ms since 1970 by the meter's own clock unless they are called true.
 */
import { DAY_MS, MINUTE_MS } from './day-plan.js';
import { EventLog, EVENTS, type NewEvent } from './event-log.js';
import { PAST_MS, QUARTER_MS } from './history.js';
import { type Break, blockMs } from './load-profile/eras.js';
import { type RecordedInterval, RecordedDataSet } from './load-profile/data-set.js';
import { ChannelRecorder, type Mark } from './load-profile/recorder.js';
import type { LoadProfileSetup } from './load-profile/setup.js';
import { AttachedDevice, type SimulatedDevice } from './m-bus-devices.js';
import type { Measurements } from './measurements.js';
import { MeterClock } from './meter-clock.js';
import type { RegisterSetup } from './profiles.js';

/** What the history needs of its meter. */
export interface HistoryOwner {
  readonly seed: number;
  readonly measurements: Measurements;
  /** False for a new meter: its load profile is empty. */
  readonly isUsed: boolean;
  /** Measures up to now. */
  measure(): Measurements;
  setup(): RegisterSetup;
  /** The dimensions of tables have changed: a new IDT version, and a jump of the sequence number. [MEP p.55] */
  reconfigured(): void;
}

/** Sizes of logs that are off in most meters. */
export interface LogSizes {
  /** Entries of ET79, the alternate event log. */
  readonly alternateEvents: number;
  /** Entries of ET45, the reads of M-Bus devices. */
  readonly deviceReads: number;
}

const MAX_DEVICES = 4;

export class MeterHistory {
  readonly clock = new MeterClock();
  readonly events: EventLog;
  /** M-Bus devices by their place in ET13. */
  readonly devices: (AttachedDevice | undefined)[] = [];
  /** False: after an outage the missed intervals are not filled in. [MEP p.241] */
  fillsOutages = true;
  readonly #owner: HistoryOwner;
  readonly #recorder: ChannelRecorder;
  #setup: LoadProfileSetup;
  #dataSets: readonly RecordedDataSet[] = [];
  #breaks: Break[] = [];
  #isOptedOut = false;
  #isActive = true;
  #hasBackfillFailed = false;
  #configurationId = 1;
  #logSizes: LogSizes = { alternateEvents: 0, deviceReads: 0 };
  #version = 0;
  #handles = 0;

  constructor(owner: HistoryOwner, setup: LoadProfileSetup, devices: readonly SimulatedDevice[] = []) {
    this.#owner = owner;
    this.#setup = setup;
    this.events = new EventLog(() => {
      const { outages, registers, time } = owner.measurements;
      return { clock: this.clock, outages, powerOutages: registers.powerOutages, now: time };
    });
    const { seed, measurements } = owner;
    this.#recorder = new ChannelRecorder({ seed, measurements, clock: this.clock, history: this });
    const { time } = measurements;
    this.#start(owner.isUsed ? { from: time - PAST_MS, sequence: undefined } : { from: time, sequence: undefined });
    for (const device of devices) this.#attach(device, time - PAST_MS);
  }

  /** The time that the meter's clock shows, UTC. */
  get now(): number {
    return this.clock.shown(this.#owner.measurements.time);
  }

  /** Changes whenever the same tables hold something else at the same time. */
  get version(): number {
    return this.#version;
  }

  get setup(): LoadProfileSetup {
    return this.#setup;
  }

  get registerSetup(): RegisterSetup {
    return this.#owner.setup();
  }

  get dataSets(): readonly RecordedDataSet[] {
    return this.#dataSets;
  }

  get breaks(): readonly Break[] {
    return this.#breaks;
  }

  get isOptedOut(): boolean {
    return this.#isOptedOut;
  }

  /** False: the load profile is switched off, and nothing is recorded. */
  get isActive(): boolean {
    return this.#isActive;
  }

  get hasBackfillFailed(): boolean {
    return this.#hasBackfillFailed;
  }

  /** ET21.78 */
  get configurationId(): number {
    return this.#configurationId;
  }

  get logSizes(): LogSizes {
    return this.#logSizes;
  }

  /**
   * What a data set holds, oldest first: the truth for tests, as it was recorded and not as it is read.
   * @param dataSet from 1
   */
  recorded(dataSet = 1): RecordedInterval[] {
    this.#owner.measure();
    return this.#dataSets[dataSet - 1]?.recorded ?? [];
  }

  /** Sets the meter's clock forward by `ms`, or back; events 3 and 4 record it. */
  setClock(ms: number): void {
    const { time } = this.#owner.measure();
    const before = this.clock.offset;
    this.events.log({ event: EVENTS.clockChangedFrom });
    this.clock.setBy(ms, time);
    this.events.log({ event: EVENTS.clockChangedTo });
    this.#owner.measurements.history.clockOffset = this.clock.offset;
    if (this.#isActive) {
      this.#breaks.push({ end: time, offsetBefore: before, begin: time, offsetAfter: this.clock.offset });
    }
    this.#changed();
  }

  /** Configures the load profile anew: what was recorded is gone, and numbers begin at 0. */
  reconfigure(setup: LoadProfileSetup): void {
    this.#owner.measure();
    this.#setup = setup;
    this.#configurationId++;
    this.#recorder.clear();
    this.#start({ from: this.now, sequence: 0 });
    this.#owner.reconfigured();
  }

  /** Gives channels a status, from now on or where it says. */
  mark(mark: Mark): void {
    this.#owner.measure();
    this.#recorder.mark(mark, this.now);
    this.#changed();
  }

  /** Ends all marks that have no end. */
  endMarks(): void {
    this.#owner.measure();
    this.#recorder.endMarks(this.now);
    this.#changed();
  }

  /** The opt-out of the load profile: intervals are recorded without values (ET54.19.0, status 12). */
  optOut(isOptedOut: boolean): void {
    this.#owner.measure();
    if (isOptedOut === this.#isOptedOut) return;
    this.#isOptedOut = isOptedOut;
    this.#recorder.setOptOut(isOptedOut, this.now);
    this.#changed();
  }

  /** Switches the recording off or on again (active mode of BT63); what was recorded stays. */
  setActive(isActive: boolean): void {
    const { time } = this.#owner.measure();
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    const { offset } = this.clock;
    if (!isActive) {
      this.#breaks.push({ end: time, offsetBefore: offset, begin: undefined, offsetAfter: offset });
    } else {
      const open = this.#breaks.pop();
      if (open) this.#breaks.push({ ...open, begin: time, offsetAfter: offset });
    }
    this.#changed();
  }

  /** Takes note of an outage that has ended; true times. */
  afterOutage(from: number, to: number): void {
    if (this.fillsOutages || !this.#isActive) return;
    const { offset } = this.clock;
    this.#breaks.push({ end: from, offsetBefore: offset, begin: to, offsetAfter: offset });
    const length = this.#dataSets[0]?.setup.minutes ?? 0;
    // Nothing is missing where the power was back before the running interval ended.
    if (Math.floor(from / (length * MINUTE_MS)) < Math.floor(to / (length * MINUTE_MS))) {
      this.#hasBackfillFailed = true;
      this.events.log({ event: EVENTS.backfillFailed });
    }
    this.#changed();
  }

  /** Logs an event now. */
  logEvent(event: NewEvent): void {
    this.#owner.measure();
    this.events.log(event);
    this.#changed();
  }

  /** Changes the size of logs that most meters do not have. */
  configureLogs(sizes: Partial<LogSizes>): void {
    this.#owner.measure();
    this.#logSizes = { ...this.#logSizes, ...sizes };
    this.events.alternateEntries = this.#logSizes.alternateEvents;
    this.#changed();
    this.#owner.reconfigured();
  }

  /** Installs an M-Bus device at the first free place. */
  attach(device: SimulatedDevice): AttachedDevice {
    const attached = this.#attach(device, this.#owner.measure().time);
    this.#changed();
    return attached;
  }

  /** Removes the M-Bus device of a place. */
  detach(place: number): void {
    this.#owner.measure();
    this.devices[place] = undefined;
    this.#changed();
  }

  /** What was recorded is computed anew, such as after a change of the registers' unit. */
  invalidate(): void {
    this.#changed();
  }

  #attach(device: SimulatedDevice, installed: number): AttachedDevice {
    const places = Array.from({ length: MAX_DEVICES }, (_, place) => place);
    const free = places.find((place) => this.devices[place] === undefined);
    if (free === undefined) throw new RangeError(`A meter has ${MAX_DEVICES} M-Bus devices at most`);
    const attached = new AttachedDevice(device, ++this.#handles, installed);
    this.devices[free] = attached;
    return attached;
  }

  #start({ from, sequence }: { from: number; sequence: number | undefined }): void {
    const { history } = this.#owner.measurements;
    this.#breaks = this.#isActive
      ? []
      : [{ end: this.#owner.measurements.time, offsetBefore: this.clock.offset, begin: undefined, offsetAfter: 0 }];
    const begin = { from, offset: this.clock.offset, sequence };
    this.#dataSets = this.#setup.dataSets.map(
      (setup, index) => new RecordedDataSet(setup, begin, () => this.#recorder.of(index)),
    );
    const depths = this.#setup.dataSets.map((set) => set.blocks * blockMs(set) + blockMs(set));
    const steps = this.#setup.dataSets.map(({ minutes }) => minutes * MINUTE_MS);
    history.grid = {
      stepMs: steps.reduce(greatestDivisor, QUARTER_MS),
      keptMs: Math.max(DAY_MS, ...depths),
    };
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    for (const set of this.#dataSets) set.invalidate();
  }
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}

/** What the intervals of a load profile record: values, statuses, and the marks that a test has made. */
import { MINUTE_MS } from '../day-plan.js';
import { isEnergySource, type Registers, summationOf } from '../energy-registers.js';
import { Household } from '../household.js';
import { isDaylightSaving } from '../local-time.js';
import type { AttachedDevice } from '../m-bus-devices.js';
import type { Measurements } from '../measurements.js';
import type { MeterClock } from '../meter-clock.js';
import { averagesOf, presentValue } from '../present-values.js';
import type { RegisterSetup } from '../profiles.js';
import { noise } from '../random.js';
import type { Content, Recorder } from './data-set.js';
import { type Break, intervalMs, type PlacedInterval } from './eras.js';
import { type DataSetSetup, type DeviceChannel, type LoadProfileSetup, MINUTES_A_DAY } from './setup.js';
import { ansiStatus, COMMON, isZeroed, strongest } from './status.js';

/** Intervals, and what is different in them. They are those that end after `from` and no later than `to`. */
export interface Mark {
  /** Default: now; ms since 1970 by the meter's clock. */
  readonly from?: number;
  /** Default: until marks are ended. */
  readonly to?: number;
  /** From 1; default: all. */
  readonly dataSet?: number;
  /** From 0; default: all. */
  readonly channels?: readonly number[];
  /** Status of the channels. [MEP p.240-241] */
  readonly status?: number;
  /** Bits of the common status, in addition to those that apply. */
  readonly common?: number;
  /** The intervals are not recorded: their bits in the simple status stay 0. */
  readonly isLeftOut?: boolean;
}

interface PlacedMark extends Mark {
  readonly from: number;
  readonly to: number;
}

/** What a recorder reads of the meter's history. */
export interface RecordedHistory {
  readonly setup: LoadProfileSetup;
  readonly registerSetup: RegisterSetup;
  readonly breaks: readonly Break[];
  readonly now: number;
  readonly devices: readonly (AttachedDevice | undefined)[];
}

export interface RecorderOptions {
  readonly seed: number;
  readonly measurements: Measurements;
  readonly clock: MeterClock;
  readonly history: RecordedHistory;
}

interface ChannelState {
  readonly status: number;
  readonly value: number;
}

const [DECRYPTION_FAILED, CLOCK_FORWARD, CLOCK_BACK, SKIPPED] = [8, 2, 3, 4];
const [DEVICE_MISSING, NOT_CURRENT, OPTED_OUT, PLACEHOLDER] = [10, 11, 12, 15];

export class ChannelRecorder {
  readonly #options: RecorderOptions;
  readonly #house: Household;
  #marks: PlacedMark[] = [];
  #optOuts: { readonly from: number; readonly to: number }[] = [];

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#house = new Household(options.seed);
  }

  mark(mark: Mark, now: number): void {
    this.#marks.push({ ...mark, from: mark.from ?? now, to: mark.to ?? Number.POSITIVE_INFINITY });
  }

  endMarks(now: number): void {
    this.#marks = this.#marks.map((mark) => (mark.to === Number.POSITIVE_INFINITY ? { ...mark, to: now } : mark));
  }

  setOptOut(isOptedOut: boolean, now: number): void {
    if (isOptedOut) this.#optOuts.push({ from: now, to: Number.POSITIVE_INFINITY });
    else this.#optOuts = this.#optOuts.map(({ from, to }) => ({ from, to: Math.min(to, now) }));
  }

  /** Drops all marks. */
  clear(): void {
    this.#marks = [];
  }

  /** @param index of the data set, from 0 */
  of(index: number): Recorder {
    const { breaks, now, setup } = this.#options.history;
    const set = setup.dataSets[index];
    return {
      breaks,
      now,
      isRecorded: (interval) => !this.#marksOf(index, interval).some(({ isLeftOut }) => isLeftOut === true),
      contentOf: (interval) => set && this.#contentOf(index, set, interval),
    };
  }

  #marksOf(index: number, { end }: PlacedInterval): PlacedMark[] {
    return this.#marks.filter(
      ({ from, to, dataSet }) => end > from && end <= to && (dataSet === undefined || dataSet === index + 1),
    );
  }

  #contentOf(index: number, set: DataSetSetup, interval: PlacedInterval): Content | undefined {
    const registers = this.#registersAt(interval.end - interval.era.offset);
    if (!registers) return undefined;
    const marks = this.#marksOf(index, interval);
    const common = this.#commonOf(set, interval, marks);
    const states = set.channels.map((channel, place) => {
      const own =
        typeof channel === 'number'
          ? { status: clockStatus(common, interval), value: this.#valueOf(channel, interval, registers) }
          : this.#deviceState(channel, interval);
      return this.#marked(
        own,
        marks.filter(({ channels }) => channels?.includes(place) ?? true),
        interval,
        place,
      );
    });
    return { common, statuses: states.map(({ status }) => status), values: states.map(({ value }) => value) };
  }

  #commonOf(set: DataSetSetup, { end, era, isFirst }: PlacedInterval, marks: readonly PlacedMark[]): number {
    const start = end - intervalMs(set);
    const [trueStart, trueEnd] = [start - era.offset, end - era.offset];
    const hadOutage = this.#options.measurements.outages.some(({ from, to }) => from < trueEnd && to > trueStart);
    return (
      (isDaylightSaving(start) || isDaylightSaving(end - 1) ? COMMON.daylightSaving : 0) |
      (hadOutage ? COMMON.powerFail : 0) |
      (isFirst && era.change === 'forward' ? COMMON.clockForward : 0) |
      (isFirst && era.change === 'back' ? COMMON.clockBack : 0) |
      marks.reduce((bits, { common = 0 }) => bits | common, 0)
    );
  }

  #registersAt(trueTime: number): Registers | undefined {
    const { history, outages, registers } = this.#options.measurements;
    const totals = history.totalsAt(trueTime);
    if (!totals) return undefined;
    const later = outages.filter(({ to }) => to > trueTime);
    const seconds = later.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
    return {
      totals,
      tiers: [],
      powerOffSeconds: registers.powerOffSeconds - seconds,
      powerOutages: registers.powerOutages - later.length,
    };
  }

  #valueOf(source: number, { end, era }: PlacedInterval, registers: Registers): number {
    const { energyRegisterUnit, ctRatio, vtRatio, rolloverDigits } = this.#options.history.registerSetup;
    const ratio = ctRatio * vtRatio;
    if (isEnergySource(source) || source < FIRST_PRESENT) {
      return summationOf(registers, source, null, energyRegisterUnit, ratio) % 10 ** rolloverDigits;
    }
    const state = this.#house.at(end - era.offset);
    return presentValue(source, state, averagesOf(state), ratio) ?? 0;
  }

  #deviceState({ device: place, mdt }: DeviceChannel, { end, era }: PlacedInterval): ChannelState {
    const device = this.#options.history.devices[place];
    if (!device) return { status: PLACEHOLDER, value: 0 };
    const at = end - era.offset;
    if (!this.#isPolled(device, end)) {
      return { status: this.#options.history.setup.marksSkipped === false ? 0 : SKIPPED, value: 0 };
    }
    if (device.isDown) return { status: DEVICE_MISSING, value: 0 };
    const value = device.channelValue(mdt, at);
    return value === undefined ? { status: SKIPPED, value: 0 } : { status: 0, value };
  }

  /** "Polls only occur when the number of minutes in the day modulo the poll rate is 0." [MEP p.33] */
  #isPolled({ pollMinutes }: AttachedDevice, end: number): boolean {
    return pollMinutes === 0 || (Math.floor(end / MINUTE_MS) % MINUTES_A_DAY) % pollMinutes === 0;
  }

  #marked(own: ChannelState, marks: readonly PlacedMark[], { end }: PlacedInterval, place: number): ChannelState {
    const isOptedOut = this.#optOuts.some(({ from, to }) => end > from && end <= to);
    const statuses = marks.map(({ status = 0 }) => status);
    const status = strongest([own.status, ...statuses, ...(isOptedOut ? [OPTED_OUT] : [])]);
    const isEmpty = isOptedOut || statuses.some(isZeroed) || isZeroed(own.status);
    const value = isEmpty ? 0 : this.#storedValue(own.value, statuses, end, place);
    return { status: this.#options.history.setup.isAnsiCompliant === true ? ansiStatus(status) : status, value };
  }

  #storedValue(value: number, statuses: readonly number[], end: number, place: number): number {
    if (statuses.includes(DECRYPTION_FAILED)) {
      return Math.floor(noise(this.#options.seed, Math.floor(end / MINUTE_MS), place) * 2 ** 32) | 0;
    }
    // The value of an earlier interval: plausible, but not that of this one.
    return statuses.includes(NOT_CURRENT) ? Math.max(0, value - STALE_COUNTS) : value;
  }
}

const FIRST_PRESENT = 8;
const STALE_COUNTS = 1_000;

function clockStatus(common: number, { isFirst, era }: PlacedInterval): number {
  if (!isFirst || era.change === 'none') return 0;
  return (common & COMMON.clockForward) !== 0 && era.change === 'forward' ? CLOCK_FORWARD : CLOCK_BACK;
}

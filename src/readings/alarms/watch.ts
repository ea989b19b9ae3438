import { hasTransformers } from '../primary-values.js';
import { fieldsOf, knownEntries, readingTime, serialIn } from '../message.js';
import { isNumber } from '../numbers.js';
import { type AlarmKind, type Condition, conditionsOf, livePhases, type Phase } from './condition.js';
import type { AlarmSettings } from './settings.js';

/** One thing that is or was alarming. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  readonly isStanding: boolean;
  /** Whether it was sent: what is still active is sent after the quiet hours. */
  readonly isTold: boolean;
  /** Since when the readings contradict it, ms since 1970; null: they do not. */
  readonly turningSince: number | null;
  /** When it became active, ms since 1970; of an inactive one, the last time. */
  readonly since: number;
  /** The newest; null for silence. */
  readonly value: number | null;
  /** What was passed: W, A, V, or seconds of silence. */
  readonly limit: number;
}

/** A meter that is watched. JSON-safe as it is. */
export interface WatchedMeter {
  /** Serial number; empty where messages bring none. */
  readonly serial: string;
  readonly phases: readonly Phase[];
  readonly alarms: readonly Alarm[];
}

/** A decoded message as far as it can be alarming. */
export interface AlarmSample {
  readonly serial: string;
  /** When it was read, ms since 1970. */
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
  readonly isBehindTransformers: boolean;
}

/** An alarm message to send. */
export interface AlarmNews {
  readonly serial: string;
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  /** false: it is over. */
  readonly isActive: boolean;
  readonly value: number | null;
  readonly limit: number;
  /** ISO 8601. */
  readonly since: string;
  /** Why it is over where no reading says so: another meter, or none, is at the connection of this one. */
  readonly reason?: 'meter-changed';
}

/**
 * Takes a message of a decode node for watching; values that are no numbers are left out.
 * @throws UsageError `bad-payload`: not a decoded reading, or a time that is none
 */
export function alarmSampleOf(
  msg: Readonly<{ payload?: unknown; meter?: unknown; table?: unknown }>,
  receivedAt: Date,
): AlarmSample {
  const measured = (entry: [string, unknown]): entry is [string, number] => isNumber(entry[1]);
  return {
    serial: serialIn(msg.meter),
    at: readingTime(fieldsOf(msg.table)['readAt'], receivedAt),
    values: new Map(knownEntries(msg.payload).filter(measured)),
    isBehindTransformers: hasTransformers(fieldsOf(msg.meter)['dimensions']),
  };
}

const isOf =
  ({ kind, phase }: Pick<Alarm, 'kind' | 'phase'>) =>
  (other: Alarm): boolean =>
    other.kind === kind && other.phase === phase;

function withAlarm(meter: WatchedMeter, alarm: Alarm): WatchedMeter {
  return { ...meter, alarms: [...meter.alarms.filter((other) => !isOf(alarm)(other)), alarm] };
}

function neverSeen(serial: string): WatchedMeter {
  return { serial, phases: [], alarms: [] };
}

/** The alarm after a condition: it changes only when the readings have shown it for long enough. */
function turned(alarm: Alarm | undefined, condition: Condition, at: number, holdSeconds: number): Alarm | undefined {
  const { kind, phase, value, limit } = condition;
  const isStanding = alarm?.isStanding ?? false;
  const saysOtherwise = isStanding ? condition.isBack : condition.isBeyond;
  if (alarm === undefined && !saysOtherwise) return undefined;
  const known = { kind, phase, value, limit, isTold: alarm?.isTold ?? false, isStanding, since: alarm?.since ?? at };
  if (!saysOtherwise) return { ...known, turningSince: null };
  const turningSince = Math.min(alarm?.turningSince ?? at, at);
  if (at - turningSince < holdSeconds * 1000) return { ...known, turningSince };
  return { ...known, turningSince: null, isStanding: !isStanding, since: isStanding ? known.since : turningSince };
}

/**
 * Takes a reading: checks each limit, and the meter is not silent.
 * @param known what this or `meterIsSilent` gave before; undefined for a meter never seen
 */
export function receiveAlarmSample(
  known: WatchedMeter | undefined,
  sample: AlarmSample,
  settings: AlarmSettings,
): WatchedMeter {
  const before = known ?? neverSeen(sample.serial);
  const live = livePhases(sample.values, sample.isBehindTransformers);
  const phases = [...new Set([...before.phases, ...live])];
  let meter: WatchedMeter = { ...before, phases };
  for (const condition of conditionsOf({ ...sample, phases: new Set(phases) }, settings)) {
    const alarm = turned(meter.alarms.find(isOf(condition)), condition, sample.at, settings.holdSeconds);
    if (alarm !== undefined) meter = withAlarm(meter, alarm);
  }
  const silence = meter.alarms.find(isOf({ kind: 'silence', phase: null }));
  return silence?.isStanding === true ? withAlarm(meter, { ...silence, isStanding: false }) : meter;
}

/**
 * The meter has not been read for `silentAfter` seconds. Its other alarms stay as they are: their state is unknown.
 * @param known undefined when nothing was read since the start
 * @param at now, ms since 1970
 */
export function meterIsSilent(known: WatchedMeter | undefined, at: number, settings: AlarmSettings): WatchedMeter {
  const meter = known ?? neverSeen('');
  const silence = meter.alarms.find(isOf({ kind: 'silence', phase: null }));
  if (silence?.isStanding === true) return meter;
  return withAlarm(meter, {
    kind: 'silence',
    phase: null,
    isStanding: true,
    isTold: silence?.isTold ?? false,
    turningSince: null,
    since: at - settings.silentAfter * 1000,
    value: null,
    limit: settings.silentAfter,
  });
}

/**
 * The messages to send now: alarms that became active, and sent ones that are over.
 * @param isQuiet whether it is one of the quiet hours; what is not urgent then waits until the next call without it
 */
export function tellAlarms(
  meter: WatchedMeter,
  isQuiet: boolean,
  settings: AlarmSettings,
): { readonly meter: WatchedMeter; readonly news: readonly AlarmNews[] } {
  const isDue = (alarm: Alarm): boolean =>
    alarm.isStanding !== alarm.isTold && (!isQuiet || alarm.kind === settings.urgent);
  const due = meter.alarms.filter(isDue);
  if (due.length === 0) return { meter, news: [] };
  const alarms = meter.alarms.map((alarm) => (isDue(alarm) ? { ...alarm, isTold: alarm.isStanding } : alarm));
  return { meter: { ...meter, alarms }, news: due.map((alarm) => newsOf(meter, alarm)) };
}

function newsOf({ serial }: WatchedMeter, { kind, phase, isStanding, value, limit, since }: Alarm): AlarmNews {
  return { serial, kind, phase, isActive: isStanding, value, limit, since: new Date(since).toISOString() };
}

/** Ends all reported alarms of a meter: another one, or none, is at its connection. */
export function endAlarms(meter: WatchedMeter): readonly AlarmNews[] {
  return meter.alarms
    .filter(({ isTold }) => isTold)
    .map((alarm) => ({ ...newsOf(meter, { ...alarm, isStanding: false }), reason: 'meter-changed' }));
}

/** The number of active alarms, and of those not sent yet. */
export function countAlarms(meters: Iterable<WatchedMeter>): { readonly standing: number; readonly untold: number } {
  const standing = [...meters].flatMap(({ alarms }) => alarms.filter((alarm) => alarm.isStanding));
  return { standing: standing.length, untold: standing.filter((alarm) => !alarm.isTold).length };
}

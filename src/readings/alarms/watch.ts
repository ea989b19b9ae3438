import { hasTransformers } from '../primary-values.js';
import { fieldsOf, knownEntries, readingTime, serialIn } from '../message.js';
import { isNumber } from '../numbers.js';
import { type AlarmKind, type Condition, conditionsOf, livePhases, type Phase } from './condition.js';
import type { AlarmSettings } from './settings.js';

/** The state of one alarm of a meter. */
export interface Alarm {
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  readonly isActive: boolean;
  /** Whether the alarm was sent. An alarm held back in the quiet hours is sent after them if it is still active. */
  readonly isReported: boolean;
  /** When the readings began to contradict the state, ms since 1970; null while they agree with it. */
  readonly contradictedSince: number | null;
  /** When the alarm became active, ms since 1970; for an inactive alarm the last time it did. */
  readonly since: number;
  /** The newest value; null for a silent meter. */
  readonly value: number | null;
  /** The limit that was exceeded: W, A, V, or seconds without a reading. */
  readonly limit: number;
}

/** The alarms of one meter. JSON-safe, so that it can be stored without conversion. */
export interface WatchedMeter {
  /** Serial number; empty where the messages have none. */
  readonly serial: string;
  readonly phases: readonly Phase[];
  readonly alarms: readonly Alarm[];
}

/** The values of a decoded message that alarms depend on. */
export interface AlarmSample {
  readonly serial: string;
  /** Time of the reading, ms since 1970. */
  readonly at: number;
  readonly values: ReadonlyMap<string, number>;
  readonly isBehindTransformers: boolean;
}

/** An alarm message to send. */
export interface AlarmChange {
  readonly serial: string;
  readonly kind: AlarmKind;
  readonly phase: Phase | null;
  /** False when the alarm was cleared. */
  readonly isActive: boolean;
  readonly value: number | null;
  readonly limit: number;
  /** ISO 8601. */
  readonly since: string;
  /** Why the alarm was cleared without a reading: the connection now has another meter, or none. */
  readonly reason?: 'meter-changed';
}

/**
 * Extracts the values of a decode node's message that alarms depend on; values that are no numbers are left out.
 * @throws UsageError `bad-payload`: not a decoded reading, or an invalid time
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

/** The alarm after a condition: it changes state only when the readings have required that for `holdSeconds`. */
function afterCondition(
  alarm: Alarm | undefined,
  condition: Condition,
  at: number,
  holdSeconds: number,
): Alarm | undefined {
  const { kind, phase, value, limit } = condition;
  const isActive = alarm?.isActive ?? false;
  const isContradicted = isActive ? condition.isBack : condition.isBeyond;
  if (alarm === undefined && !isContradicted) return undefined;
  const known = {
    kind,
    phase,
    value,
    limit,
    isReported: alarm?.isReported ?? false,
    isActive,
    since: alarm?.since ?? at,
  };
  if (!isContradicted) return { ...known, contradictedSince: null };
  const contradictedSince = Math.min(alarm?.contradictedSince ?? at, at);
  if (at - contradictedSince < holdSeconds * 1000) return { ...known, contradictedSince };
  return { ...known, contradictedSince: null, isActive: !isActive, since: isActive ? known.since : contradictedSince };
}

/**
 * Checks a reading against each limit and clears the alarm of a silent meter.
 * @param known the previous result of this function or of `meterIsSilent`; undefined for a new meter
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
    const alarm = afterCondition(meter.alarms.find(isOf(condition)), condition, sample.at, settings.holdSeconds);
    if (alarm !== undefined) meter = withAlarm(meter, alarm);
  }
  const silence = meter.alarms.find(isOf({ kind: 'silence', phase: null }));
  return silence?.isActive === true ? withAlarm(meter, { ...silence, isActive: false }) : meter;
}

/**
 * Raises the alarm of a meter without a reading for `silentAfter` seconds. Its other alarms stay as they are, since no
 * reading shows their state.
 * @param known undefined when nothing was read since the start
 * @param at now, ms since 1970
 */
export function meterIsSilent(known: WatchedMeter | undefined, at: number, settings: AlarmSettings): WatchedMeter {
  const meter = known ?? neverSeen('');
  const silence = meter.alarms.find(isOf({ kind: 'silence', phase: null }));
  if (silence?.isActive === true) return meter;
  return withAlarm(meter, {
    kind: 'silence',
    phase: null,
    isActive: true,
    isReported: silence?.isReported ?? false,
    contradictedSince: null,
    since: at - settings.silentAfter * 1000,
    value: null,
    limit: settings.silentAfter,
  });
}

/**
 * The messages to send now: alarms that became active, and alarms that were sent and have been cleared.
 * @param isQuiet whether now is in the quiet hours: alarms that are not urgent wait for the next call outside them
 */
export function reportAlarms(
  meter: WatchedMeter,
  isQuiet: boolean,
  settings: AlarmSettings,
): { readonly meter: WatchedMeter; readonly changes: readonly AlarmChange[] } {
  const isDue = (alarm: Alarm): boolean =>
    alarm.isActive !== alarm.isReported && (!isQuiet || alarm.kind === settings.urgent);
  const due = meter.alarms.filter(isDue);
  if (due.length === 0) return { meter, changes: [] };
  const alarms = meter.alarms.map((alarm) => (isDue(alarm) ? { ...alarm, isReported: alarm.isActive } : alarm));
  return { meter: { ...meter, alarms }, changes: due.map((alarm) => changeOf(meter, alarm)) };
}

function changeOf({ serial }: WatchedMeter, { kind, phase, isActive, value, limit, since }: Alarm): AlarmChange {
  return { serial, kind, phase, isActive, value, limit, since: new Date(since).toISOString() };
}

/** Clears all sent alarms of a meter, after its connection changed to another meter or to none. */
export function endAlarms(meter: WatchedMeter): readonly AlarmChange[] {
  return meter.alarms
    .filter(({ isReported }) => isReported)
    .map((alarm) => ({ ...changeOf(meter, { ...alarm, isActive: false }), reason: 'meter-changed' }));
}

/** The number of active alarms, and of those not sent yet. */
export function countAlarms(meters: Iterable<WatchedMeter>): { readonly active: number; readonly unreported: number } {
  const active = [...meters].flatMap(({ alarms }) => alarms.filter((alarm) => alarm.isActive));
  return { active: active.length, unreported: active.filter((alarm) => !alarm.isReported).length };
}

import { UsageError } from '../../errors.js';
import { ALARM_LIMITS, describeLimits, isWithin } from '../../limits.js';

/** Minutes since midnight, local time; `to` may be on the next day. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** The limits of the alarms; 0 disables an alarm. */
export interface AlarmSettings {
  /** Limit of the imported power, W. */
  readonly powerLimit: number;
  /** Rated current of the main fuse, A for each phase; behind current transformers that of the primary side. */
  readonly fuse: number;
  /** Permitted voltage of each phase, V: the lower limit. */
  readonly voltageMin: number;
  readonly voltageMax: number;
  /** Seconds without a reading after which the meter counts as silent. */
  readonly silentAfter: number;
  /** Seconds for which a condition must last before its alarm is raised, and be over before the alarm is cleared. */
  readonly holdSeconds: number;
  /** Percent of a limit of power or current by which the value must be below the limit before the alarm is cleared. */
  readonly hysteresis: number;
  readonly quietHours: QuietHours | undefined;
  /** Alarms that are also sent in the quiet hours. */
  readonly urgent: 'nothing' | 'overload';
}

const URGENT = ['nothing', 'overload'] as const;

type NumberSetting = Exclude<keyof AlarmSettings, 'quietHours' | 'urgent'>;

const TIME_OF_DAY = /^(?:([01]?\d|2[0-3]):([0-5]\d))$/;

function bad(setting: string, allowed: string): UsageError {
  return new UsageError('bad-setting', `${setting} must be ${allowed}`, { values: { setting } });
}

function isEmpty(given: unknown): boolean {
  return given === undefined || given === null || (typeof given === 'string' && given.trim() === '');
}

function numberOf(setting: NumberSetting, given: unknown): number {
  const limits = ALARM_LIMITS[setting];
  if (isEmpty(given)) return limits.fallback;
  const number = typeof given === 'number' || typeof given === 'string' ? Number(given) : NaN;
  if (isWithin(number, limits)) return number;
  throw bad(setting, describeLimits(limits));
}

function minutesOf(setting: string, given: unknown): number {
  const [, hours, minutes] = TIME_OF_DAY.exec(typeof given === 'string' ? given.trim() : '') ?? [];
  if (hours === undefined || minutes === undefined) throw bad(setting, 'a time of day such as 22:00');
  return Number(hours) * 60 + Number(minutes);
}

function quietHoursOf(from: unknown, to: unknown): QuietHours | undefined {
  if (isEmpty(from) && isEmpty(to)) return undefined;
  return { from: minutesOf('quietFrom', from), to: minutesOf('quietTo', to) };
}

/** Settings as they come from a dialog or an old export. */
export type GivenAlarmSettings = Readonly<Partial<Record<NumberSetting | 'urgent' | 'quietFrom' | 'quietTo', unknown>>>;

/**
 * Completes settings from a dialog or an old export, where values may be missing, empty, or numbers as text. Quiet
 * hours are `quietFrom` and `quietTo`, as `22:00`, or both empty.
 * @throws UsageError `bad-setting`
 */
export function alarmSettings(given: GivenAlarmSettings): AlarmSettings {
  const urgent = URGENT.find((known) => known === (isEmpty(given.urgent) ? 'overload' : given.urgent));
  if (urgent === undefined) throw bad('urgent', `one of ${URGENT.join(', ')}`);
  const settings = {
    powerLimit: numberOf('powerLimit', given.powerLimit),
    fuse: numberOf('fuse', given.fuse),
    voltageMin: numberOf('voltageMin', given.voltageMin),
    voltageMax: numberOf('voltageMax', given.voltageMax),
    silentAfter: numberOf('silentAfter', given.silentAfter),
    holdSeconds: numberOf('holdSeconds', given.holdSeconds),
    hysteresis: numberOf('hysteresis', given.hysteresis),
    quietHours: quietHoursOf(given.quietFrom, given.quietTo),
    urgent,
  };
  const { voltageMin, voltageMax } = settings;
  if (voltageMax > 0 && voltageMin >= voltageMax) throw bad('voltageMin', 'below voltageMax');
  return settings;
}

/**
 * Minutes until the quiet hours end; 0 outside them.
 * @param minuteOfDay minutes since midnight, local time
 */
export function quietFor(quietHours: QuietHours | undefined, minuteOfDay: number): number {
  if (quietHours === undefined) return 0;
  const { from, to } = quietHours;
  const day = 24 * 60;
  const length = (to - from + day) % day;
  const elapsed = (minuteOfDay - from + day) % day;
  return elapsed < length ? length - elapsed : 0;
}

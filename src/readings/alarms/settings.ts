import { ALARM_LIMITS } from '../../limits.js';
import { isEmptySetting, numberSetting, settingError } from '../../setting-values.js';

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

function numberOf(given: GivenAlarmSettings, setting: NumberSetting): number {
  return numberSetting(setting, given[setting], ALARM_LIMITS[setting]);
}

function minutesOf(setting: string, given: unknown): number {
  const [, hours, minutes] = TIME_OF_DAY.exec(typeof given === 'string' ? given.trim() : '') ?? [];
  if (hours === undefined || minutes === undefined) throw settingError(setting, 'a time of day such as 22:00');
  return Number(hours) * 60 + Number(minutes);
}

function quietHoursOf(from: unknown, to: unknown): QuietHours | undefined {
  if (isEmptySetting(from) && isEmptySetting(to)) return undefined;
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
  const urgent = URGENT.find((known) => known === (isEmptySetting(given.urgent) ? 'overload' : given.urgent));
  if (urgent === undefined) throw settingError('urgent', `one of ${URGENT.join(', ')}`);
  const settings = {
    powerLimit: numberOf(given, 'powerLimit'),
    fuse: numberOf(given, 'fuse'),
    voltageMin: numberOf(given, 'voltageMin'),
    voltageMax: numberOf(given, 'voltageMax'),
    silentAfter: numberOf(given, 'silentAfter'),
    holdSeconds: numberOf(given, 'holdSeconds'),
    hysteresis: numberOf(given, 'hysteresis'),
    quietHours: quietHoursOf(given.quietFrom, given.quietTo),
    urgent,
  };
  const { voltageMin, voltageMax } = settings;
  if (voltageMax > 0 && voltageMin >= voltageMax) throw settingError('voltageMin', 'below voltageMax');
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

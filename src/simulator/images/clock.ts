/** Clocks, and the tariff calendar that assigns energy to tiers. [MEP p.222-231] */
import { findTable, tableSize, type TableValues } from '../../tables/index.js';
import { DAY_MS, LOCAL_OFFSET_MS, MINUTE_MS } from '../day-plan.js';
import { tierAt } from '../household.js';
import { DAYLIGHT_SAVING_MS, isDaylightSaving, localOffset, midnightOf } from '../local-time.js';
import { SEASON_MONTHS, seasonAt } from '../seasons.js';
import { hasFirmware, type Identity, longTime, since, type ValuesOf } from './context.js';

export const CALENDAR_ID = 20_260_401;
const SWITCHES_A_SCHEDULE = 10;
/** Hour and minute of an unused switch; the guide does not define a marker. */
const NEVER = { hour: 31, minute: 63 };
/** Day schedules of Monday to Friday, Saturdays, Sundays and holidays. */
const [WEEKDAY, SATURDAY, SUNDAY] = [0, 1, 2];
/** A Monday, and the weekdays that give the tiers of each schedule. */
const SCHEDULE_DAYS: readonly number[] = [Date.UTC(2026, 5, 1), Date.UTC(2026, 5, 6), Date.UTC(2026, 5, 7)];
const HOURS_A_DAY = 24;
const FIRST_SEASON_ACTION = 3;
/** "Postpone to the last WEEKDAY of the MONTH on or after DAY": the last Sunday. [MEP p.43] */
const LAST_SUNDAY = { offset: 6, weekday: 0, day: 1 };
/** Begin and end of daylight saving time. [MEP p.227] */
const DAYLIGHT_SAVING_DATES: readonly TableValues[] = [
  { recurringDate: { month: 3, ...LAST_SUNDAY }, action: 1 },
  { recurringDate: { month: 10, ...LAST_SUNDAY }, action: 2 },
];

/** Values of BT50 under a firmware. */
export function calendarDimensions({ profile }: Identity): TableValues {
  const hasSeasons = hasFirmware(profile, '3.50');
  const values: TableValues = {
    touSelfRead: true,
    seasonSelfRead: true,
    seasonDemandReset: false,
    seasonChangeArmed: false,
    sortDates: false,
    anchorDate: false,
    daylightSavingTimeAuto: false,
    separateWeekDays: false,
    separateSummationDemands: false,
    sortTierSwitches: true,
    capableOfTimeZoneOffset: true,
    numberOfSeasons: hasSeasons ? 12 : 4,
    numberOfSpecialSchedules: 2,
    numberOfNonRecurringDates: hasSeasons ? 25 : 0,
    numberOfRecurringDates: 23,
    numberOfTierSwitches: 200,
  };
  const calendar = findTable('BT54');
  return { ...values, calendarTableSize: calendar ? tableSize(calendar, { BT50: values }) : 0 };
}

/** Day schedules of the household: a switch at each hour at which the tier changes. */
function tierSwitches(tiers: number, count: number): TableValues[] {
  const switches = Array.from({ length: count }, (_, place): TableValues => {
    return { tier: 0, ...NEVER, schedule: Math.floor(place / SWITCHES_A_SCHEDULE) };
  });
  for (const [schedule, day] of SCHEDULE_DAYS.entries()) {
    let place = schedule * SWITCHES_A_SCHEDULE;
    let before: number | undefined;
    for (let hour = 0; hour < HOURS_A_DAY; hour++) {
      const tier = tierAt(midnightOf(day / DAY_MS) + 60 * hour * MINUTE_MS, tiers);
      if (tier !== before) switches[place++] = { tier, minute: 0, hour, schedule };
      before = tier;
    }
  }
  return switches;
}

const clockFlags = (time: number, isLocal: boolean): TableValues => ({
  dayOfWeek: new Date(isLocal ? time + localOffset(time) : time).getUTCDay(),
  daylightSavingTime: isDaylightSaving(time),
  greenwichMeanTime: !isLocal,
  timeZoneApplied: isLocal,
  dstApplied: isLocal,
});

export const CLOCK_VALUES: Readonly<Record<string, ValuesOf>> = {
  BT50: ({ dims }) => dims['BT50'] ?? {},
  BT52: ({ history: { now } }) => ({ clockCalendar: longTime(now), ...clockFlags(now, false) }),
  BT53: () => ({
    daylightSavingTimeEffective: '02:00:00',
    daylightSavingTimeAdjustment: DAYLIGHT_SAVING_MS / MINUTE_MS,
    timeZoneOffset: LOCAL_OFFSET_MS / MINUTE_MS,
  }),
  BT54: ({ identity, dims }) => {
    const { numberOfSeasons, numberOfTierSwitches, numberOfRecurringDates } = dims['BT50'] ?? {};
    const dates = SEASON_MONTHS.map((month, season): TableValues => {
      return {
        recurringDate: { month, offset: 0, weekday: 0, day: 1 },
        action: FIRST_SEASON_ACTION + season,
        selfRead: true,
        ...(season === 0 ? since(identity.profile, '3.50', { touFormat: true }) : {}),
      };
    });
    dates.push(...DAYLIGHT_SAVING_DATES);
    const unused = Array.from({ length: Number(numberOfRecurringDates) - dates.length }, (): TableValues => ({}));
    return {
      recurringDates: [...dates, ...unused],
      tierSwitches: tierSwitches(identity.setup.numberOfTiers, Number(numberOfTierSwitches)),
      seasonSchedules: Array.from({ length: Number(numberOfSeasons) }, () => ({
        saturday: SATURDAY,
        sunday: SUNDAY,
        weekday: WEEKDAY,
        specialSchedule0: SUNDAY,
        specialSchedule1: SUNDAY,
      })),
      calendarId: CALENDAR_ID,
    };
  },
  BT55: ({ identity, meter: { time }, history: { now } }) => {
    const minute = Math.floor(now / MINUTE_MS) * MINUTE_MS;
    return {
      clockCalendar: longTime(minute + localOffset(minute)),
      ...clockFlags(minute, true),
      currentTier: tierAt(time, identity.setup.numberOfTiers),
      tierDrive: 0,
      specialScheduleActive: 0,
      season: seasonAt(time).season,
    };
  },
  // No override is active. [MEP p.122]
  ET47: () => ({ tariff: 255 }),
};

import { bits, bool, ltimeDate, table, uint } from '../schema/builders.js';

/** [MEP p.229-231] The meter's clock in local time, and the tariff in effect. */
export const BT55 = table({
  name: 'BT55',
  title: 'Local Clock State',
  summary: "The meter's local time, and the tariff, season and schedule in effect.",
  pages: '229-231',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    ltimeDate('clockCalendar', { description: 'Local time; set once a minute.' }),
    bits(1, [
      uint(0, 2, 'dayOfWeek', { description: '0 = Sunday.' }),
      bool(3, 'daylightSavingTime', { description: 'Daylight saving time is in effect.' }),
      bool(4, 'greenwichMeanTime'),
      bool(5, 'timeZoneApplied'),
      bool(6, 'dstApplied'),
    ]),
    bits(2, [
      uint(0, 2, 'currentTier', {
        description: 'From 0: one less than the display shows. Up to 7, or 3 before firmware 3.70.',
      }),
      uint(6, 7, 'tierDrive', {
        meanings: {
          0: 'calendar',
          1: 'set by hand until the next tier switch',
          2: 'set by hand',
          3: 'override by time, power threshold or consumption; ET54 has the reason',
        },
      }),
      uint(8, 11, 'specialScheduleActive'),
      uint(12, 15, 'season', {
        description: 'From 0.',
        erratum: 'Gives 0 to 3, as before firmware 3.50; BT50 has 12 seasons since.',
      }),
    ]),
  ],
});

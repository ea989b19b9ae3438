import { bits, bool, table, uint, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.222-224] How many seasons, dates and tier switches BT54 holds. */
export const BT50 = table({
  name: 'BT50',
  title: 'Dimension Time and TOU',
  summary: 'Dimensions of the tariff calendar.',
  pages: '222-224',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    bits(1, [
      bool(0, 'touSelfRead', { description: 'The calendar can schedule self-reads.' }),
      bool(1, 'seasonSelfRead', { description: 'A change of season can come with a self-read.' }),
      bool(2, 'seasonDemandReset', { description: 'A change of season resets demands.' }),
      bool(3, 'seasonChangeArmed', { description: 'A change of season can wait for the next demand reset.' }),
      bool(4, 'sortDates', { description: 'Non-recurring dates must be sorted.' }),
      bool(5, 'anchorDate', { description: 'RDATE can have an anchor date.' }),
    ]),
    bits(1, [
      bool(0, 'daylightSavingTimeAuto', { description: 'Daylight saving time is known without BT54.' }),
      bool(1, 'separateWeekDays', { description: 'Each weekday has a schedule of its own.' }),
      bool(2, 'separateSummationDemands', { description: 'Summations and demands can switch tariffs apart.' }),
      bool(3, 'sortTierSwitches', { description: 'Tier switches must be sorted.' }),
      bool(4, 'capableOfTimeZoneOffset'),
    ]),
    bits(1, [
      uint(0, 3, 'numberOfSeasons', { description: '12, or 4 before firmware 3.50.' }),
      uint(4, 7, 'numberOfSpecialSchedules', { description: 'Holiday schedules of each season.' }),
    ]),
    uint8('numberOfNonRecurringDates', { description: '25, or 0 before firmware 3.50.' }),
    uint8('numberOfRecurringDates'),
    uint16('numberOfTierSwitches', {
      erratum: 'Calls it switches a day; the 200 are those of all 20 day schedules of 10 switches.',
    }),
    uint16('calendarTableSize', { description: 'Bytes of BT54.' }),
  ],
});

import { ansiDate, array, bits, bool, rdate, table, uint, uint32, uint8, when } from '../schema/builders.js';
import type { BitPart } from '../schema/description.js';

const SEASONS_BEGIN = 3;
const seasons = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [SEASONS_BEGIN + i, `select season ${i}`]));

/** Calendar Action Bitfield [MEP p.226-228] */
const calendarAction: readonly BitPart[] = [
  uint(0, 4, 'action', {
    meanings: {
      0: 'none',
      1: 'daylight saving time on',
      2: 'daylight saving time off',
      ...seasons,
      19: 'special schedule 0',
      20: 'special schedule 1',
    },
    description: 'Seasons 4 to 11 since firmware 3.50.',
  }),
  bool(5, 'demandReset'),
  bool(6, 'selfRead'),
];

/** [MEP p.225-229] The tariff calendar: tier switches, in local time. */
export const BT54 = table({
  name: 'BT54',
  title: 'Calendar',
  summary: 'Tariff calendar: seasons, day schedules, tier switches, holidays, self-reads.',
  pages: '225-229',
  read: 'MBK',
  write: 'MAK',
  risk: 'billing',
  needs: ['BT50'],
  fields: [
    array('nonRecurringDates', 'BT50.numberOfNonRecurringDates', [
      ansiDate('nonRecurringDate'),
      bits(1, calendarAction),
    ]),
    array('recurringDates', 'BT50.numberOfRecurringDates', [
      rdate('recurringDate', { description: 'The day begins at 00:00:00.' }),
      bits(1, [
        ...calendarAction,
        bool(7, 'touFormat', {
          description:
            'Of the first entry only: the calendar is of the format of firmware 3.50, with 12 seasons and ' +
            'non-recurring dates.',
        }),
      ]),
    ]),
    array('tierSwitches', 'BT50.numberOfTierSwitches', [
      bits(2, [
        uint(0, 2, 'tier', { description: 'From 0: one less than the display shows.' }),
        uint(5, 10, 'minute'),
        uint(11, 15, 'hour'),
      ]),
      uint8('schedule', {
        description: 'Day schedule of the switch; the meter itself goes by its place: ten switches for each.',
      }),
    ]),
    array('seasonSchedules', 'BT50.numberOfSeasons', [
      when('BT50.separateWeekDays == 0', uint8('saturday', { description: 'Number of a day schedule.' })),
      uint8('sunday'),
      when('BT50.separateWeekDays == 0', uint8('weekday')),
      when(
        'BT50.separateWeekDays',
        uint8('monday'),
        uint8('tuesday'),
        uint8('wednesday'),
        uint8('thursday'),
        uint8('friday'),
        uint8('saturday'),
      ),
      uint8('specialSchedule0'),
      uint8('specialSchedule1'),
    ]),
    uint32('calendarId'),
  ],
});

import { bits, bool, ltimeDate, table, uint } from '../schema/builders.js';

/** [MEP p.224-225] The meter's clock in UTC. */
export const BT52 = table({
  name: 'BT52',
  title: 'UTC Clock',
  summary: "The meter's date and time in UTC.",
  pages: '224-225',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    ltimeDate('clockCalendar', { description: 'UTC, without daylight saving time.' }),
    bits(1, [
      uint(0, 2, 'dayOfWeek', { description: '0 = Sunday.' }),
      bool(3, 'daylightSavingTime', {
        description: 'Daylight saving time is in effect; the clock here does not show it.',
      }),
      bool(4, 'greenwichMeanTime'),
      bool(5, 'timeZoneApplied'),
      bool(6, 'dstApplied'),
    ]),
  ],
});

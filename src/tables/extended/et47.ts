import { ltimeDate, table, uint32, uint8 } from '../schema/builders.js';

/** [MEP p.122-123] Manual override of the tariff, for a time or until it is revoked. */
export const ET47 = table({
  name: 'ET47',
  title: 'Calendar Override Settings',
  summary: 'Starts and ends a manual override of calendar and active tariff.',
  pages: '122-123',
  read: 'MBK',
  write: 'MAK',
  risk: 'billing',
  needs: [],
  fields: [
    uint8('tariff', {
      meanings: { 255: 'cancel the override' },
      description: '0 to 3, up to 7 from firmware 3.70 on; the display counts from 1.',
    }),
    uint8('cancellation', {
      meanings: {
        0: 'at the next switch of the calendar',
        1: 'indefinite',
        2: 'after overrideDuration',
        3: 'at cancellationTime',
      },
    }),
    uint32('overrideDuration', { unit: 's', description: '0: no switch.' }),
    ltimeDate('cancellationTime', { description: 'UTC.' }),
    uint32('calendarId', { description: 'Calendar in use while the override holds; must be a valid one.' }),
  ],
});

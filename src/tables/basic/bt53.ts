import { int16, table, time, uint8 } from '../schema/builders.js';

/** [MEP p.225] How local time follows from UTC. */
export const BT53 = table({
  name: 'BT53',
  title: 'Time Offset',
  summary: 'Time zone and daylight saving time.',
  pages: '225',
  read: 'MBK',
  write: 'MAK',
  risk: 'billing',
  needs: [],
  fields: [
    time('daylightSavingTimeEffective', { description: 'Time of day at which the local clock is adjusted.' }),
    uint8('daylightSavingTimeAdjustment', { unit: 'min' }),
    int16('timeZoneOffset', { unit: 'min', description: '-12 to +14 hours.' }),
  ],
});

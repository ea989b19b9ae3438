import { table, uint16, uint32, uint8 } from '../schema/builders.js';

/** [MEP p.183-185] Average power over a rolling interval of several sub-intervals, or a block (multiplier 1). */
export const ET80 = table({
  name: 'ET80',
  title: 'Average Power Settings',
  summary: 'How average power is measured, and the limit at which the load disconnect contactor opens.',
  pages: '183-185',
  read: 'MBK',
  write: 'MAK',
  risk: 'power',
  since: '3.70',
  needs: [],
  fields: [
    uint8('averagePowerEnabled', { meanings: { 0: 'off', 1: 'on' } }),
    uint16('averagePowerControlSubInterval', {
      unit: 's',
      description: 'Divides a minute; or full minutes that divide an hour; or full hours that divide a day.',
    }),
    uint8('averagePowerControlIntervalMultiplier', { description: 'Sub-intervals in an interval: 1 to 15.' }),
    uint32('averagePowerDisconnectThreshold', { unit: 'W' }),
  ],
});

import { int32, ltimeDate, reserved, since, table, uint8 } from '../schema/builders.js';

/** [MEP p.121-122] What the load disconnect contactor goes by. */
export const ET46 = table({
  name: 'ET46',
  title: 'Control Output Read-Only Data',
  summary: 'Load disconnect contactor: what it goes by, prepay limit, last time it opened.',
  pages: '121-122',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    reserved(11),
    uint8('disconnectControlType', {
      meanings: { 0: 'power measurements', 1: 'current measurements' },
      description: 'What is compared to the limit; only while ET05 enables the limit.',
    }),
    reserved(1),
    since(
      '3.70',
      int32('prepayNegativeCredit', {
        unit: 'Wh',
        description: 'Energy allowed after the prepaid credit is used up; then the contactor opens.',
      }),
      ltimeDate('maximumDisconnectOpenTime', {
        description: 'When the contactor last opened because of maximum power, maximum current or average power.',
      }),
    ),
  ],
});

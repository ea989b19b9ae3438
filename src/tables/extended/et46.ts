import { int32, ltimeDate, reserved, since, table, uint8 } from '../schema/builders.js';

/** [MEP p.121-122] Settings and state of the load disconnect contactor. */
export const ET46 = table({
  name: 'ET46',
  title: 'Control Output Read-Only Data',
  summary: 'Load disconnect contactor: settings, prepay limit, last time it opened.',
  pages: '121-122',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    reserved(11),
    uint8('disconnectControlType', {
      meanings: { 0: 'power measurements', 1: 'current measurements' },
      description: 'Quantity that is compared with the limit; only while ET05 enables the limit.',
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

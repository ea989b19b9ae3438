import { bits, bool, table, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.220-221] Dimensions of the display tables; ET07 depends on it. */
export const BT30 = table({
  name: 'BT30',
  title: 'Dimension Display',
  summary: 'Maximum dimensions of the tables that control the display.',
  pages: '220-221',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    bits(1, [
      bool(0, 'onTime', { description: 'Reserved, as the next two.' }),
      bool(1, 'offTime'),
      bool(2, 'holdTime'),
    ]),
    uint16('numberOfDisplaySources', { description: 'Sources that can be chosen for the display.' }),
    uint8('widthDisplaySources', { unit: 'B', description: 'Bytes of a source id.' }),
    uint16('numberOfPrimaryListItems'),
    uint8('numberOfPrimaryLists'),
    uint16('numberOfSecondaryListItems', { description: 'Reserved; the secondary list is in ET77.' }),
    uint8('numberOfSecondaryLists', { description: 'Reserved.' }),
  ],
});

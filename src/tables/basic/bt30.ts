import { bits, bool, table, uint16, uint8 } from '../schema/builders.js';

/** [MEP p.220-221] Dimensions of the display tables; ET07 depends on it. */
export const BT30 = table({
  name: 'BT30',
  title: 'Dimension Display',
  summary: 'Maximum dimensions of the tables that control the display.',
  pages: '220-221',
  read: 'MBK',
  write: 'nobody',
  needs: [],
  fields: [
    bits(1, [bool(0, 'onTime'), bool(1, 'offTime'), bool(2, 'holdTime')]),
    uint16('numberOfDisplaySources'),
    uint8('widthDisplaySources'),
    uint16('numberOfPrimaryListItems'),
    uint8('numberOfPrimaryLists'),
    uint16('numberOfSecondaryListItems'),
    uint8('numberOfSecondaryLists'),
  ],
});

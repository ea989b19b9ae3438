import { block, sized, stimeDate, table, uint16, uint8 } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from '../basic/register-data.js';
import { logHeader } from './log-header.js';

/** [MEP p.110-111] Copies of BT23 taken at demand resets: a circular queue. BT25 is a copy of the newest entry. */
export const ET41 = table({
  name: 'ET41',
  title: 'Historical Demand Reset Log',
  summary: 'Energy and demand registers as they were at demand resets.',
  pages: '110-111',
  read: 'MBK',
  write: 'never',
  needs: ['BT21', 'BT22', 'ET36'],
  fields: [
    block(...logHeader()),
    sized(
      'demandResetEntries',
      'ET36.actualDimensionList[3].currentEntries',
      'ET36.actualDimensionList[3].entrySize',
      [
        block(
          uint16('length', { unit: 'B' }),
          uint8('resetReason', {
            meanings: { 0: 'scheduled', 1: 'procedure', 2: 'push button', 3: 'pending table activation' },
          }),
          uint16('billingInterfaceDefinitionNumber', {
            description: "BIDN: which configuration the entry's data belong to.",
          }),
          stimeDate('timeAndDate', { isStamp: true, description: 'Local time of the reset; null: there is none yet.' }),
          uint8('season', { description: 'Season of the reset, from 0.' }),
          ...totalDataBlock,
        ),
        tierDataBlocks,
      ],
      { description: 'None unless demand is configured.' },
    ),
  ],
});

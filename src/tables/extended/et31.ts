import { block, sized, stimeDate, table, uint16, uint8, when } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from '../basic/register-data.js';
import { logHeader } from './log-header.js';

/** [MEP p.104-105] Copies of BT23 taken on request: a circular queue. */
export const ET31 = table({
  name: 'ET31',
  title: 'Meter One-time-read Log',
  summary: 'Energy registers at one-time reads that the head-end requested.',
  pages: '104-105',
  read: 'MBK',
  write: 'never',
  needs: ['BT21', 'BT22', 'ET36'],
  fields: [
    block(...logHeader()),
    sized(
      'oneTimeReadEntries',
      'ET36.actualDimensionList[0].currentEntries',
      'ET36.actualDimensionList[0].entrySize',
      [
        block(
          when(
            'BT21.numberOfDemands != 0',
            uint16('billingInterfaceDefinitionNumber', {
              description: "BIDN: which configuration the entry's data belong to.",
            }),
          ),
          stimeDate('timeAndDate', {
            isStamp: true,
            description: 'Local time of the reading; null: there is none yet.',
          }),
          uint8('season', { description: 'Season of the reading, from 0.' }),
          ...totalDataBlock,
        ),
        tierDataBlocks,
      ],
      {
        erratum:
          'Printed as BT21.2 entries, which is the number of self-reads in BT26; ET36 and ET42 give this log a number of its own. ' +
          'The entry size printed in ET36, 232 bytes, is more than the fields of any entry: the rest is not documented.',
      },
    ),
  ],
});

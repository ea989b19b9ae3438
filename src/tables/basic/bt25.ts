import { block, stimeDate, table, uint8, when } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from './register-data.js';

/** [MEP p.212] BT23 at the last demand reset. */
export const BT25 = table({
  name: 'BT25',
  title: 'Previous Demand Reset Data',
  summary: 'Energy registers and demands as they were at the last demand reset.',
  pages: '212',
  read: 'MBK',
  write: 'never',
  needs: ['BT21', 'BT22'],
  fields: [
    block(
      when(
        'BT21.dateTimeField',
        stimeDate('dateTime', { isStamp: true, description: 'Local time of the snapshot; null: there is none yet.' }),
      ),
      when('BT21.seasonInformationField', uint8('season', { description: 'Season of the snapshot, from 0.' })),
      ...totalDataBlock,
    ),
    {
      ...tierDataBlocks,
      attributes: { erratum: 'Gives 4 tariffs, and the structure of BT23, whose number of tariffs is in BT21.' },
    },
  ],
});

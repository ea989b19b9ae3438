import { block, stimeDate, table, uint8, when } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from './register-data.js';

/** [MEP p.211-212] BT23 at the last change of season. Firmware 3.7x and from 4.10 on refuses writes. */
export const BT24 = table({
  name: 'BT24',
  title: 'Previous Season Data',
  summary: 'Energy registers as they were at the last change of season.',
  pages: '211-212',
  read: 'MBK',
  write: 'MAK',
  mayBeWritten: false,
  needs: ['BT21', 'BT22'],
  fields: [
    block(
      when(
        'BT21.dateTimeField',
        stimeDate('timeAndDate', {
          isStamp: true,
          description: 'Local time of the snapshot; null: there is none yet.',
        }),
      ),
      when(
        'BT21.seasonInformationField',
        uint8('season', {
          description: 'Season of the snapshot, from 0.',
          erratum: 'The offsets printed count time and season, which BT21 may leave out; every meter sets both.',
        }),
      ),
      ...totalDataBlock,
    ),
    tierDataBlocks,
  ],
});

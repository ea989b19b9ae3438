import { array, table, uint16 } from '../schema/builders.js';

/** [MEP p.173] Entry n is what source id 112 + n stands for in a load profile. Changed by EP11 and EP52 only. */
export const ET66 = table({
  name: 'ET66',
  title: 'Load Profile Source ID Mapping Table',
  summary: 'Extended source ids, M-Bus among them, that the source ids 112 to 163 stand for.',
  pages: '173, 27-33',
  read: 'MBK',
  write: 'nobody',
  needs: ['BT60'],
  fields: [
    array('extendedSourceIds', '4 * BT60.dataSets[0].numberOfChannels', uint16(''), {
      description: 'Of source id 112, 113 and so on.',
      erratum: 'Source ids 112 to 163 are 52 entries, four sets of 16 channels 64; as many as the type says.',
    }),
  ],
});

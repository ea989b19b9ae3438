import { array, table, uint16 } from '../schema/builders.js';

/** Only the source ids 112 to 163 are mapped. */
const MAPPED = 52;
const PRINTED = '4 * BT60.dataSets[0].numberOfChannels';

/**
 * [MEP p.173] Entry n is the extended source that source id 112 + n maps to in a load profile. Changed by EP11 and EP52
 * only.
 */
export const ET66 = table({
  name: 'ET66',
  title: 'Load Profile Source ID Mapping Table',
  summary: 'Extended source ids, M-Bus among them, to which the source ids 112 to 163 refer.',
  pages: '173, 29-34',
  read: 'MBK',
  write: 'never',
  needs: ['BT60'],
  fields: [
    array('extendedSourceIds', `${PRINTED} - (${PRINTED} > ${MAPPED}) * (${PRINTED} - ${MAPPED})`, uint16(''), {
      description: 'Of source id 112, 113 and so on.',
      erratum: 'The type gives four sets of 16 channels, which is 64; the ids 112 to 163 are 52: the lesser of both.',
    }),
  ],
});

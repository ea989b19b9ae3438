import { array, bits, block, bool, stimeDate, table, uint16, uint8, when } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from './register-data.js';

/**
 * [MEP p.212-214, opt p.27-29] Copies of BT23 taken at the times in BT54: a circular queue, whose newest entry is
 * number `lastEntryElement`.
 */
export const BT26 = table({
  name: 'BT26',
  title: 'Self-Read Data',
  summary: 'Energy registers as they were at the scheduled self-reads: history of daily or monthly readings.',
  pages: '212-214',
  read: 'MBK',
  write: 'never',
  needs: ['BT21', 'BT22'],
  fields: [
    block(
      bits(1, [
        bool(0, 'order', { description: 'Always false: an entry is older than the next.' }),
        bool(1, 'overflow', { description: 'Old entries were overwritten before they were read.' }),
        bool(2, 'listType', { description: 'The entries are a circular queue.' }),
        bool(3, 'inhibitOverflow'),
      ]),
      uint8('numberOfValidEntries'),
      uint8('lastEntryElement', {
        description: 'Number of the newest entry, from 0.',
        erratum: 'The range printed reaches BT21.2; the last element is one less.',
      }),
      uint16('lastEntrySequenceNumber'),
      uint8('numberOfUnreadEntries', { description: 'Not read by the head end yet.' }),
    ),
    array('selfReadEntries', 'BT21.numberOfSelfReads', [
      block(
        when(
          'BT21.numberOfDemands != 0',
          uint16('billingInterfaceDefinitionNumber', {
            description: "BIDN: which configuration the entry's data belong to.",
            erratum: 'The offsets printed count this field even where it is not there.',
          }),
        ),
        when(
          'BT21.dateTimeField',
          stimeDate('timeAndDate', {
            isStamp: true,
            description: 'Local time of the snapshot; null: there is none yet.',
          }),
        ),
        when('BT21.seasonInformationField', uint8('season', { description: 'Season of the snapshot, from 0.' })),
        ...totalDataBlock,
      ),
      tierDataBlocks,
    ]),
  ],
});

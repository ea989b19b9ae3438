import { array, bits, bool, reserved, set, table, uint, uint16, uint8 } from '../schema/builders.js';

/**
 * [MEP p.107-109] Dimensions of the logs among the extended tables, in the order that follows from the offsets in ET42:
 * ET31, ET32, ET38, ET41, ET45, ET75, ET81.
 */
export const ET36 = table({
  name: 'ET36',
  title: 'Manufacturer (Extended) Table Actual Dimensions',
  summary: 'Size and number of entries of the logs among the extended tables, and which have unread entries.',
  pages: '107-109',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    uint8('count', { description: 'Tables in the list.' }),
    array('actualDimensionList', 'count', [
      bits(2, [
        uint(0, 10, 'tableNumber', { description: 'Without the 2048 of extended tables.' }),
        bool(11, 'isExtendedTable'),
        bool(12, 'procedureFlag', { description: 'Not applicable.' }),
      ]),
      uint16('entrySize', { unit: 'B', description: 'Of an entry with its length, where it has one.' }),
      uint16('maxEntries'),
      uint16('currentEntries', {
        description: 'Entries configured.',
        erratum:
          'The 6th and 7th table have theirs at 92 and 109; ET42 prints 90 and 107, and 103 for the size at 105.',
      }),
      bits(1, [bool(0, 'lengthIncluded', { description: 'Entries begin with their length in bytes.' })]),
      reserved(8),
    ]),
    set('unreadEntriesBitmap', '(count - 1) / 8 + 1', {
      description: 'Elements of the list that have unread entries.',
      erratum: 'After records of 17 bytes; printed at Count*10 + 1.',
    }),
  ],
});

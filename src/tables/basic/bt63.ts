import { bits, bool, growing, table, uint, uint16, uint32 } from '../schema/builders.js';

/** [MEP p.236-238, opt p.34-35] How far the load profile is filled. */
export const BT63 = table({
  name: 'BT63',
  title: 'Load Profile Status',
  summary: 'Valid blocks and intervals of the load profile, and where the newest are.',
  pages: '236-238',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    growing('dataSets', 1, '3.50', 4, [
      bits(1, [
        uint(0, 0, 'blockOrder', { meanings: { 0: 'ascending: a block is older than the next' } }),
        bool(1, 'overflow', { description: 'A block was overwritten before it was read.' }),
        uint(2, 2, 'listType', { meanings: { 0: 'FIFO', 1: 'circular queue' } }),
        bool(3, 'blockInhibitOverflow'),
        uint(4, 4, 'intervalOrder', { meanings: { 0: 'ascending: an interval is older than the next' } }),
        bool(5, 'activeMode', { description: 'The data set is being recorded.' }),
        bool(6, 'testMode'),
      ]),
      uint16('numberOfValidBlocks', { description: 'Blocks with at least one recorded interval.' }),
      uint16('lastBlock', { description: 'Number of the newest block, from 0.' }),
      uint32('lastBlockSequenceNumber'),
      uint16('numberOfUnreadBlocks', { description: 'Not read by the head end yet.' }),
      uint16('numberOfValidIntervals', { description: 'Of the newest block.' }),
    ]),
  ],
});

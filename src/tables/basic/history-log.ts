import { array, bits, block, bool, ltimeDate, opaque, uint, uint16, uint32 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/**
 * The structure of BT74 and ET79: a circular queue of events; `lastEntryElement` is the number of the newest one.
 * [MEP p.241-243, opt p.51-53]
 * @param count number of entries, an expression
 */
export const historyLog = (count: string): readonly FieldNode[] => [
  block(
    bits(1, [
      uint(0, 0, 'order', { meanings: { 0: 'ascending: an entry is older than the next' } }),
      bool(1, 'overflow', { description: 'An entry was overwritten before it was read.' }),
      uint(2, 2, 'listType', { meanings: { 0: 'FIFO', 1: 'circular queue' } }),
      bool(3, 'inhibitOverflow'),
    ]),
    uint16('numberOfValidEntries'),
    uint16('lastEntryElement', { description: 'Number of the newest entry, from 0.' }),
    uint32('lastEntrySequenceNumber', { description: 'Never reset since firmware 3.70.' }),
    uint16('numberOfUnreadEntries', { description: 'Not read by the head end yet.' }),
  ),
  array('historyRecords', count, [
    block(
      ltimeDate('time', { description: 'UTC.' }),
      uint16('sequenceNumber', {
        description: 'Low half of the sequence number; both logs share one count since firmware 3.70.',
      }),
      uint16('userId', {
        meanings: { 65533: 'MEP client', 65534: 'power line, G3 or P2P message', 65535: 'no user was logged in' },
        description: 'User that was logged in at the optical port.',
      }),
      bits(2, [
        uint(0, 11, 'event', {
          description: 'Event number.',
          erratum: "The guide leaves the list of events to each meter's own documentation.",
        }),
      ]),
      opaque('argument', 'BT71.historyDataLength', { description: 'Its meaning depends on the event.' }),
    ),
  ]),
];

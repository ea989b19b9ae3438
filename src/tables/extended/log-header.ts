import { bits, bool, uint16, uint8 } from '../schema/builders.js';
import type { FieldNode } from '../schema/description.js';

/** The flags at the start of every log. */
export const logFlags = (): FieldNode =>
  bits(1, [
    bool(0, 'order', {
      description: 'Descending order; logs are kept in ascending order: entry n is older than n + 1.',
    }),
    bool(1, 'overflow', { description: 'Old entries were overwritten.' }),
    bool(2, 'listType', { description: 'A circular queue; false where it can hold no entries.' }),
    bool(3, 'inhibitOverflow', { description: 'No new entries while the log is full.' }),
  ]);

/** The header of a log with up to 255 entries. */
export const logHeader = (): readonly FieldNode[] => [
  logFlags(),
  uint8('numberOfValidEntries'),
  uint8('lastEntryElement', { description: 'Element of the latest entry.' }),
  uint16('lastEntrySequenceNumber', { description: 'Never reset.' }),
  uint8('numberOfUnreadEntries', { description: 'Used by the head-end; other clients must not change it.' }),
];

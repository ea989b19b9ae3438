import { reserved, sized, table, uint16 } from '../schema/builders.js';
import { logFlags } from './log-header.js';
import { loggedRead } from './logged-read.js';

/** ET74 has the entry size of ET45, the fifth of ET36's logs. [MEP p.136] */
const ENTRY_SIZE = 'ET36.actualDimensionList[4].entrySize';

/** [MEP p.176-177] Scheduled reads that wait for a place in ET45. */
export const ET74 = table({
  name: 'ET74',
  title: 'MEP Recurring Read Extended Log',
  summary: 'Scheduled reads of M-Bus devices and MEP clients on their way to ET45.',
  pages: '176-177',
  read: 'MBK',
  write: 'never',
  since: '3.60',
  needs: ['ET36', 'ET54'],
  fields: [
    logFlags(),
    uint16('numberOfValidEntries'),
    uint16('lastEntryElement', { description: 'Element of the latest entry.' }),
    uint16('lastEntrySequenceNumber', { description: 'Never reset.' }),
    uint16('numberOfUnreadEntries', { description: 'Not moved to ET45 yet.' }),
    sized('logEntries', 'ET54.et74EntryCount', ENTRY_SIZE, loggedRead(reserved(2), ENTRY_SIZE)),
  ],
});

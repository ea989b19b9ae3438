import { bits, sized, table, uint } from '../schema/builders.js';
import { logHeader } from './log-header.js';
import { loggedRead } from './logged-read.js';

/** The fifth of ET36's logs. [MEP p.28] */
const LOG = 'ET36.actualDimensionList[4]';

/** [MEP p.119-121, 27-28] Scheduled reads of M-Bus devices and MEP clients: a circular queue. */
export const ET45 = table({
  name: 'ET45',
  title: 'MEP Recurring Read Log',
  summary: 'Log of the scheduled reads of M-Bus devices and MEP clients.',
  pages: '119-121',
  read: 'MBK',
  write: 'never',
  needs: ['ET36'],
  fields: [
    ...logHeader(),
    sized(
      'logEntries',
      `${LOG}.currentEntries`,
      `${LOG}.entrySize`,
      loggedRead(
        bits(2, [
          uint(0, 10, 'identifier', { description: 'Its meaning depends on the namespace.' }),
          uint(11, 15, 'namespace', { meanings: { 0: 'manufacturer', 1: 'DLMS', 2: 'OSGP' } }),
        ]),
        `${LOG}.entrySize`,
      ),
    ),
  ],
});

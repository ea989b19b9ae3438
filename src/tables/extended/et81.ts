import { ltimeDate, sized, table } from '../schema/builders.js';
import { logHeader } from './log-header.js';

/** The seventh of ET36's logs. */
const LOG = 'ET36.actualDimensionList[6]';

/** [MEP p.185-186] Log of power outages. */
export const ET81 = table({
  name: 'ET81',
  title: 'Power Outage Log',
  summary: 'Log of power outages: start and end of each.',
  pages: '185-186',
  read: 'MBK',
  write: 'never',
  since: '3.70',
  needs: ['ET36'],
  fields: [
    ...logHeader(),
    sized('logEntries', `${LOG}.currentEntries`, `${LOG}.entrySize`, [
      ltimeDate('startTimestamp', { description: 'Local time.' }),
      ltimeDate('endTimestamp', { description: 'Local time.' }),
    ]),
  ],
});

import { table } from '../schema/builders.js';
import { historyLog } from './history-log.js';

/** [MEP p.241-243, opt p.49-53] The primary event log. */
export const BT74 = table({
  name: 'BT74',
  title: 'History Log Data (Primary Event Log)',
  summary: 'Primary event log: events of the meter with their times.',
  pages: '241-243',
  read: 'MBK',
  write: 'never',
  needs: ['BT71'],
  fields: historyLog('BT71.numberOfHistoryEntries'),
});

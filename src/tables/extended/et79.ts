import { historyLog } from '../basic/history-log.js';
import { table } from '../schema/builders.js';

/** [MEP p.181-183] The alternate event log; off unless it was enabled in manufacture. */
export const ET79 = table({
  name: 'ET79',
  title: 'History Log Data (Alternate Event Log)',
  summary: 'Alternate event log, read and cleared apart from BT74.',
  pages: '181-183',
  read: 'MBK',
  write: 'never',
  since: '3.70',
  needs: ['BT71', 'ET54'],
  fields: historyLog('ET54.et79EntryCount'),
});

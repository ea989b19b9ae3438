import { table } from '../schema/builders.js';
import { logDimensions } from './log-dimensions.js';

/** [opt p.50-51, listed in MEP Appendix C] How many entries BT74 holds, and how long they are. */
export const BT71 = table({
  name: 'BT71',
  title: 'Actual Log',
  summary: 'Configured dimensions of the event logs.',
  pages: 'opt 50-51',
  read: 'MBK',
  write: 'never',
  since: '2.12',
  needs: [],
  fields: logDimensions,
});

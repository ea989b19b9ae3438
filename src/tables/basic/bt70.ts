import { table } from '../schema/builders.js';
import { logDimensions } from './log-dimensions.js';

/** [opt p.50, listed in MEP Appendix C] Upper limits of BT71; the only such table before firmware 2.12. */
export const BT70 = table({
  name: 'BT70',
  title: 'Dimension Log',
  summary: 'Maximum dimensions of the event logs.',
  pages: 'opt 50',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: logDimensions,
});

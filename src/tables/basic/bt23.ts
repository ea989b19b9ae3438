import { block, table } from '../schema/builders.js';
import { tierDataBlocks, totalDataBlock } from './register-data.js';

/** [MEP p.207-211] Energy accumulated: totals, then the same for each tariff. CT and VT ratios are already applied. */
export const BT23 = table({
  name: 'BT23',
  title: 'Current Register Data',
  summary: 'Energy registers: totals and all tariffs.',
  pages: '207-211',
  read: 'MBK',
  write: 'MAK',
  mayBeWritten: false,
  needs: ['BT21', 'BT22'],
  fields: [block(...totalDataBlock), tierDataBlocks],
});

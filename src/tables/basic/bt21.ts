import { table } from '../schema/builders.js';
import { registerDimensions } from './register-dimensions.js';

/** [MEP p.200-202] How many registers BT22, BT23, BT27 and BT28 hold. */
export const BT21 = table({
  name: 'BT21',
  title: 'Actual Register',
  summary: 'Configured dimensions of the register tables.',
  pages: '200-202',
  read: 'MBK',
  write: 'never',
  since: '2.12',
  needs: [],
  fields: registerDimensions,
});

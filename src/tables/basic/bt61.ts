import { table } from '../schema/builders.js';
import { loadProfileDimensions } from './load-profile-dimensions.js';

/** [MEP p.233-235, opt p.31-33] How many blocks, intervals and channels BT64 to BT67 hold. */
export const BT61 = table({
  name: 'BT61',
  title: 'Actual Load Profile',
  summary: 'Configured dimensions of the load profile.',
  pages: '233-235',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: loadProfileDimensions,
});

import { table } from '../schema/builders.js';
import { loadProfileDimensions } from './load-profile-dimensions.js';

/** [MEP p.231-233] The maximum of each field of BT61, if the others are set to allow it. */
export const BT60 = table({
  name: 'BT60',
  title: 'Dimension Load Profile',
  summary: 'Maximum dimensions of the load profile.',
  pages: '231-233',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: loadProfileDimensions,
});

import { table } from '../schema/builders.js';
import { registerDimensions } from './register-dimensions.js';

/** [opt p.20-21, listed in MEP Appendix C] Upper limits of BT21; the only such table before firmware 2.12. */
export const BT20 = table({
  name: 'BT20',
  title: 'Dimension Register',
  summary: 'Maximum dimensions of the register tables BT21 to BT28.',
  pages: 'opt 20-21',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: registerDimensions,
});

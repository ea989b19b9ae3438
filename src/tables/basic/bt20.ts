import { table } from '../schema/builders.js';
import type { TableValues } from '../schema/description.js';
import { registerDimensions } from './register-dimensions.js';

/** [opt p.20-21, listed in MEP Appendix C] The most that BT21 can ever say; all there is on firmware before 2.12. */
export const BT20 = table({
  name: 'BT20',
  title: 'Dimension Register',
  summary: 'Maximum dimensions of the register tables BT21 to BT28.',
  pages: 'opt 20-21',
  read: 'MBK',
  write: 'nobody',
  needs: [],
  fields: registerDimensions,
});

/**
 * What stands for BT21 on firmware that has none (its read is answered with "operation not possible"): there the
 * maximum is also what is configured. [opt p.24]
 * @returns values under BT21's names.
 */
export function dimensionsFromBT20(bt20: TableValues): TableValues {
  return { ...bt20 };
}

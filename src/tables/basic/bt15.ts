import { bits, bool, niFormat1, table } from '../schema/builders.js';

/** [MEP p.199-200] The factors of measured values. */
export const BT15 = table({
  name: 'BT15',
  title: 'Constants',
  summary: 'Metering constants: multiplier, offset, current and voltage transformer ratios.',
  pages: '199-200',
  read: 'MBK',
  write: 'MAK',
  risk: 'billing',
  needs: [],
  fields: [
    niFormat1('multiplier'),
    niFormat1('offset'),
    bits(1, [bool(0, 'applied', { description: 'The CT and VT ratios are applied to meter data.' })]),
    niFormat1('ctRatio'),
    niFormat1('vtRatio'),
  ],
});

import { bits, bool, rest, table } from '../schema/builders.js';

/**
 * [MEP p.59, 99-100] User-configurable hardware options of control point and OSGP modules; meters do not have this
 * table. The guide refers to it but does not contain it, except for one bit, ET76.0.13.
 */
export const ET76 = table({
  name: 'ET76',
  title: 'Externally Configurable Hardware Options',
  summary: 'Hardware options of control point and OSGP modules, as in ET29.',
  pages: '59, 99-100',
  read: 'MBK',
  write: 'MAK',
  isVolatile: true,
  risk: 'billing',
  needs: [],
  fields: [
    bits(2, [
      bool(13, 'separateZeroCrossSignal', {
        description: 'Zero crossings and power failure come as signals of their own, not from phase L1.',
      }),
    ]),
    rest(),
  ],
});

import { bits, chars, reserved, rest, table, uint } from '../schema/builders.js';

/** [MEP p.198-199] Who made the meter, and which firmware it runs. */
export const BT01 = table({
  name: 'BT01',
  title: 'General Manufacturer Information',
  summary: 'Manufacturer, model and firmware version.',
  pages: '198-199',
  read: 'MBK',
  write: 'nobody',
  needs: [],
  fields: [
    chars('manufacturer', 4, {}, 'blank'),
    chars('model', 8, { description: 'Left-justified.' }, 'blank'),
    reserved(2),
    bits(
      2,
      [
        uint(12, 15, 'firmwareMajor', { description: 'The x of x.yy.zz.' }),
        uint(5, 11, 'firmwareMinor', {
          description: 'The yy of x.yy.zz.',
          erratum: 'Bytes 14 and 15 are one big-endian pair in a table that is little-endian elsewhere.',
        }),
        uint(0, 4, 'firmwareBuild', { description: 'The zz of x.yy.zz.' }),
      ],
      'big',
    ),
    rest(),
  ],
});

import { bits, chars, ending, opaque, rest, table, uint } from '../schema/builders.js';

/** [MEP p.198-199, OPT p.19] Manufacturer, hardware, firmware and number. OPT names fields that MEP calls reserved. */
export const BT01 = table({
  name: 'BT01',
  title: 'General Manufacturer Information',
  summary: 'Manufacturer, model, hardware and firmware version, number that the manufacturer gave it.',
  pages: '198-199, opt 19',
  read: 'MBK',
  write: 'never',
  needs: [],
  fields: [
    chars('manufacturer', 4, {}, 'blank'),
    chars('model', 8, { description: 'Left-justified.' }, 'blank'),
    bits(
      2,
      [
        uint(12, 15, 'hardwareMajor', { description: 'The x of x.yy.zz.' }),
        uint(5, 11, 'hardwareMinor', { description: 'The yy of x.yy.zz.' }),
        uint(0, 4, 'hardwareBuild', { description: 'The zz of x.yy.zz.' }),
      ],
      'big',
    ),
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
    ending(
      opaque('manufacturerSerialNumber', 8, {
        description: 'Decimal digits, two in a byte.',
        erratum: 'ARRAY[16] of BCD by its type, 8 bytes by its description.',
      }),
    ),
    rest(),
  ],
});

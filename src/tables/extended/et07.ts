import { reserved, rest, table, uint8, when } from '../schema/builders.js';

/**
 * [MEP p.119, named by ET42] Only the digit after which energy registers roll over. Neither guide contains the table
 * itself; ET42 gives the offset of the digit: ET07.BT30.4*6. The six bytes of each item are an id code of 4 characters,
 * its decimal points and a format, as in ET62 [MEP p.171]. Gen 4 has id codes of 5 characters, and the offset is not
 * documented there.
 */
export const ET07 = table({
  name: 'ET07',
  title: 'LCD Display Configuration',
  summary: 'Number of decimal digits after which energy registers roll over.',
  pages: '119',
  read: 'MBK',
  write: 'MAK',
  needs: ['BT01', 'BT30'],
  fields: [
    when(
      'BT01.firmwareMajor < 4',
      reserved('BT30.numberOfPrimaryListItems * 6'),
      uint8('accumulatorRolloverDigit', {
        risk: 'billing',
        description: '5 to 9; 6: after 999,999 Wh comes 0.',
        erratum: 'Its offset on Gen 4, where each item takes one more byte, is not documented: ET42 has the digit.',
      }),
    ),
    rest(),
  ],
});

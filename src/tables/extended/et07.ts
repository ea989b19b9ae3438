import { reserved, rest, table, uint8 } from '../schema/builders.js';

/**
 * [MEP p.119, named by ET42] Only the digit after which energy registers roll over; neither guide prints the table
 * itself, ET42 says where the digit stands: ET07.BT30.4*6.
 */
export const ET07 = table({
  name: 'ET07',
  title: 'LCD Display Configuration',
  summary: 'Number of decimal digits after which energy registers roll over.',
  pages: '119',
  read: 'MBK',
  write: 'MAK',
  nvm: true,
  needs: ['BT30'],
  fields: [
    reserved('BT30.numberOfPrimaryListItems * 6'),
    uint8('accumulatorRolloverDigit', { description: '5 to 9; 6: after 999,999 Wh comes 0.' }),
    rest(),
  ],
});

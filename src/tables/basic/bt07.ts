import { bits, remainder, table, uint, uint8 } from '../schema/builders.js';

/** [MEP p.51-53] Writing a procedure here runs it; its response is in ET59, ET85 or BT08. */
export const BT07 = table({
  name: 'BT07',
  title: 'Procedure Initiate',
  summary: 'The meter runs a procedure that is written here.',
  pages: '51-53',
  read: 'MBK',
  write: 'MBK',
  mayBeWritten: false,
  needs: ['BT00'],
  fields: [
    bits(2, [
      uint(0, 11, 'procedureNumber', { description: 'BPn = n, EPn = 2048 + n.' }),
      uint(12, 15, 'responseHandling', { meanings: { 0: 'answer when the procedure is completed' } }),
    ]),
    uint8('procedureSequenceNumber', {
      description: '5 to 9 for procedures from the MEP port; must differ from the previous one.',
    }),
    remainder('parameters', 'BT00.procedureParameterLength', {
      description: "The procedure's own parameters.",
    }),
  ],
});

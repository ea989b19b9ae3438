import { procedureResponse } from '../basic/procedure-response.js';
import { table } from '../schema/builders.js';

/** [MEP p.165-166, 51-53] The response to a procedure of the first MEP client, where ET50 directs it here. */
export const ET59 = table({
  name: 'ET59',
  title: 'MEP Procedure Response',
  summary: 'Result of the procedure that the first MEP client ran last.',
  pages: '165-166',
  read: 'MBK',
  write: 'never',
  needs: ['BT00'],
  fields: procedureResponse,
});

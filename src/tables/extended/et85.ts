import { procedureResponse } from '../basic/procedure-response.js';
import { table } from '../schema/builders.js';

/** [MEP p.186] The response to a procedure of the second MEP client. */
export const ET85 = table({
  name: 'ET85',
  title: 'MEP Procedure Response (MEP2)',
  summary: 'Result of the procedure that the second MEP client ran last.',
  pages: '186',
  read: 'MBK',
  write: 'never',
  since: '4.0',
  needs: ['BT00'],
  fields: procedureResponse,
});

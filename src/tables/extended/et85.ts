import { procedureResponse } from '../basic/procedure-response.js';
import { table } from '../schema/builders.js';

/** [MEP p.186] The answer to a procedure that the second MEP client ran. */
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
